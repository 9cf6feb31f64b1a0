"""A mapping table held against what the tracker here says of itself: what does not fit, and what would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from accord.model import Person, is_empty
from accord.ports import Description, FieldInfo
from accord.rules.conditions import COMPARISON, FIRST_SYNC, OURS, Wanted, split
from accord.rules.entries import (
    Direction,
    Entry,
    FieldEntry,
    LinksEntry,
    Outside,
    PersonEntry,
    ValueEntry,
    is_of_people,
)
from accord.rules.given import PARTS
from accord.rules.kinds import OF_PEOPLE, Kind, Unfit, converted, kind_called, spelled
from accord.rules.reading import READABLE
from accord.rules.table import MappingTable, PeopleTable
from accord.rules.templates import parts
from accord.rules.values import close_to, nearest
from accord.rules.written import BETWEEN_LEVELS, as_text

Key = tuple[str | int, ...]
# What an entry may say in vain, by the direction that it does not have.
ABOUT_RECEIVING = ("values", "default", "strict", "only_on_create")
ABOUT_SENDING = ("send_values", "send_default", "send_template", "send_max_length")


@dataclass(frozen=True)
class Misfit:
    """Something that does not fit, or (not `certain`) perhaps is not meant. `key` is its place in the connection."""

    key: Key
    message: str
    remedy: str | None = None
    value: Any = None
    certain: bool = True


class Fitting:
    """One connection's table and people, and what its tracker, called `name`, holds; `web_links`: links to addresses,
    too."""

    def __init__(
        self, name: str, table: MappingTable, people: PeopleTable, description: Description, *, web_links: bool = True
    ) -> None:
        self._name, self._table, self._people, self._web_links = name, table, people, web_links
        self._fields, self._known = description.fields, _names(description.people)

    def misfits(self) -> Iterator[Misfit]:
        """All of them, in no certain order."""
        for path, entries in self._table.entries():
            info = self._fields.get(path)
            if info is None and any(entry.direction is not Direction.NEVER for entry in entries):
                yield self._unknown(_key(path), path, entries)
            for index, entry in enumerate(entries):
                yield from self._entry((*_key(path), index), path, entry, info)
        for name in PARTS:
            part = getattr(self._table, name)
            if part:
                yield from self.conditions(("map", name), part.when, part.unless)
        yield from self._labels()
        yield from self._links()
        yield from self._whom_the_table_names()
        yield from self._required()

    def conditions(self, key: Key, when: Mapping[str, Wanted] | None, unless: Mapping[str, Wanted] | None,
                   names: tuple[str, str] = ("when", "unless")) -> Iterator[Misfit]:  # fmt: skip
        """What conditions ask of our item, and it does not have or can't be."""
        for word, condition in zip(names, (when, unless), strict=True):
            for name, wanted in (condition or {}).items():
                side, path = split(name)
                if side == OURS and name != FIRST_SYNC:
                    yield from self._condition((*key, word, name), path, wanted)

    def _condition(self, key: Key, path: str, wanted: Wanted) -> Iterator[Misfit]:
        info = self._fields.get(path)
        if info is None and path not in READABLE:
            yield self._unknown(key, path, ())
        for one in wanted if isinstance(wanted, tuple) else (wanted,):
            text = as_text(one)
            if info is None or COMPARISON.fullmatch(text) or "*" in text or "?" in text or not text:
                continue
            if info.options and text.casefold() not in [option.casefold() for option in info.options]:
                yield self._no_value(key, path, text, info)
            if kind_called(info.kind) in OF_PEOPLE:
                yield from self._person(key, text)

    def _entry(self, key: Key, path: str, entry: FieldEntry, info: FieldInfo | None) -> Iterator[Misfit]:
        yield from self.conditions(key, entry.when, entry.unless)
        yield from _in_vain(key, entry)
        if info is not None and entry.direction.receives and not info.writable:
            yield Misfit(key, f"{path} can't be written in {self._name}.", 'Set its direction to "send".')
        if isinstance(entry, PersonEntry) and entry.default is not None:
            yield from self._person((*key, "default"), entry.default)
        if isinstance(entry, ValueEntry):
            yield from self._placeholders(key, entry)
        if isinstance(entry, ValueEntry) and info is not None and not is_of_people(path, entry):
            yield from self._values(key, path, entry, info)
            yield from self._unmapped(key, path, entry, info)

    def _values(self, key: Key, path: str, entry: ValueEntry, info: FieldInfo) -> Iterator[Misfit]:
        seen = set()
        for name, value in _named_values(entry):
            if not info.options:
                yield from self._of_kind((*key, *name), path, value, entry.kind or kind_called(info.kind))
            elif as_text(value) not in seen and not _is_option(value, info):
                seen.add(as_text(value))
                yield self._no_value((*key, *name), path, as_text(value), info)

    def _of_kind(self, key: Key, path: str, value: Any, kind: Kind | None) -> Iterator[Misfit]:
        if kind is None or is_empty(value):
            return
        try:
            converted(value, kind)
        except Unfit as unfit:
            yield Misfit(key, f"{path} of {self._name} does not take {value!r}.", f"It takes {unfit}.", value)

    def _unmapped(self, key: Key, path: str, entry: ValueEntry, info: FieldInfo) -> Iterator[Misfit]:
        """Options of ours that have no pair, where there are pairs; a default that nothing can fall back to."""
        pairs = entry.send_values or entry.pairs
        if entry.direction.sends and pairs and info.options and entry.send_default is None:
            left = [option for option in info.options if option not in entry.sent]
            if left:
                said = ", ".join(repr(option) for option in left[:6])
                remedy = "Add pairs for them, or a send_default."
                yield Misfit(key, f"{path}: {said} have no pair, and are sent as they are.", remedy, certain=False)
        if (entry.default is not None or entry.strict) and not entry.received and not info.options:
            word = "strict" if entry.strict else "default"
            message = f"{path}: {self._name} tells of no options, so that nothing falls under {word}."
            yield Misfit((*key, word), message, "Name pairs of values.", certain=False)

    def _placeholders(self, key: Key, entry: ValueEntry) -> Iterator[Misfit]:
        """Fields of ours in what is sent."""
        word = "send_template" if entry.send_template else "template"
        template = entry.shape_there[0]
        for _, path in parts(template or ""):
            if path and path.startswith("fields.") and path not in self._fields:
                yield self._unknown((*key, word), path, ())

    def _labels(self) -> Iterator[Misfit]:
        entry, info = self._table.labels, self._fields.get("labels")
        if entry is None or info is None or not info.options or not entry.direction.receives:
            return
        for name, label in [*((("pairs", t), o) for t, o in entry.pairs.items()), *((("add",), o) for o in entry.add)]:
            if label not in info.options:
                yield self._no_value(("map", "labels", *name), "labels", label, info)

    def _links(self) -> Iterator[Misfit]:
        entry, info = self._table.links, self._fields.get("links")
        if entry is None or entry.direction is Direction.NEVER:
            return
        if info is None:
            yield Misfit(("map", "links"), f"{self._name} keeps no links.", "Leave links out of the map here.")
            return
        if entry.outside is Outside.WEB and entry.direction.receives and not self._web_links:
            message = f"{self._name} keeps no links to addresses."
            yield Misfit(("map", "links", "outside"), message, 'Set it to "nothing".', entry.outside.value)
        for name, kind in _named_kinds(entry) if info.options else ():
            if kind not in info.options:
                yield self._no_value(("map", "links", *name), "links", kind, info)
        for word in ("only", "never") if info.options else ():
            for pattern in getattr(entry, word):
                if not any(fnmatchcase(kind, pattern) for kind in info.options):
                    message = f"{self._name} has no kind of link like {pattern!r}."
                    yield Misfit(("map", "links", word), message, nearest(pattern, info.options), pattern, False)

    def _whom_the_table_names(self) -> Iterator[Misfit]:
        for theirs, ours in self._people.pairs.items():
            yield from self._person(("people", theirs), ours)
        if self._people.default:
            yield from self._person(("people", "default"), self._people.default)

    def _person(self, key: Key, name: str) -> Iterator[Misfit]:
        """A warning: some trackers do not tell of everybody."""
        if self._known and name.casefold() not in {known.casefold() for known in self._known}:
            yield Misfit(key, f"{self._name} knows nobody called {name!r}.", nearest(name, self._known), name, False)

    def _required(self) -> Iterator[Misfit]:
        """What every new item needs, and nothing here gives it."""
        table = dict(self._table.entries())
        receives = any(entry.direction.receives for entries in table.values() for entry in entries)
        for path, info in self._fields.items():
            given = any(entry.direction.receives for entry in table.get(path, ()))
            if info.required and receives and not given and path not in PARTS:
                remedy = (
                    f'Receive it, or give it a constant: {_spelled(path)} = {{ direction = "receive", constant = ... }}'
                )
                message = f"{self._name} asks for {path} in every new item, and nothing in the map gives it."
                yield Misfit(("map",), message, remedy, path, certain=False)

    def _unknown(self, key: Key, path: str, entries: tuple[FieldEntry, ...]) -> Misfit:
        """A typing error, if there is a name like it; some trackers take fields that they do not tell of."""
        group, name = ("fields.", path.removeprefix("fields.")) if path.startswith("fields.") else ("", path)
        known = [n.removeprefix(group) for n in self._fields if n.startswith("fields.") == bool(group)]
        certain = bool(close_to(name, known)) or (not group and any(entry.direction.receives for entry in entries))
        return Misfit(key, f"{self._name} tells of no field {path}.", nearest(name, known) or None, certain=certain)

    def _no_value(self, key: Key, path: str, text: str, info: FieldInfo) -> Misfit:
        return Misfit(key, f"{path} of {self._name} has no value {text!r}.", nearest(text, info.options), text)


