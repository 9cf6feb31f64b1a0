"""The connector itself: `ports.Tracker` for Request Tracker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from accord.errors import ConfigurationInvalid, ItemGone, WriteRefused
from accord.model import Attachment, Comment, Item, Patch, WorkLog
from accord.ports import Capabilities, Changes, Description, Hint, Once, Written
from accord.trackers.lacking import HasNoChildren, KeepsNoLinks
from accord.trackers.rt.describing import describe
from accord.trackers.rt.discussion import Discussion, unchanging
from accord.trackers.rt.files import Files
from accord.trackers.rt.layout import Layout
from accord.trackers.rt.lifecycle import Lifecycle
from accord.trackers.rt.marks import mark_of, marked
from accord.trackers.rt.messages import Messages
from accord.trackers.rt.names import CustomField, NameBook
from accord.trackers.rt.polling import Poller
from accord.trackers.rt.query import among, check_query, scope_of_tickets
from accord.trackers.rt.reading import TicketReader
from accord.trackers.rt.rest import PAGE, RTRest
from accord.trackers.rt.settings import RTSettings, zone_called
from accord.trackers.rt.texts import Texts
from accord.trackers.rt.tickets import TicketWriter
from accord.trackers.rt.timesheet import Timesheet
from accord.trackers.rt.values import Values
from accord.trackers.rt.writing import FieldWriter


@dataclass(frozen=True)
class Parts:
    """What can be built once the tracker's custom fields are known."""

    fields: dict[str, CustomField]
    layout: Layout
    reader: TicketReader
    tickets: TicketWriter
    poller: Poller


