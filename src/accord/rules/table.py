"""The mapping table: field by field, what leaves this side and what comes in. As written in `accord.toml`:

    [connections.acme.map]
    summary = "both"
    status = { values = { "Done" = "closed" }, default = "open" }
    "fields.severity" = { direction = "send", as = "custom.urgency" }
    comments = { author = "header" }
    resolution = [
      { direction = "receive", when = { type = "bug" } },
      { direction = "never" },
    ]

Of several entries for one field, the first counts whose direction and condition are met. A field that the table does
not name neither leaves nor changes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from accord.model import Person
from accord.model.paths import SCALARS
from accord.rules.conditions import OURS, Condition, asks_theirs, split
from accord.rules.entries import (
    AttachmentsEntry,
    CommentsEntry,
    Direction,
    Entry,
    FieldEntry,
    LabelsEntry,
    LinksEntry,
    ParentEntry,
    PersonEntry,
    ValueEntry,
    WorkLogsEntry,
)
from accord.rules.reading import is_path
from accord.rules.templates import own_name_as_value

TEMPLATES = ("template", "send_template")
Way = Literal["email", "username", "name"]
EVERYTHING: tuple[Way, ...] = ("email", "username", "name")


def _long_form(entry: object) -> object:
    return {"direction": entry} if isinstance(entry, str) else entry


def _one_or_several(entries: object) -> object:
    """`"both"`, a table, or a list of either."""
    return [_long_form(entry) for entry in entries] if isinstance(entries, list | tuple) else [_long_form(entries)]


Short, Several = BeforeValidator(_long_form), BeforeValidator(_one_or_several)
ForPerson = Annotated[tuple[PersonEntry, ...], Several]
ForParent = Annotated[tuple[ParentEntry, ...], Several]
ForValue = Annotated[tuple[ValueEntry, ...], Several]


class MappingTable(BaseModel):
    """The whole table; `fields` by the tracker's own field names (`"fields.severity" = ...` in the file)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: ForValue = ()
    summary: ForValue = ()
    description: ForValue = ()
    status: ForValue = ()
    resolution: ForValue = ()
    priority: ForValue = ()
    assignee: ForPerson = ()
    reporter: ForPerson = ()
    due: ForValue = ()
    parent: ForParent = ()
    labels: Annotated[LabelsEntry | None, Short] = None
    comments: Annotated[CommentsEntry | None, Short] = None
    attachments: Annotated[AttachmentsEntry | None, Short] = None
    worklogs: Annotated[WorkLogsEntry | None, Short] = None
    links: Annotated[LinksEntry | None, Short] = None
    fields: dict[str, ForValue] = Field(default_factory=dict)

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
        named = {name: _own_name(name, gathered[name]) for name in SCALARS if name in gathered}
        if isinstance(fields := gathered.get("fields"), dict):
            named["fields"] = {name: _own_name(f"fields.{name}", entry) for name, entry in fields.items()}
        return {**gathered, **named}

    @model_validator(mode="after")
    def _nothing_sent_twice(self) -> MappingTable:
        seen: dict[str, str] = {}
        for path, entries in self.entries():
            for target in {entry.travels_as or path for entry in entries if entry.direction.sends}:
                if target in seen:
                    raise ValueError(f"{seen[target]} and {path} would both travel as {target}")
                seen[target] = path
        return self

    @model_validator(mode="after")
    def _every_entry_may_count(self) -> MappingTable:
        for path, entries in self.entries():
            for index, entry in enumerate(entries):
                if any(_covers(earlier, entry) for earlier in entries[:index]):
                    raise ValueError(f"entry {index + 1} of {path} never counts: one before it has no condition")
        return self

    @model_validator(mode="after")
    def _conditions_do_not_wait_for_each_other(self) -> MappingTable:
        try:
            assert self.order is not None
        except CycleError as cycle:
            raise ValueError(
                f"the conditions of {' and '.join(sorted(set(cycle.args[1])))} wait for each other"
            ) from None
        return self

    @cached_property
    def order(self) -> tuple[str, ...]:
        """All paths, labels among them, each after those of ours that its conditions ask for."""
        asks = {path: _asked_for(entries) - {path} for path, entries in self.entries()}
        if self.labels:
            asks["labels"] = _asked_for((self.labels,))
        known = {path: paths & asks.keys() for path, paths in asks.items()}
        return tuple(TopologicalSorter(known).static_order())

    @cached_property
    def sends_by_theirs(self) -> bool:
        """Whether what leaves may depend on what the other side told last."""
        parts = [entry for entry in (self.labels, self.comments, self.attachments, self.worklogs, self.links) if entry]
        every: list[Entry] = [entry for _, entries in self.entries() for entry in entries]
        decide = [entry for entry in (*every, *parts) if entry.direction is not Direction.RECEIVE]
        return any(asks_theirs(condition) for entry in decide for condition in (entry.when, entry.unless))

    def of(self, path: str) -> tuple[FieldEntry, ...]:
        """The entries for a path."""
        name = path.removeprefix("fields.")
        entries: tuple[FieldEntry, ...] = getattr(self, path) if name == path else self.fields[name]
        return entries

    def entries(self) -> Iterator[tuple[str, tuple[FieldEntry, ...]]]:
        """Path and entries of every field in the table (labels and sub-items apart)."""
        for name in SCALARS:
            entries = getattr(self, name)
            if entries:
                yield name, entries
        for name, entries in self.fields.items():
            yield f"fields.{name}", entries


