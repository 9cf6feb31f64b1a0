"""Entries of the mapping table: what may be said of one field.

A plain name (`values`, `template`, `max_length`) is about what is received; with `send_` before it, about what is sent.
On a field that is only sent, `template`, `constant`, `max_length` and `kind` are about sending.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from string import Formatter

from pydantic import BaseModel, ByteSize, ConfigDict, Field, field_validator, model_validator

from accord.model.paths import SCALARS
from accord.ports import FieldInfo
from accord.rules.conditions import Condition, Wanted
from accord.rules.kinds import OF_PEOPLE, Kind, kind_called
from accord.rules.templates import check_reversible, parts
from accord.rules.written import Scalar, as_text

PEOPLE = ("assignee", "reporter")
ON_COMMENT = ("author", "date", "time", "key", "connection")


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
    """What every entry has. It counts only while all of `when` is met, and nothing of `unless`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    direction: Direction = Direction.BOTH
    when: Condition | None = None
    unless: Condition | None = None

    @property
    def conditional(self) -> bool:
        return bool(self.when or self.unless)


class FieldEntry(Entry):
    """A field. `as` is the path under which it travels: a field's own name, `fields.<name>` or `custom.<name>`.
    With `only_on_create` it is received only when the item is made."""

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
    """A person. Somebody whom nobody here matches becomes `default` (else the people table's, else nobody); with
    `strict` it is an error."""

    default: str | None = None
    strict: bool = False

    @model_validator(mode="after")
    def _is_one_or_the_other(self) -> PersonEntry:
        if self.default is not None and self.strict:
            raise ValueError("either default or strict, not both")
        return self


class ValueEntry(FieldEntry):
    """Text, a number, an option and whatever else is no person.

    `values`: what is received -> what it becomes here; `send_values`: what is here -> what is sent instead; `pairs`:
    theirs -> ours, for both directions. What is in no pair becomes `default` (`send_default`); without one it is taken
    as it is, or fails if `strict`. `template` shapes text, `constant` takes its place, and text longer than
    `max_length` characters is cut. `kind` says what the field is, where the tracker does not.
    """

    values: dict[str, Scalar] = Field(default_factory=dict)
    send_values: dict[str, Scalar] = Field(default_factory=dict)
    pairs: dict[str, Scalar] = Field(default_factory=dict)
    default: Scalar | None = None
    send_default: Scalar | None = None
    strict: bool = False
    constant: Scalar | None = None
    max_length: int | None = Field(default=None, gt=0)
    send_max_length: int | None = Field(default=None, gt=0)
    template: str | None = None
    send_template: str | None = None
    kind: Kind | None = None

    @field_validator("template", "send_template")
    @classmethod
    def _has_known_placeholders(cls, template: str | None) -> str | None:
        parts(template or "")
        return template

    @model_validator(mode="after")
    def _is_well_defined(self) -> ValueEntry:
        if self.constant is not None and self.direction is Direction.BOTH:
            raise ValueError('constant needs direction = "send" or direction = "receive"')
        if self.constant is not None and (self._has_pairs() or self.template is not None):
            raise ValueError("constant can't be combined with values, send_values, pairs or template")
        if self.pairs and (self.values or self.send_values):
            raise ValueError("either pairs, or values and send_values, not both")
        if self.default is not None and self.strict:
            raise ValueError("either default or strict, not both")
        if self.direction is Direction.BOTH:
            for template in (self.template, self.send_template):
                if template is not None:
                    check_reversible(template)
        return self

    def _has_pairs(self) -> bool:
        return bool(self.values or self.send_values or self.pairs)

    @cached_property
    def received(self) -> dict[str, Scalar]:
        """What is received -> what it becomes here."""
        return self.values or self.pairs

    @cached_property
    def sent(self) -> dict[str, Scalar]:
        """What is here -> what is sent; where several of theirs are one of ours, the first."""
        return self.send_values or {as_text(ours): theirs for theirs, ours in reversed(self.pairs.items())}

    @property
    def shape_here(self) -> tuple[str | None, int | None]:
        """Template and greatest length of what is received."""
        return (self.template, self.max_length) if self.direction is not Direction.SEND else (None, None)

    @property
    def shape_there(self) -> tuple[str | None, int | None]:
        """Template and greatest length of what is sent."""
        if self.direction is Direction.SEND:
            return self.send_template or self.template, self.send_max_length or self.max_length
        return self.send_template, self.send_max_length


class LabelsEntry(Entry):
    """Labels. `only` and `never` are patterns (`team-*`) of the labels here. With `prefix`, what comes in gets it,
    and only labels that have it leave, without it. `pairs`: theirs -> ours. `add`: labels that a received set gets,
    and that do not leave."""

    prefix: str = ""
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    pairs: dict[str, str] = Field(default_factory=dict)
    add: tuple[str, ...] = ()


