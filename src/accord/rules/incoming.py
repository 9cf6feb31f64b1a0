"""What the mapping table lets in: the item as it should be, by a replica."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from accord.errors import RuleFailed
from accord.model import Item, Replica, is_empty
from accord.model.paths import SCALARS
from accord.ports import RuleContext
from accord.rules.attachments import received_attachments
from accord.rules.comments import received_comments
from accord.rules.conditions import Views, holds
from accord.rules.entries import Direction, Entry, FieldEntry, PersonEntry, ValueEntry, kind_of
from accord.rules.kinds import OF_ITEMS, OF_PEOPLE, Kind
from accord.rules.labels import receive_labels
from accord.rules.links import received_links
from accord.rules.origin import Origin, at_entry
from accord.rules.outgoing import link_kinds, our_names, their_names
from accord.rules.people import People
from accord.rules.reading import look, names
from accord.rules.table import MappingTable, PeopleTable
from accord.rules.values import Field, Surroundings, reads_field, received, says_what_is_here, understood
from accord.rules.worklogs import received_worklogs
from accord.rules.written import as_shown, to_json

# Our keys by the other side's; None: not under sync.
Twins = Mapping[str, str | None]


def incoming(
    table: MappingTable,
    people: PeopleTable,
    origin: Origin,
    replica: Replica,
    item: Item,
    context: RuleContext,
    twins: Twins,
) -> Item:
    """The draft. What the replica does not name stays as it is; comments and attachments become the replica's.

    Raises RuleFailed, with its place, where a value is in no pair or does not fit.
    """
    return Receiver(table, People(people, context.people), origin, replica, item, context, twins).draft()


class Receiver:
    """One replica on its way into one item. Conditions see the item as it becomes, field by field."""

    def __init__(
        self,
        table: MappingTable,
        people: People,
        origin: Origin,
        replica: Replica,
        item: Item,
        context: RuleContext,
        twins: Twins,
    ) -> None:
        self._table, self._people, self._origin, self._twins = table, people, origin, twins
        self._replica, self._item, self._context, self._draft = replica, item, context, item
        self._around = Surroundings(self._text_of, our_names(context, item), their_names(context, replica))
        self._around_ours = replace(self._around, text_of=lambda name: self._text_of(name, item))

    def draft(self) -> Item:
        for path in self._table.order:
            if path == "labels":
                self._receive_labels()
            else:
                self._receive(path)
        parts = {
            "comments": self._comments(),
            "attachments": self._attachments(),
            "worklogs": self._worklogs(),
            "links": self._links(),
        }
        return self._draft.model_copy(update=parts)

    def _receive(self, path: str) -> None:
        for index, entry in enumerate(self._table.of(path)):
            if not self._counts(entry):
                continue
            if entry.direction is not Direction.NEVER and self._has_something_for(path, entry):
                with at_entry(self._origin, path, index):
                    self._assign(path, self._value(path, entry))
            return

    def _counts(self, entry: Entry) -> bool:
        decides = entry.direction.receives or entry.direction is Direction.NEVER
        if not decides or (isinstance(entry, FieldEntry) and entry.only_on_create and self._item.key):
            return False
        views = Views(self._draft, self._replica, self._context.first_sync)
        return holds(entry.when, entry.unless, views)

    def _has_something_for(self, path: str, entry: FieldEntry) -> bool:
        independent = isinstance(entry, ValueEntry) and not reads_field(entry)
        return independent or names(self._replica, entry.travels_as or path)

    def _assign(self, path: str, value: Any) -> None:
        if path in SCALARS:
            self._draft = self._draft.model_copy(update={path: _fitting(path, value)})
            return
        name, value = path.removeprefix("fields."), to_json(value)
        if name in self._item.fields or not is_empty(value):
            self._draft = self._draft.model_copy(update={"fields": {**self._draft.fields, name: value}})

    def _value(self, path: str, entry: FieldEntry) -> Any:
        source = entry.travels_as or path
        value = look(self._replica, source) if names(self._replica, source) else None
        if isinstance(entry, PersonEntry):
            return self._people.received(path, value, entry.default, strict=entry.strict)
        assert isinstance(entry, ValueEntry)
        field = self._field(path, entry)
        if field.kind in OF_ITEMS and entry.constant is None:
            return self._keys_here(path, value)
        if field.kind in OF_PEOPLE and entry.constant is None:
            return self._people_here(path, value, entry, several=field.kind is Kind.PEOPLE)
        value = self._with_our_names(value, field)
        ours = look(self._item, path)
        if self._item.key and says_what_is_here(entry, value, ours, field, self._around_ours):
            return ours
        previous = look(self._context.previous, source) if self._context.previous else None
        previous = self._with_our_names(previous, field)
        return received(entry, understood(entry, value, ours, previous, self._around), field, self._around)

    def _with_our_names(self, value: Any, field: Field) -> Any:
        """Whom a text mentions, as they are called here."""
        rich = field.path == "description" or field.kind is Kind.RICH_TEXT
        return self._people.mentions(value) if rich and isinstance(value, str) else value

    def _field(self, path: str, entry: ValueEntry) -> Field:
        info = self._context.fields.get(path)
        return Field(path, kind_of(path, entry, info), info.options if info else ())

    def _people_here(self, path: str, value: Any, entry: ValueEntry, *, several: bool) -> Any:
        default = entry.default if isinstance(entry.default, str) else None
        found = [
            self._people.received(path, one, default, strict=entry.strict)
            for one in (value if isinstance(value, list) else [value])
        ]
        if several:
            return [to_json(person) for person in found if person]
        return found[0] if found else None

    def _keys_here(self, path: str, value: Any) -> Any:
        """Our keys for theirs. A key that is not under sync says nothing yet."""
        if is_empty(value):
            return value
        if isinstance(value, list):
            return [ours for one in value if isinstance(one, str) and (ours := self._twins.get(one))]
        ours = self._twins.get(value) if isinstance(value, str) else None
        return ours or look(self._item, path)

    def _receive_labels(self) -> None:
        entry = self._table.labels
        if entry and self._counts(entry) and entry.direction.receives and "labels" in self._replica.model_fields_set:
            labels = receive_labels(entry, self._replica.labels, self._item.labels)
            self._draft = self._draft.model_copy(update={"labels": labels})

    def _comments(self) -> Any:
        entry = self._table.comments
        if not entry or not entry.direction.receives or not self._counts(entry):
            return ()
        return received_comments(entry, self._people, self._replica, self._context)

    def _attachments(self) -> Any:
        entry = self._table.attachments
        if not entry or not entry.direction.receives or not self._counts(entry):
            return ()
        return received_attachments(entry, self._replica)

    def _worklogs(self) -> Any:
        entry = self._table.worklogs
        if not entry or not entry.direction.receives or not self._counts(entry):
            return ()
        return received_worklogs(entry, self._people, self._replica, self._context)

    def _links(self) -> Any:
        entry = self._table.links
        if not entry or not entry.direction.receives or not self._counts(entry):
            return ()
        return received_links(entry, self._replica, self._twins, link_kinds(self._context))

    def _text_of(self, name: str, thing: Item | Replica | None = None) -> str:
        return self._context.connection if name == "connection" else as_shown(look(thing or self._replica, name))


@cache
def _adapter(path: str) -> TypeAdapter[Any]:
    annotation: Any = Item.model_fields[path].annotation
    return TypeAdapter(annotation)


def _fitting(path: str, value: Any) -> Any:
    try:
        return _adapter(path).validate_python(value)
    except ValidationError as invalid:
        problem = invalid.errors(include_url=False)[0]["msg"].lower()
        raise RuleFailed(
            f"{path} received a value that does not fit: {problem}.",
            field=path,
            value=value,
            remedy="Check under which name it travels (as), or add pairs of values.",
        ) from None
