"""What the mapping table lets out: a replica that names only what the table names."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from accord.errors import RuleFailed
from accord.model import Item, Person, Replica
from accord.model.paths import SCALARS
from accord.ports import Asks, RuleContext, asking
from accord.rules.attachments import sent_attachments
from accord.rules.comments import sent_comments
from accord.rules.conditions import Views, holds
from accord.rules.entries import Direction, Entry, FieldEntry, ParentEntry, PersonEntry, ValueEntry, kind_of
from accord.rules.kinds import OF_PEOPLE
from accord.rules.labels import send_labels
from accord.rules.links import sent_links
from accord.rules.origin import Origin, at_entry
from accord.rules.reading import look
from accord.rules.table import MappingTable, PeopleTable
from accord.rules.values import Field, Surroundings, sent
from accord.rules.worklogs import sent_worklogs
from accord.rules.written import as_shown, to_json


def outgoing(table: MappingTable, people: PeopleTable, origin: Origin, item: Item, context: RuleContext) -> Replica:
    """The replica of an item, with what the table asks for besides. Key and address are always told: without them
    nobody could name the item.

    Raises RuleFailed, with its place, where a value can't travel under the name that the table gives it.
    """
    sender = Sender(table, people, origin, item, context)
    return asking(sender.replica(), sender.asks)


class Sender:
    """One item on its way out."""

    def __init__(
        self, table: MappingTable, people: PeopleTable, origin: Origin, item: Item, context: RuleContext
    ) -> None:
        self._table, self._people, self._origin, self._item, self._context = table, people, origin, item, context
        self.asks = Asks()
        self._views = Views(item, context.previous, context.first_sync)
        self._around = Surroundings(self._text_of, our_names(context, item), their_names(context, None))

    def replica(self) -> Replica:
        named: dict[str, Any] = {"key": self._item.key, "url": self._item.url}
        for path, entries in self._table.entries():
            for index, entry in enumerate(entries):
                if not self._counts(entry):
                    continue
                if entry.direction is not Direction.NEVER:
                    with at_entry(self._origin, path, index):
                        _put(named, entry.travels_as or path, self._sent(path, entry))
                    if isinstance(entry, ParentEntry) and entry.bring is not None:
                        self.asks = Asks(bring=entry.bring.value, depth=entry.depth)
                break
        self._put_parts(named)
        return self._checked(named)

    def _checked(self, named: dict[str, Any]) -> Replica:
        try:
            return Replica.model_validate(named)
        except ValidationError as invalid:
            first = invalid.errors(include_url=False)[0]
            target = ".".join(str(part) for part in first["loc"])
            sent_as = {entry.travels_as: path for path, entries in self._table.entries() for entry in entries}
            raise RuleFailed(
                f"What is sent as {target} does not fit: {first['msg'].lower()}.",
                field=target,
                value=first["input"],
                file=self._origin.file,
                line=self._origin.line(sent_as.get(target, target)),
                remedy='Let it travel under a free name: as = "custom.<name>".',
            ) from None

    def _put_parts(self, named: dict[str, Any]) -> None:
        table = self._table
        if table.labels and table.labels.direction.sends and self._counts(table.labels):
            named["labels"] = send_labels(table.labels, self._item.labels)
        if table.comments and table.comments.direction.sends and self._counts(table.comments):
            named["comments"] = sent_comments(table.comments, self._people, self._item)
        if table.attachments and table.attachments.direction.sends and self._counts(table.attachments):
            named["attachments"] = sent_attachments(table.attachments, self._people, self._item)
        if table.worklogs and table.worklogs.direction.sends and self._counts(table.worklogs):
            named["worklogs"] = sent_worklogs(table.worklogs, self._people, self._item)
        if table.links and table.links.direction.sends and self._counts(table.links):
            named["links"] = sent_links(table.links, self._item, link_kinds(self._context))

    def _counts(self, entry: Entry) -> bool:
        decides = entry.direction.sends or entry.direction is Direction.NEVER
        return decides and holds(entry.when, entry.unless, self._views)

    def _sent(self, path: str, entry: FieldEntry) -> Any:
        value = look(self._item, path)
        if isinstance(entry, PersonEntry):
            return self._people.shared(value)
        if not isinstance(entry, ValueEntry):
            return value
        kind = kind_of(path, entry, self._context.fields.get(path))
        if kind in OF_PEOPLE:
            return _shared_people(self._people, value)
        return sent(entry, value, Field(path, kind), self._around)

    def _text_of(self, name: str) -> str:
        if name == "connection":
            return self._context.connection
        return as_shown(look(self._item, name))


def link_kinds(context: RuleContext) -> tuple[str, ...]:
    """All kinds of links that can be made here, as far as the tracker tells."""
    info = context.fields.get("links")
    return info.options if info else ()


def our_names(context: RuleContext, item: Item) -> dict[str, str | None]:
    """What placeholders of our item stand for."""
    return {"key": item.key or None, "url": item.url, "connection": context.connection}


def their_names(context: RuleContext, replica: Replica | None) -> dict[str, str | None]:
    """What placeholders of the other side's item stand for."""
    key = replica.key if replica and replica.key else context.remote_key
    url = replica.url if replica and replica.url else context.remote_url
    return {"key": key, "url": url, "connection": context.connection}


def _shared_people(people: PeopleTable, value: Any) -> Any:
    """People within a custom field, each with what may be told of them."""
    if isinstance(value, list):
        return [_shared_people(people, one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: part for name, part in value.items() if name in people.share or name not in Person.model_fields}


def _put(named: dict[str, Any], target: str, value: Any) -> None:
    if target in SCALARS:
        named[target] = as_shown(value) if isinstance(value, int | float) else value
        return
    group, _, name = target.partition(".")
    named.setdefault(group, {})[name] = to_json(value)