class CommentParts(BaseModel):
    """What a comment has to be like, part by part: its author (name, username or e-mail), its text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    author: Wanted | None = None
    body: Wanted | None = None
    internal: bool | None = None


class FileParts(BaseModel):
    """What a file has to be like, part by part: its name, its media type, its author."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Wanted | None = None
    type: Wanted | None = None
    author: Wanted | None = None


class CommentAuthor(StrEnum):
    """How a received comment shows who wrote it: by a line before the text; as the person that they are here, where
    the tracker can (else by the line); or not at all."""

    HEADER = "header"
    PERSON = "person"
    NONE = "none"


class Audience(StrEnum):
    """Who sees a received comment here."""

    INTERNAL = "internal"
    PUBLIC = "public"


class CommentsEntry(Entry):
    """Comments. `public_only`: internal ones do not leave. `only` (all that it names) and `never` (any of it) choose
    comments in both directions, `send_only` and `send_never` those that leave. `header` is the line that names the
    author, `receive_as` who sees what is received."""

    public_only: bool = True
    author: CommentAuthor = CommentAuthor.HEADER
    header: str = "{author} wrote:"
    receive_as: Audience | None = None
    only: CommentParts = CommentParts()
    never: CommentParts = CommentParts()
    send_only: CommentParts = CommentParts()
    send_never: CommentParts = CommentParts()

    @field_validator("header")
    @classmethod
    def _has_known_placeholders(cls, header: str) -> str:
        return check_header(header)


class WorkLogParts(BaseModel):
    """What a work log has to be like, part by part: its author (name, username or e-mail), its text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    author: Wanted | None = None
    body: Wanted | None = None


class WorkLogsEntry(Entry):
    """Time spent, both ways. `only` (all that it names) and `never` (any of it) choose by author and text. `author` and
    `header` as for comments; the tracker books the time on the person, where it can, else on the account of sync."""

    author: CommentAuthor = CommentAuthor.HEADER
    header: str = "{author}:"
    only: WorkLogParts = WorkLogParts()
    never: WorkLogParts = WorkLogParts()

    @field_validator("header")
    @classmethod
    def _has_known_placeholders(cls, header: str) -> str:
        return check_header(header)


class AttachmentsEntry(Entry):
    """Files, both ways: at most `max_size` ("20 MB"), of media `types` (patterns: `image/*`); none: all. `only` (all
    that it names) and `never` (any of it) choose by name, type and author."""

    max_size: ByteSize | None = None
    types: tuple[str, ...] = ()
    only: FileParts = FileParts()
    never: FileParts = FileParts()


class Outside(StrEnum):
    """What becomes of a link to an item that is not under sync: nothing, until it is; or a link to its address."""

    NOTHING = "nothing"
    WEB = "web"


class LinksEntry(Entry):
    """Links between items. `pairs` are kinds, theirs -> ours; what is in no pair becomes `default` (`send_default`), or
    keeps its name where there is such a kind. `only` and `never` are patterns of the kinds here. `outside`: what
    becomes of a received link to an item that is not under sync, `web_kind` the kind of the link to its address."""

    pairs: dict[str, str] = Field(default_factory=dict)
    default: str | None = None
    send_default: str | None = None
    only: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    outside: Outside = Outside.NOTHING
    web_kind: str = ""

    @cached_property
    def sent(self) -> dict[str, str]:
        """Ours -> theirs; where several of theirs are one of ours, the first."""
        return {ours: theirs for theirs, ours in reversed(self.pairs.items())}


class Bring(StrEnum):
    """Which relatives come under sync with an item."""

    PARENT = "parent"
    CHILDREN = "children"


class ParentEntry(ValueEntry):
    """A parent. `bring`: with an item that is told, its parent or its children come under sync, too, and theirs, up to
    `depth` steps away from an item that came under sync by itself."""

    bring: Bring | None = None
    depth: int = Field(default=5, ge=1, le=20)

    @model_validator(mode="after")
    def _brings_what_it_tells(self) -> ParentEntry:
        if self.bring is not None and not self.direction.sends:
            raise ValueError('bring needs direction = "both" or direction = "send"')
        return self


def check_header(header: str) -> str:
    """Raises ValueError if the header of a comment or work log has a placeholder that there is not."""
    for _, name, form, conversion in Formatter().parse(header):
        if name is not None and (name not in ON_COMMENT or form or conversion):
            raise ValueError(f"'{{{name}}}' is no placeholder here: use {{{'}, {'.join(ON_COMMENT)}}}")
    return header


def is_of_people(path: str, entry: FieldEntry) -> bool:
    """Whether an entry is about people, by what is written in it."""
    return isinstance(entry, PersonEntry) or getattr(entry, "kind", None) in OF_PEOPLE or path in PEOPLE


def kind_of(path: str, entry: ValueEntry, info: FieldInfo | None) -> Kind | None:
    """What a field holds: as the entry says, or else as the tracker describes it; a parent is an item."""
    described = Kind.ITEM if path == "parent" else kind_called(info.kind) if info else None
    return entry.kind or described