def _key(path: str) -> Key:
    return ("map", *path.split(".", 1))


def _spelled(path: str) -> str:
    return f'"{path}"' if "." in path else path


def _names(people: tuple[Person, ...]) -> list[str]:
    return [name for person in people for name in (person.username, person.email) if name]


def _named_values(entry: ValueEntry) -> Iterator[tuple[Key, Any]]:
    """Values here that an entry names, and under which of its keys."""
    if entry.direction.receives:
        for word in ("values", "pairs"):
            yield from (((word, theirs), ours) for theirs, ours in getattr(entry, word).items())
        yield from (((word,), value) for word in ("default", "constant") if (value := getattr(entry, word)) is not None)
    if entry.direction.sends:
        yield from ((("send_values", ours), ours) for ours in entry.send_values)
        if not entry.direction.receives:
            yield from ((("pairs", theirs), ours) for theirs, ours in entry.pairs.items())


def _named_kinds(entry: LinksEntry) -> Iterator[tuple[Key, str]]:
    """Kinds of links here that an entry names, and under which of its keys."""
    yield from ((("pairs", theirs), ours) for theirs, ours in entry.pairs.items())
    if entry.default is not None and entry.direction.receives:
        yield ("default",), entry.default


def _is_option(value: Any, info: FieldInfo) -> bool:
    text = as_text(value)
    levels = text.split(BETWEEN_LEVELS) if info.kind == Kind.CASCADE else [text]
    return not text or all(spelled(level, info.options) in info.options for level in levels)


def _in_vain(key: Key, entry: Entry) -> Iterator[Misfit]:
    words = ABOUT_RECEIVING if entry.direction is Direction.SEND else ()
    words = ABOUT_SENDING if entry.direction is Direction.RECEIVE else words
    what = "received" if entry.direction is Direction.SEND else "sent"
    for word in words:
        if word in entry.model_fields_set:
            message = f"{word} is about what is {what}, and nothing is."
            yield Misfit((*key, word), message, "Leave it out, or change the direction.", certain=False)