def _own_name(path: str, entries: Any) -> Any:
    """Entries in whose templates the field's own name stands for its value."""
    if isinstance(entries, list):
        return [_own_name(path, entry) for entry in entries]
    if not isinstance(entries, dict):
        return entries
    own = {k: own_name_as_value(v, path) for k, v in entries.items() if k in TEMPLATES and isinstance(v, str)}
    return {**entries, **own}


def _asked_for(entries: Sequence[Entry]) -> set[str]:
    names = {name for entry in entries for condition in (entry.when, entry.unless) for name in condition or ()}
    return {path for side, path in map(split, names) if side == OURS}


def _covers(earlier: FieldEntry, entry: FieldEntry) -> bool:
    """Whether the earlier entry counts wherever the later one could."""
    if earlier.conditional or (earlier.only_on_create and entry.direction.receives):
        return False
    if earlier.direction is Direction.NEVER:
        return True
    sends = not entry.direction.sends or earlier.direction.sends
    return sends and (not entry.direction.receives or earlier.direction.receives)


class PeopleTable(BaseModel):
    """Who is who: `theirs` (e-mail or username, `*` for any text) -> ours (username or e-mail). `default`: whom the
    rest becomes. `match`: by what people are found here otherwise; `share`: what of a person leaves."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pairs: dict[str, str] = Field(default_factory=dict)
    default: str | None = None
    match: tuple[Way, ...] = ("email", "username")
    share: tuple[Way, ...] = EVERYTHING

    @model_validator(mode="before")
    @classmethod
    def _from_file(cls, table: object) -> object:
        """In the file the pairs stand in one table with the settings."""
        if not isinstance(table, dict) or "pairs" in table:
            return table
        settings = {name for name, value in table.items() if name == "default" or _is_setting(name, value)}
        pairs = {theirs: ours for theirs, ours in table.items() if theirs not in settings}
        return {"pairs": pairs, **{name: table[name] for name in settings}}

    def shared(self, person: Person | None) -> Person | None:
        """What the other side is told of somebody."""
        if person is None or len(self.share) == len(EVERYTHING):
            return person
        told = {name: getattr(person, name) for name in self.share}
        return Person(**told) if any(told.values()) else None


def _is_setting(name: str, value: object) -> bool:
    """Somebody may be called `match` or `share`: a setting is a list."""
    return name in ("match", "share") and isinstance(value, list | tuple)


def _replica_path(path: str) -> str:
    if is_path(path, theirs=True):
        return path
    raise ValueError(f"'{path}' is no path of what the other side sends: use fields.<name> or custom.<name>")


ReplicaPath = Annotated[str, AfterValidator(_replica_path)]


class Afterwards(BaseModel):
    """What is to happen beyond the item itself. `pair_by`: the path, in what the other side sends, that holds the key
    of the item here with which to pair on the first sync, instead of making one. `unsync_when`: ends the sync of an
    item once this is met."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pair_by: ReplicaPath | None = None
    unsync_when: Condition | None = None
