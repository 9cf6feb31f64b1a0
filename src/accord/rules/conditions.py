"""Conditions of the mapping table: `when = { status = "Done", "theirs.priority" = ["P1", "P2"] }`.

A path alone, or after `ours.`, is a field of our item, as it will be; after `theirs.` one of what the other side tells.
Capitals do not count; `*` and `?` stand for any text and any character (`*` alone: not empty, `""`: empty);
`">= 5"` and `"< 2026-06-01"` compare numbers and dates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import get_close_matches
from fnmatch import fnmatchcase
from operator import ge, gt, le, lt
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from accord.model import Item, Person, Replica
from accord.rules.reading import READABLE, is_path, look
from accord.rules.written import Scalar, as_text

OURS, THEIRS, FIRST_SYNC = "ours.", "theirs.", "first_sync"
COMPARISON = re.compile(r"(<=|>=|<|>)\s*(\S.*)")
SIGNS = {"<": lt, "<=": le, ">": gt, ">=": ge}

Wanted = Scalar | tuple[Scalar, ...]


@dataclass(frozen=True)
class Views:
    """What conditions look at: our item as it will be, and what the other side last told (None: nothing yet)."""

    ours: Item
    theirs: Replica | None
    first_sync: bool


def _flat(table: object) -> object:
    """`theirs.status` is one key to people, but two to TOML where it is not quoted."""
    if not isinstance(table, dict):
        raise ValueError('a condition is a table of fields and values, such as { status = "open" }')
    return dict(_leaves("", table))


def _leaves(prefix: str, table: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, part in table.items():
        if isinstance(part, dict):
            yield from _leaves(f"{prefix}{name}.", part)
        else:
            yield f"{prefix}{name}", part


def _known(table: dict[str, Wanted]) -> dict[str, Wanted]:
    if not table:
        raise ValueError('a condition names a field, as in { status = "Done" }')
    for name in table:
        side, path = split(name)
        if name != FIRST_SYNC and not is_path(path, theirs=side == THEIRS):
            raise ValueError(f"'{name}' is no field: {_instead(path)}")
    return table


def _instead(path: str) -> str:
    close = get_close_matches(path, (*READABLE, FIRST_SYNC), n=1)
    near = f"{close[0]} is near, and there are" if close else "there are"
    return f"{near} those of our item (status, fields.<name>) and of theirs (theirs.status, theirs.custom.<name>)"


Condition = Annotated[dict[str, Wanted], BeforeValidator(_flat), AfterValidator(_known)]


def split(name: str) -> tuple[str, str]:
    """The side that a name is about, and the path there."""
    if name.startswith(THEIRS):
        return THEIRS, name.removeprefix(THEIRS)
    return OURS, name.removeprefix(OURS)


def asks_theirs(condition: dict[str, Wanted] | None) -> bool:
    """Whether a condition is about what the other side tells."""
    return any(split(name)[0] == THEIRS for name in condition or ())


def holds(when: dict[str, Wanted] | None, unless: dict[str, Wanted] | None, views: Views) -> bool:
    """Whether all of `when` is met, and nothing of `unless`."""
    return all(_is_met(name, wanted, views) for name, wanted in (when or {}).items()) and not any(
        _is_met(name, wanted, views) for name, wanted in (unless or {}).items()
    )


def _is_met(name: str, wanted: Wanted, views: Views) -> bool:
    if name == FIRST_SYNC:
        return wanted == views.first_sync
    side, path = split(name)
    thing = views.theirs if side == THEIRS else views.ours
    return fits(wanted, None if thing is None else look(thing, path))


def fits(wanted: Wanted | None, value: Any) -> bool:
    """Whether a value is what is wanted, or one of several; of a list one member is enough. None wants nothing."""
    if wanted is None:
        return True
    texts = _texts(value)
    return any(_matches(one, text) for one in (wanted if isinstance(wanted, tuple) else (wanted,)) for text in texts)


def _texts(value: Any) -> list[str]:
    """All that a value may be called; the empty text for what is empty."""
    if isinstance(value, list | tuple):
        return [text for part in value for text in _texts(part)] or [""]
    if isinstance(value, Person):
        value = value.model_dump()
    if isinstance(value, dict):
        return [part for part in value.values() if isinstance(part, str) and part] or [""]
    return [value.isoformat() if isinstance(value, date) else "" if value is None else as_text(value)]


def _matches(wanted: Scalar, text: str) -> bool:
    pattern = as_text(wanted)
    comparison = COMPARISON.fullmatch(pattern)
    if comparison:
        return _compares(text, comparison[1], comparison[2])
    if not pattern or not text:
        return pattern == text
    return pattern.casefold() == text.casefold() or fnmatchcase(text.casefold(), pattern.casefold())


def _compares(text: str, sign: str, bound: str) -> bool:
    readers: tuple[Callable[[str], Any], ...] = (float, _moment)
    for read in readers:
        try:
            return bool(SIGNS[sign](read(text), read(bound)))
        except ValueError:
            continue
    return False


def _moment(text: str) -> datetime:
    """A day is its midnight; a time without a zone is in UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
