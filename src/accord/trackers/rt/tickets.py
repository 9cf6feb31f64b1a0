"""Writing tickets: never over what was not seen, and never taken for written where RT only says that it was not."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from weakref import WeakValueDictionary

from pydantic import JsonValue

from accord.errors import AccordError, VersionMismatch, WriteRefused
from accord.model import Item, Patch, flatten, is_empty, same
from accord.ports import Written
from accord.trackers.rt.changers import ATTRIBUTES
from accord.trackers.rt.layout import Layout
from accord.trackers.rt.lifecycle import Lifecycle
from accord.trackers.rt.marks import mark
from accord.trackers.rt.names import NameBook
from accord.trackers.rt.reading import DESCRIPTION, Ticket, TicketReader, custom_values
from accord.trackers.rt.rest import Row, RTRest
from accord.trackers.rt.taking_back import contested, others, restoring
from accord.trackers.rt.texts import Texts
from accord.trackers.rt.writing import FieldWriter, Now

# What RT may shape to its own liking, or adds to by itself: whether it was taken can't be told by looking.
UNSURE = frozenset({"Requestor", "Cc", "AdminCc"})


@dataclass(frozen=True)
class _Made:
    """A new ticket, and the status that it could not be made with."""

    key: str
    status: str | None = None


class TicketWriter:
    """Writes to one ticket come one after the other: of two that expect the same version one is refused."""

    def __init__(
        self,
        rest: RTRest,
        book: NameBook,
        reader: TicketReader,
        fields: FieldWriter,
        lifecycle: Lifecycle,
        texts: Texts,
        layout: Layout,
        default_queue: str | None,
    ) -> None:
        self._rest, self._book, self._reader = rest, book, reader
        self._fields, self._lifecycle, self._texts, self._layout = fields, lifecycle, texts, layout
        self._default_queue = default_queue
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def create(self, draft: Item, marker: str) -> Written:
        """All in one request, except for a status that new tickets may not have."""
        start = Patch.of({path: value for path, value in flatten(draft).items() if not is_empty(value)})
        values = dict(start.values)
        if "fields.queue" not in values:
            values["fields.queue"] = await self._queue()
        row = await self._fields.row(values, start.labels_added or None, Now({}, {}))
        if self._fields.describes_in_messages and values.get("description"):
            row |= await self._texts.write(str(values["description"]))
        made = await self._created(row | mark(marker))
        if made.status is not None:
            # It is made: what can't be reached is told by the status that is read, not by an error.
            with suppress(WriteRefused):
                await self._go(made.key, made.status)
        return Written(made.key)

    async def _created(self, row: Row) -> _Made:
        status = row.get("Status")
        try:
            return _Made(await self._rest.create(row))
        except WriteRefused as error:
            if status is None or "status" not in error.message.lower():
                raise
        without = {name: value for name, value in row.items() if name != "Status"}
        return _Made(await self._rest.create(without), status)

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        """Without an expected version it is written to whatever is there."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        try:
            async with lock:
                return await self._update(key, patch, expected_version)
        except VersionMismatch:
            # Which it is no longer at, either, if it was deleted or merged.
            await self._reader.row(key)
            raise
        except AccordError as error:
            error.item = error.item or key
            raise

    async def _update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        ticket = await self._before(key, patch, expected_version)
        before, etag = ticket.row, ticket.etag
        if expected_version is not None and expected_version.rstrip("+") != etag:
            raise VersionMismatch(item=key)
        values, row = await self._differing(ticket, patch)
        describes = "description" in values and self._fields.describes_in_messages
        if not row and not describes:
            return Written(key, etag)
        said: list[str] = []
        now = etag
        if "Status" in row and row["Status"] not in self._lifecycle.offers(before):
            now = await self._go(key, row["Status"], before, etag if expected_version is not None else None)
            del row["Status"]
        if row:
            said = await self._rest.put(key, row, now if expected_version is not None else None)
        if describes:
            text = await self._texts.write(str(values["description"] or ""))
            await self._rest.say(key, "comment", text | {"Subject": DESCRIPTION})
        return await self._written(ticket, row, values, said, guarded=expected_version is not None)

    async def _before(self, key: str, patch: Patch, expected_version: str | None) -> Ticket:
        """What was said is asked for only where a description is to be compared, and nothing where the ticket was read
        in the version that the write is made for: RT compares that itself."""
        if "description" in patch.values:
            return await self._reader.ticket(key)
        expected = (expected_version or "").rstrip("+")
        if known := self._reader.as_read(key, expected):
            return Ticket(known, expected, (), {})
        row, etag = await self._reader.row(key)
        return Ticket(row, etag, (), {})

    async def _differing(self, ticket: Ticket, patch: Patch) -> tuple[Mapping[str, JsonValue], Row]:
        """The values that are not as they shall be already, and what has to be put for them."""
        item = await self._reader.item(ticket)
        now = flatten(item)
        values = {path: value for path, value in patch.values.items() if not same(now.get(path), value)}
        wanted = patch.labels(item.labels)
        labels = wanted if set(wanted) != set(item.labels) else None
        return values, await self._fields.row(values, labels, Now(ticket.row, custom_values(ticket.row)))

    async def _go(self, key: str, status: str, before: Row | None = None, etag: str | None = None) -> str:
        """Takes a ticket to a status, over others where there is no direct way; gives its version then."""
        if before is None:
            before, _ = await self._rest.ticket(key)
        said = await self._rest.put(key, {"Status": status}, etag)
        row, now = await self._rest.ticket(key)
        if row.get("Status") == status:
            return now
        for step in self._lifecycle.way(before, status):
            await self._rest.put(key, {"Status": step}, None)
        row, now = await self._rest.ticket(key)
        if row.get("Status") != status:
            raise self._lifecycle.refusal(row, status, "; ".join(said) or "it was not taken.")
        return now

    async def _written(
        self, before: Ticket, row: Row, values: Mapping[str, JsonValue], said: list[str], *, guarded: bool
    ) -> Written:
        """The version that our write made; another one where others wrote besides, so that they show."""
        key = before.key
        (after, etag), since = await asyncio.gather(
            self._rest.ticket(key), self._rest.history(key, before.etag, since=before.etag)
        )
        self._lifecycle.saw(after)
        since = [one for one in since if int(one["id"]) <= int(etag)]
        me = await self._book.account()
        if guarded and (lost := contested(since, me, self._layout)):
            if back := restoring(lost, self._layout):
                await self._rest.put(key, back, None)
            raise VersionMismatch("Somebody changed the same at the same instant; theirs was put back.", item=key)
        refused = next((name for name in row if name not in UNSURE and not _taken(name, row, before.row, after)), None)
        if refused is not None:
            raise self._refusal(refused, row, before.row, after, values, said)
        return Written(key, f"{etag}+" if others(since, me) else etag)

    def _refusal(
        self, name: str, row: Row, before: Row, after: Row, values: Mapping[str, JsonValue], said: list[str]
    ) -> WriteRefused:
        path = ATTRIBUTES.get(name)
        if name == "CustomFields":
            was, now = custom_values(before), custom_values(after)
            id_ = next(
                id_ for id_ in row[name] if was.get(id_) == now.get(id_) and _differs(row[name][id_], was.get(id_))
            )
            path = next((f"fields.{one}" for one, field in self._layout.free.items() if field.id == id_), "labels")
        words = "; ".join(said) or "it says nothing of it."
        return WriteRefused(
            f"RT did not take {path or name}: {words[:300]}",
            field=path,
            value=values.get(path or ""),
            remedy="Check the value, and that the account may modify tickets and custom fields there.",
        )

    async def _queue(self) -> str:
        """Where a new ticket goes of which nobody says so."""
        if self._default_queue is not None:
            return self._default_queue
        there = list((await self._book.queues()).values())
        if len(there) == 1:
            return there[0]
        raise WriteRefused(
            "Nothing says into which queue the item shall go.",
            field="fields.queue",
            remedy="Set default_queue in the tracker's settings, or fields.queue in the incoming rules.",
        )


def _taken(name: str, row: Row, before: Row, after: Row) -> bool:
    """Whether an attribute that was to change did."""
    if name != "CustomFields":
        return bool(before.get(name) != after.get(name))
    was, now = custom_values(before), custom_values(after)
    return not any(was.get(id_) == now.get(id_) and _differs(wanted, was.get(id_)) for id_, wanted in row[name].items())


def _differs(wanted: JsonValue, raw: list[object] | None) -> bool:
    """White space at the ends is not everywhere kept."""
    many = wanted if isinstance(wanted, list) else [wanted]
    there = sorted(str(one or "").strip() for one in raw or ())
    return sorted(str(one or "").strip() for one in many) != there and not (is_empty(wanted) and not any(there))
