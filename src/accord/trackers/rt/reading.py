"""From a ticket, its transactions and messages to an Item."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from pydantic import JsonValue

from accord.errors import ItemGone
from accord.model import Attachment, Comment, Item, Person, WorkLog
from accord.trackers.rt.changers import changers
from accord.trackers.rt.layout import CORE, MINUTES, WATCHERS, Layout
from accord.trackers.rt.marks import mark_of
from accord.trackers.rt.messages import Message, Messages
from accord.trackers.rt.names import CustomField, NameBook
from accord.trackers.rt.rest import Row, RTRest, name_of, stamp
from accord.trackers.rt.texts import HTML_TYPE, Texts
from accord.trackers.rt.values import Values

# What the subject of a message says that is no comment.
DESCRIPTION = "Description"
REMEMBERED = 1000  # tickets
SPENT = re.compile(r"Time spent on (\d{4}-\d\d-\d\d)")


@dataclass(frozen=True)
class Ticket:
    """A ticket as RT tells it: `etag` is its version, `history` its transactions, oldest first."""

    row: Row
    etag: str
    history: Sequence[Row]
    messages: Mapping[str, Message]

    @property
    def key(self) -> str:
        return str(self.row["id"])

    def said(self) -> list[tuple[Row, Message]]:
        """Transactions with their messages; the first of the ticket's own is its description."""
        return [(row, self.messages[str(row["id"])]) for row in self.history if str(row["id"]) in self.messages]

    def is_first(self, transaction: Row) -> bool:
        """One that created a ticket which was merged into this one is a comment."""
        return transaction.get("Type") == "Create" and str(transaction.get("ObjectId")) == self.key

    def description(self) -> Message:
        """The last that was called so, or else the first message."""
        told = Message()
        for transaction, message in self.said():
            if self.is_first(transaction) or message.subject == DESCRIPTION:
                told = message
        return told


def custom_values(row: Row) -> dict[str, list[object]]:
    """What the custom fields of a ticket hold, by number; a value that is None is an empty one."""
    return {str(field["id"]): list(field.get("values") or ()) for field in row.get("CustomFields") or ()}


