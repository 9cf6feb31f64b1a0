"""All that is wrong with a configuration, collected, so that it can be put right in one go."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from accord.config.document import Document, Key
from accord.errors import AccordError, ConfigurationInvalid
from accord.rules.given import CALLED, called

M = TypeVar("M", bound=BaseModel)
REMEDIES = {"byte_size": 'Write a size such as "20 MB".'}


class ConfigurationProblems(ConfigurationInvalid):
    """The configuration is not valid. `problems` has each of them, in the order of the file."""

    def __init__(self, problems: Sequence[AccordError]) -> None:
        self.problems = tuple(problems)
        first = self.problems[0]
        super().__init__(
            "\n".join(str(problem) for problem in self.problems),
            **{name: getattr(first, name) for name in ("file", "line", "column", "field", "value")},
        )

    def __str__(self) -> str:
        return self.message


class Problems:
    """Collects what is wrong in one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.found: list[AccordError] = []

    def add(self, key: Sequence[str | int], message: str, remedy: str | None = None, value: object = None) -> None:
        """`key` is the full path of what is wrong. Never give the value of what may be a secret."""
        position, _ = self.document.position(key)
        self.found.append(
            ConfigurationInvalid(
                message,
                remedy=remedy,
                file=str(self.document.path),
                line=position.line,
                column=position.column,
                field=dotted(key),
                value=value,
            )
        )

    def extend(self, problems: Iterable[AccordError]) -> None:
        self.found.extend(problems)

    def raise_if_any(self) -> None:
        """Raises ConfigurationProblems."""
        if self.found:
            own = str(self.document.path)
            raise ConfigurationProblems(sorted(self.found, key=lambda p: (p.file != own, p.file or "", p.line or 0)))

    def validated(self, model: type[M], data: object, key: Key, secret: Iterable[str] = ()) -> M | None:
        """The model, or None with what is wrong noted. Values under the names in `secret` are not shown."""
        try:
            return model.model_validate(data)
        except ValidationError as invalid:
            seen: set[tuple[Key, str]] = set()
            for error in invalid.errors(include_url=False):
                at = self.document.position((*key, *error["loc"]))[1]
                # A value that fits no member of a union fails once for each of them.
                if at not in {earlier for earlier, _ in seen} or error["type"] == "missing":
                    self._note(model, error, key, hidden=bool(set(secret) & set(map(str, error["loc"]))))
                seen.add((at, error["type"]))
            return None

    def _note(self, model: type[BaseModel], error: ErrorDetails, key: Key, *, hidden: bool) -> None:
        loc, kind = error["loc"], error["type"]
        full, name = self._written((*key, *loc)), str(loc[-1]) if loc else ""
        written = self.document.position(full)[1] or full
        if kind == "missing":
            self.add(full, f"{dotted(full)} is missing.", f"Add {name} = ... to [{dotted(full[:-1])}].")
        elif kind == "extra_forbidden":
            names = names_at(model, loc[:-1])
            self.add(full, f"There is no {name!r} in [{dotted(full[:-1])}].", hinted(loc, names))
        else:
            value = None if hidden or not _may_be_shown(error["input"]) else error["input"]
            expected = [part.strip("'") for part in str(error.get("ctx", {}).get("expected", "")).split(" or ")]
            choices = [one.strip("' ") for part in expected for one in part.split(",") if one.strip("' ")]
            remedy = nearest(str(value), choices) if kind in ("enum", "literal_error") else REMEDIES.get(kind)
            self.add(written, f"{dotted(written)}: {_said(error, value)}", remedy, value)

    def _written(self, full: Key) -> Key:
        """Without the number of an entry that stands alone, not in a list."""
        kept: Key = ()
        for part in full:
            if not isinstance(part, int) or (*kept, part) in self.document.positions:
                kept = (*kept, part)
        return kept


def hinted(loc: Sequence[str | int], names: Sequence[str]) -> str | None:
    """The nearest right name. In a mapping table, what it lacks may be a field of the tracker's own, and what an entry
    lacks may be a value of the field: both have a place."""
    name = str(loc[-1])
    found = nearest(name, names)
    if found and found.startswith("Did"):
        return found
    if loc[:-1] == ("map",) and name in CALLED:
        return called(name, CALLED)
    if loc[:-1] == ("map",):
        return f'A field of the tracker\'s own is written "fields.{name}". {found}'
    if loc[:1] == ("map",) and "values" in names:
        return f'Pairs of values stand in a table of their own: values = {{ "{name}" = ... }}. {found}'
    return found


def dotted(key: Sequence[str | int]) -> str:
    """A key path as one would write it in the file."""
    return ".".join(
        str(part) if re.fullmatch(r"[\w-]+", str(part)) else json.dumps(part, ensure_ascii=False) for part in key
    )


def nearest(name: str, names: Iterable[str]) -> str | None:
    """`Did you mean ...?`, or all that there is to choose from."""
    known = sorted(set(names))
    close = difflib.get_close_matches(name, known, n=2, cutoff=0.6)
    if close:
        return f"Did you mean {' or '.join(repr(one) for one in close)}?"
    return f"Known: {', '.join(known)}." if known else None


def names_at(model: Any, loc: Sequence[str | int]) -> list[str]:
    """The keys that a table may have, by the path of the table within the model."""
    for part in loc:
        if isinstance(part, int):
            continue
        if isinstance(model, type) and issubclass(model, BaseModel):
            fields = model.model_fields
            known = {field.alias or name: field for name, field in fields.items()}
            model = table_in(known[str(part)].annotation) if str(part) in known else None
        elif get_origin(model) is dict:
            model = table_in(get_args(model)[1])
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return []
    return [field.alias or name for name, field in model.model_fields.items()]


def is_secret(annotation: Any) -> bool:
    """Whether a field holds a secret, or may."""
    return annotation is SecretStr or any(is_secret(part) for part in get_args(annotation))


def secret_names(model: type[BaseModel]) -> set[str]:
    """The keys under which a table, or a table in it, may hold a secret."""
    names: set[str] = set()
    for name, field in model.model_fields.items():
        inner = table_in(field.annotation)
        if is_secret(field.annotation):
            names |= {name, field.alias or name}
        elif isinstance(inner, type):
            names |= secret_names(inner)
    return names


def _may_be_shown(value: object) -> bool:
    """Not tables, whose parts nobody has looked at, and not addresses with a password in them."""
    return not isinstance(value, dict) and not re.search(r"://[^/]*@|password=", str(value), re.IGNORECASE)


def table_in(annotation: Any) -> Any:
    """The table (a model, or a dict of something) that a field may hold, or None."""
    if get_origin(annotation) in (Annotated, Union, UnionType, tuple):
        tables = (table_in(part) for part in get_args(annotation))
        return next((table for table in tables if table is not None), None)
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return annotation if is_model or get_origin(annotation) is dict else None


def _said(error: ErrorDetails, value: object) -> str:
    """The library's words, without its prefixes, and with the value."""
    message = error["msg"].removeprefix("Value error, ").removeprefix("Input ").rstrip(".")
    shown = (
        f" (found {str(value)[:60]!r})" if isinstance(value, str | int | float) and str(value) not in message else ""
    )
    return message[:1].lower() + message[1:] + shown + "."
