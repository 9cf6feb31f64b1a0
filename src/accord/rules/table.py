"""The mapping table: field by field, what leaves this side and what comes in. As written in `accord.toml`:

    [connections.acme.map]
    summary = "both"
    status = { direction = "both", values = { "Done" = "closed" }, default = "open" }
    "fields.severity" = { direction = "send", as = "custom.urgency" }
    comments = { direction = "both", author = "header" }

A field that the table does not name neither leaves nor changes.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from string import Formatter
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ByteSize, ConfigDict, Field, field_validator, model_validator

from accord.model.paths import SCALARS

Scalar = str | bool | int | float
PEOPLE = ("assignee", "reporter")
PLACEHOLDERS = ("value", "key", "url")


class Direction(StrEnum):
    """Which way a field goes, seen from this side."""

    BOTH = "both"
    SEND = "send"
    RECEIVE = "receive"
    NEVER = "never"

    @property
    def sends(self) -> bool:
        return self in (Direction.BOTH, Direction.SEND)

    @property
    def receives(self) -> bool:
        return self in (Direction.BOTH, Direction.RECEIVE)


class Entry(BaseModel):
    """What every entry of the table has."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    direction: Direction = Direction.BOTH


class FieldEntry(Entry):
    """A field. `as` is the path under which it travels: a field's own name, `fields.<name>` or `custom.<name>`."""

    travels_as: str | None = Field(default=None, alias="as")
    only_on_create: bool = False

    @field_validator("travels_as")
    @classmethod
    def _is_a_path(cls, path: str | None) -> str | None:
        group, dot, name = (path or "").partition(".")
        if path is None or path in SCALARS or (dot and name and group in ("fields", "custom")):
            return path
        raise ValueError(f"'{path}' is no path: use {', '.join(SCALARS)}, fields.<name> or custom.<name>")


class PersonEntry(FieldEntry):
    """A person. `strict`: somebody whom nobody here matches is an error, otherwise nobody (or the default person)."""

    strict: bool = False


class ValueEntry(FieldEntry):
    """Text, a number or an option, with pairs of values.

    `values`: what we receive -> what it becomes here; `send_values`: what is here -> what is sent instead.
    A received value in no pair becomes `default`; without one it is taken as it is, or fails if `strict`.
    `constant` and `template` ("{value}", "{key}", "{url}" of the sender's item) go one way only.
    Received text longer than `max_length` characters is cut.
    """

    values: dict[str, Scalar] = Field(default_factory=dict)
    send_values: dict[str, Scalar] = Field(default_factory=dict)
    default: Scalar | None = None
    strict: bool = False
    constant: Scalar | None = None
    max_length: int | None = Field(default=None, gt=0)
    template: str | None = None

    @field_validator("template")
    @classmethod
    def _has_known_placeholders(cls, template: str | None) -> str | None:
        try:
            parts = list(Formatter().parse(template or ""))
        except ValueError as broken:
            raise ValueError(f"the template can't be read: {broken}") from None
        for _, name, form, conversion in parts:
            if name is not None and (name not in PLACEHOLDERS or form or conversion):
                raise ValueError(f"'{{{name}}}' is no placeholder: use {{value}}, {{key}} or {{url}}")
        return template

    @model_validator(mode="after")
    def _is_well_defined(self) -> ValueEntry:
        one_way = self.direction in (Direction.SEND, Direction.RECEIVE)
        for name in ("constant", "template"):
            if getattr(self, name) is not None and not one_way:
                raise ValueError(f'{name} needs direction = "send" or direction = "receive"')
        if self.constant is not None and (self.values or self.send_values or self.template is not None):
            raise ValueError("constant can't be combined with values, send_values or template")
        if (self.default is not None or self.strict) and not self.values:
            raise ValueError("default and strict need values")
        if self.default is not None and self.strict:
            raise ValueError("either default or strict, not both")
        return self


class LabelsEntry(Entry):
    """Labels. `only` and `never` are patterns (`team-*`) of the labels here. With `prefix`, what comes in gets it,
    and only labels that have it leave, without it."""

    prefix: str = ""
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


class CommentAuthor(StrEnum):
    """How a received comment shows who wrote it: a line before the text, or not at all."""

    HEADER = "header"
    NONE = "none"


class CommentsEntry(Entry):
    """Comments. `public_only`: internal ones do not leave."""

    public_only: bool = True
    author: CommentAuthor = CommentAuthor.HEADER


class AttachmentsEntry(Entry):
    """Files, both ways: at most `max_size` ("20 MB"), of media `types` (patterns: `image/*`); none: all."""

    max_size: ByteSize | None = None
    types: tuple[str, ...] = ()


def _long_form(entry: object) -> object:
    return {"direction": entry} if isinstance(entry, str) else entry


Short = BeforeValidator(_long_form)
ForPerson = Annotated[PersonEntry | None, Short]
ForValue = Annotated[ValueEntry | None, Short]
ForDate = Annotated[FieldEntry | None, Short]


class MappingTable(BaseModel):
    """The whole table; `fields` by the tracker's own field names (`"fields.severity" = ...` in the file)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ForValue = None
    summary: ForValue = None
    description: ForValue = None
    status: ForValue = None
    resolution: ForValue = None
    priority: ForValue = None
    assignee: ForPerson = None
    reporter: ForPerson = None
    due: ForDate = None
    parent: ForValue = None
    labels: Annotated[LabelsEntry | None, Short] = None
    comments: Annotated[CommentsEntry | None, Short] = None
    attachments: Annotated[AttachmentsEntry | None, Short] = None
    fields: dict[str, Annotated[ValueEntry, Short]] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _gather_fields(cls, table: object) -> object:
        """`"fields.severity"` and `fields.severity` are written alike by people, but are two things in TOML."""
        if not isinstance(table, dict):
            return table
        gathered: dict[str, Any] = {key: entry for key, entry in table.items() if not key.startswith("fields.")}
        quoted = {key.removeprefix("fields."): entry for key, entry in table.items() if key.startswith("fields.")}
        if quoted and isinstance(gathered.get("fields", {}), dict):
            gathered["fields"] = {**gathered.get("fields", {}), **quoted}
        return gathered

    @model_validator(mode="after")
    def _nothing_sent_twice(self) -> MappingTable:
        seen: dict[str, str] = {}
        for path, entry in self.entries():
            target = entry.travels_as or path
            if entry.direction.sends and target in seen:
                raise ValueError(f"{seen[target]} and {path} would both travel as {target}")
            if entry.direction.sends:
                seen[target] = path
        return self

    def entries(self) -> Iterator[tuple[str, FieldEntry]]:
        """Path and entry of every field in the table (labels, comments and attachments apart)."""
        for name in SCALARS:
            entry = getattr(self, name)
            if entry is not None:
                yield name, entry
        for name, entry in self.fields.items():
            yield f"fields.{name}", entry


class PeopleTable(BaseModel):
    """Who is who: `theirs` (e-mail or username) -> ours (username or e-mail). `default`: whom the rest becomes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: dict[str, str] = Field(default_factory=dict)
    default: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _from_file(cls, table: object) -> object:
        """In the file the pairs and `default` stand in one table."""
        if not isinstance(table, dict) or "pairs" in table:
            return table
        pairs = {theirs: ours for theirs, ours in table.items() if theirs != "default"}
        return {"pairs": pairs, **({"default": table["default"]} if "default" in table else {})}