class TicketReader:
    """Reads whole items: two requests, and two more where there are messages that were not read before."""

    def __init__(
        self,
        rest: RTRest,
        layout: Layout,
        book: NameBook,
        values: Values,
        texts: Texts,
        messages: Messages,
        queues: frozenset[str],
    ) -> None:
        self._rest, self._layout, self._book, self._values = rest, layout, book, values
        self._texts, self._messages, self._queues = texts, messages, queues
        self._rows: OrderedDict[str, tuple[Row, str]] = OrderedDict()

    async def read(self, key: str) -> Item:
        """Raises ItemGone if it is deleted, merged, out of the account's reach, or in none of our queues."""
        return await self.item(await self.ticket(key))

    async def ticket(self, key: str) -> Ticket:
        """All that RT tells of it. What is said while we ask belongs to the next version."""
        row, etag = await self.row(key)
        history = [one for one in await self._rest.history(key, etag) if int(one["id"]) <= int(etag)]
        return Ticket(row, etag, history, await self._messages.of(history))

    async def row(self, key: str) -> tuple[Row, str]:
        """The ticket itself and its version."""
        row, etag = await self._rest.ticket(key)
        queue = str((row.get("Queue") or {}).get("Name") or "")
        if self._queues and queue not in self._queues:
            raise ItemGone(f"Ticket {key} is in the queue {queue}, which is not synced.", item=key)
        self._rows[key] = row, etag
        self._rows.move_to_end(key)
        while len(self._rows) > REMEMBERED:
            self._rows.popitem(last=False)
        return row, etag

    def as_read(self, key: str, etag: str) -> Row | None:
        """The ticket as it was last read, if that was in this version."""
        row, version = self._rows.get(key, ({}, ""))
        return row if version == etag else None

    async def item(self, ticket: Ticket) -> Item:
        """The item that a ticket is."""
        row = ticket.row
        custom = custom_values(row)
        labels: JsonValue = []
        if self._layout.labels:
            labels = self._values.shown(self._layout.labels, custom.get(self._layout.labels.id, []))
        people = changers(ticket.history, self._layout, await self._book.account())
        changed_by = {path: await self._book.person(name) for path, name in people.items()}
        return Item(
            key=ticket.key,
            url=f"{self._rest.web}/Ticket/Display.html?id={ticket.key}",
            summary=str(row.get("Subject") or "") or None,
            description=await self.description(ticket) or None,
            status=str(row.get("Status") or "") or None,
            priority=self._values.priority(row.get("Priority")),
            labels=tuple(str(label) for label in labels) if isinstance(labels, list) else (),
            assignee=await self._book.person(name_of(row.get("Owner"))),
            reporter=await self._book.person(name_of(next(iter(row.get("Requestor") or ()), None))),
            due=self._values.date(row.get("Due")),
            comments=tuple([await self._comment(*said) for said in _comments(ticket)]),
            attachments=tuple([one for said in ticket.said() for one in await self._attachments(*said)]),
            worklogs=tuple(await self._worklogs(ticket)),
            # No links: they stand in the row's `_hyperlinks`, our mark among them.
            fields=self._core(row) | {n: self._values.shown(f, custom[f.id]) for n, f in self._free(custom)},
            created_at=stamp(row.get("Created")),
            updated_at=stamp(row.get("LastUpdated")),
            changed_by={path: person for path, person in changed_by.items() if person},
            version=ticket.etag,
            marker=mark_of(row),
        )

    def _free(self, custom: Mapping[str, object]) -> list[tuple[str, CustomField]]:
        return [(name, field) for name, field in self._layout.free.items() if field.id in custom]

    async def description(self, ticket: Ticket) -> str:
        """The custom field's, once anything was put there; a message's until then."""
        field = self._layout.description
        if field and (put := custom_values(ticket.row).get(field.id)):
            return await self._texts.read(str(put[0] or ""), HTML_TYPE if field.kind == "HTML" else "")
        told = ticket.description()
        return await self._texts.read(told.content, told.content_type)

    def _core(self, row: Row) -> dict[str, JsonValue]:
        found: dict[str, JsonValue] = {}
        for name, attribute in CORE.items():
            raw = row.get(attribute)
            if name == "queue":
                found[name] = str((raw or {}).get("Name") or "")
            elif name in WATCHERS:
                found[name] = [*sorted(name_of(one) for one in raw or ())]
            elif name in MINUTES:
                found[name] = int(raw or 0) or None
            else:
                day = self._values.date(raw)
                found[name] = day.isoformat() if day else None
        return found

    async def _comment(self, transaction: Row, message: Message) -> Comment:
        return Comment(
            id=str(transaction["id"]),
            body=await self._texts.read(message.content, message.content_type),
            author=await self._author(transaction),
            internal=transaction.get("Type") == "Comment",
            created_at=stamp(transaction.get("Created")),
        )

    async def _attachments(self, transaction: Row, message: Message) -> list[Attachment]:
        return [
            Attachment(
                id=file.id,
                name=file.name,
                size=file.size,
                media_type=file.media_type,
                author=await self._author(transaction),
                created_at=stamp(file.created),
            )
            for file in message.files
        ]

    async def _worklogs(self, ticket: Ticket) -> list[WorkLog]:
        """Time that came with a message or was added to the ticket's; time that somebody took off again is not told."""
        found = []
        for row in ticket.history:
            minutes = int(row.get("TimeTaken") or 0)
            if minutes <= 0:
                continue
            message = ticket.messages.get(str(row["id"]), Message())
            on = SPENT.fullmatch(message.subject)
            day = datetime.combine(date.fromisoformat(on[1]), time.min, UTC) if on else stamp(row.get("Created"))
            body = await self._texts.read(message.content, message.content_type) if on else ""
            author = await self._author(row)
            found.append(WorkLog(id=str(row["id"]), seconds=minutes * 60, body=body, author=author, started_at=day))
        return found

    async def _author(self, transaction: Row) -> Person | None:
        return await self._book.person(name_of(transaction.get("Creator")))


def _comments(ticket: Ticket) -> list[tuple[Row, Message]]:
    """What was said to somebody: no description, no time sheet, no mere file."""
    return [
        (row, message)
        for row, message in ticket.said()
        if message.content.strip()
        and not ticket.is_first(row)
        and message.subject != DESCRIPTION
        and not SPENT.fullmatch(message.subject)
    ]