class RTTracker(HasNoChildren, KeepsNoLinks):
    """One RT. Keys are the numbers of tickets as text, which stay the same wherever a ticket moves."""

    Settings = RTSettings

    def __init__(self, name: str, settings: RTSettings) -> None:
        self.name, self.settings = name, settings
        self.capabilities = Capabilities(
            # RT keeps what was said, with its files and times, as it is.
            comment_edit=False,
            comment_delete=False,
            attachment_delete=False,
            worklogs=True,
            labels=settings.labels_field is not None,
            versioned_writes=True,
            item_once=Once.MARKER,
            comment_once=Once.SEARCH,
            attachment_once=Once.SEARCH,
            answers_within=10.0,
        )
        self._rest = RTRest(name, settings)
        self._book = NameBook(self._rest, settings.token.get_secret_value())
        self._texts, self._messages = Texts(settings.text_format), Messages(self._rest)
        self._lifecycle = Lifecycle(settings.statuses)
        self._discussion = Discussion(self._rest, self._texts)
        self._timesheet, self._files = Timesheet(self._rest), Files(self._rest)
        self._parts: Parts | None = None
        self._loading = asyncio.Lock()

    @property
    def calls(self) -> int:
        """How many requests were sent so far."""
        return self._rest.http.calls

    async def describe(self) -> Description:
        parts = await self._ready(fresh=True)
        return await describe(parts.layout, self._book, self.settings)

    async def changes(self, cursor: str | None) -> Changes:
        return await (await self._ready()).poller.changes(cursor)

    async def watch(self) -> AsyncIterator[Hint]:
        """Ends at once: RT pushes nothing by itself."""
        nothing: tuple[Hint, ...] = ()
        for hint in nothing:
            yield hint

    async def matching(self, query: str, keys: Sequence[str]) -> set[str]:
        """RT's own TicketSQL; the empty query and `*` match all."""
        wanted = [key for key in dict.fromkeys(keys) if is_key(key)]
        condition = scope_of_tickets(self.settings.queues)
        if query.strip() not in {"", "*"}:
            await check_query(query, self._book)
            condition = f"{condition} AND ({query})"
        found: set[str] = set()
        # One that is wrong is told, be there keys or not.
        for start in range(0, len(wanted) or 1, PAGE):
            one = f"{condition} AND {among(wanted[start : start + PAGE] or [0])}"
            rows = await self._rest.listing("tickets", [("query", one), ("orderby", "id")])
            found |= {str(row["id"]) for row in rows}
        return found

    async def read(self, key: str) -> Item:
        return await (await self._of(key)).reader.read(key)

    async def find(self, marker: str) -> str | None:
        """A ticket that was deleted since, or merged into another one, is not found."""
        rows = await self._rest.listing("tickets", [("query", marked(marker)), ("orderby", "id")])
        for row in rows:
            ticket, _ = await self._rest.ticket(str(row["id"]))
            if mark_of(ticket) == marker:
                return str(row["id"])
        return None

    async def create(self, draft: Item, marker: str) -> Written:
        return await (await self._ready()).tickets.create(draft, marker)

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        return await (await self._of(key)).tickets.update(key, patch, expected_version)

    async def add_comment(self, key: str, comment: Comment, marker: str) -> Written:  # noqa: ARG002
        await self._of(key)
        return await self._discussion.add(key, comment)

    async def edit_comment(self, key: str, comment: Comment) -> Written:  # noqa: ARG002
        raise unchanging(key, "a comment")

    async def delete_comment(self, key: str, comment_id: str) -> Written:  # noqa: ARG002
        raise unchanging(key, "a comment")

    async def add_attachment(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:  # noqa: ARG002
        await self._of(key)
        return await self._files.add(key, attachment, content)

    async def delete_attachment(self, key: str, attachment_id: str) -> Written:  # noqa: ARG002
        raise unchanging(key, "a file")

    async def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]:
        await self._of(key)
        async for chunk in self._files.download(key, attachment_id):
            yield chunk

    async def add_worklog(self, key: str, worklog: WorkLog, marker: str) -> Written:  # noqa: ARG002
        await self._of(key)
        return await self._timesheet.add(key, worklog)

    async def edit_worklog(self, key: str, worklog: WorkLog) -> Written:  # noqa: ARG002
        raise unchanging(key, "time that was booked")

    async def delete_worklog(self, key: str, worklog_id: str) -> Written:  # noqa: ARG002
        raise unchanging(key, "time that was booked")

    async def close(self) -> None:
        await self._rest.http.close()

    async def _of(self, key: str) -> Parts:
        if not is_key(key):
            raise ItemGone(f"{self.name} has no ticket {key[:50]!r}.", item=key)
        return await self._ready()

    async def _ready(self, *, fresh: bool = False) -> Parts:
        """Asks for the custom fields when they are first needed."""
        async with self._loading:
            if self._parts is None or fresh:
                fields = await self._book.fields(fresh=fresh)
                if self._parts is None or fields != self._parts.fields:
                    self._parts = await self._build(fields)
            return self._parts

    async def _build(self, fields: dict[str, CustomField]) -> Parts:
        rest, book, settings = self._rest, self._book, self.settings
        layout, values = Layout.of(fields, settings), Values(settings.priorities, zone_called(settings.time_zone))
        for name in settings.queues:
            await self._check_queue(name)
        reader = TicketReader(rest, layout, book, values, self._texts, self._messages, frozenset(settings.queues))
        writer = FieldWriter(layout, book, values, self._texts, self._lifecycle)
        default = settings.default_queue or next(iter(settings.queues), None)
        return Parts(
            fields=fields,
            layout=layout,
            reader=reader,
            tickets=TicketWriter(rest, book, reader, writer, self._lifecycle, self._texts, layout, default),
            poller=Poller(rest, settings.queues, overlap=settings.overlap, sweep=settings.sweep),
        )

    async def _check_queue(self, name: str) -> None:
        try:
            await self._book.queue(name, "queues")
        except WriteRefused as error:
            raise ConfigurationInvalid(error.message, field="queues", value=name, remedy=error.remedy) from None


def is_key(key: str) -> bool:
    """Whether a ticket could have it: a number that RT's database can hold."""
    return key.isascii() and key.isdigit() and not key.startswith("0") and int(key[:20]) < 2**31
