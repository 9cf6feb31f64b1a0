"""The connector itself: `ports.Tracker` for Roundup."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from accord.errors import ItemGone, WriteRefused
from accord.model import Attachment, Comment, Item, Link, Patch
from accord.ports import Capabilities, Changes, Description, Once, Written
from accord.trackers.lacking import HasNoChildren, PushesNothing
from accord.trackers.roundup.describing import describe
from accord.trackers.roundup.discussion import Discussion
from accord.trackers.roundup.files import Files
from accord.trackers.roundup.issues import IssueWriter
from accord.trackers.roundup.messages import DESCRIPTION, MessageReader, message_id
from accord.trackers.roundup.names import NameBook
from accord.trackers.roundup.polling import Poller
from accord.trackers.roundup.query import Condition, parse_query
from accord.trackers.roundup.reading import MARK, IssueReader, Layout
from accord.trackers.roundup.relations import Relations
from accord.trackers.roundup.rest import RoundupRest
from accord.trackers.roundup.saying import MessageWriter
from accord.trackers.roundup.schema import Schema, load_schema
from accord.trackers.roundup.settings import RoundupSettings
from accord.trackers.roundup.values import ValueWriter
from accord.trackers.roundup.writing import PropertyWriter
from accord.trackers.timeless import KeepsNoTime

CAPABILITIES = Capabilities(
    item_once=Once.MARKER,
    comment_once=Once.MARKER,
    attachment_once=Once.SEARCH,
    versioned_writes=True,
    answers_within=10.0,
    pushes=False,
    links=True,
)


@dataclass(frozen=True)
class Parts:
    """What can be built once the tracker's schema is known."""

    schema: Schema
    layout: Layout
    reader: IssueReader
    issues: IssueWriter
    discussion: Discussion
    files: Files
    relations: Relations
    poller: Poller


class RoundupTracker(HasNoChildren, KeepsNoTime, PushesNothing):
    """One Roundup tracker. Keys are the numbers of issues as text."""

    Settings = RoundupSettings

    def __init__(self, name: str, settings: RoundupSettings) -> None:
        self.name, self.settings = name, settings
        self.capabilities = CAPABILITIES
        self._rest = RoundupRest(name, settings)
        self._book = NameBook(self._rest)
        self._parts: Parts | None = None
        self._loading = asyncio.Lock()

    @property
    def calls(self) -> int:
        """How many requests were sent so far."""
        return self._rest.http.calls

    async def describe(self) -> Description:
        parts = await self._ready(fresh=True)
        return await describe(parts.schema, parts.layout, self._book, create_labels=self.settings.create_labels)

    async def changes(self, cursor: str | None) -> Changes:
        return await (await self._ready()).poller.changes(cursor)

    async def matching(self, query: str, keys: Sequence[str]) -> set[str]:
        parts = await self._ready()
        conditions = parse_query(query, parts.layout.classname, parts.schema)
        among = {id_ for one in conditions if one.name == "id" for id_ in one.value.split(",")}
        wanted = [key for key in dict.fromkeys(keys) if key.isdigit() and (not among or key in among)]
        asked = [(one.name, one.value) for one in conditions if one.name != "id"]
        try:
            listing = await self._rest.by_id(parts.layout.classname, wanted, [*asked, ("@verbose", "0")])
        except WriteRefused:
            await self._check_names(conditions)
            raise
        return {str(row["id"]) for row in listing.rows}

    async def _check_names(self, conditions: Sequence[Condition]) -> None:
        """Raises WriteRefused for the first name that leads nowhere, with the nearest ones."""
        for one in conditions:
            for name in one.names():
                await self._book.id_of(one.prop.target, name, one.name)

    async def read(self, key: str) -> Item:
        parts = await self._ready()
        item = await parts.reader.read(key)
        parts.issues.forget_status(key)
        return item

    async def find(self, marker: str) -> str | None:
        layout = (await self._ready()).layout
        if layout.marker:
            query = [(f"{layout.marker}:", MARK + marker)]
        else:
            messages = await self._rest.listing("msg", [("messageid:", message_id(DESCRIPTION, marker))])
            if not messages.rows:
                return None
            query = [("messages", ",".join(str(row["id"]) for row in messages.rows))]
        issues = await self._rest.listing(layout.classname, query)
        return min((str(row["id"]) for row in issues.rows), key=int, default=None)

    async def create(self, draft: Item, marker: str) -> Written:
        return await (await self._ready()).issues.create(draft, marker)

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        return await (await self._of(key)).issues.update(key, patch, expected_version)

    async def add_comment(self, key: str, comment: Comment, marker: str) -> Written:
        return await (await self._of(key)).discussion.add(key, comment, marker)

    async def edit_comment(self, key: str, comment: Comment) -> Written:
        return await (await self._of(key)).discussion.edit(key, comment)

    async def delete_comment(self, key: str, comment_id: str) -> Written:
        return await (await self._of(key)).discussion.delete(key, comment_id)

    async def add_attachment(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:  # noqa: ARG002
        return await (await self._of(key)).files.add(key, attachment, content)

    async def delete_attachment(self, key: str, attachment_id: str) -> Written:
        return await (await self._of(key)).files.delete(key, attachment_id)

    async def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]:
        await self._of(key)
        if not attachment_id.isdigit():
            raise ItemGone(f"{self.name} has no file {attachment_id}.", item=key)
        async for chunk in self._rest.download(attachment_id):
            yield chunk

    async def add_link(self, key: str, link: Link) -> Written:
        return await (await self._of(key)).relations.add(key, link)

    async def delete_link(self, key: str, link_id: str) -> Written:
        return await (await self._of(key)).relations.delete(key, link_id)

    async def close(self) -> None:
        await self._rest.http.close()

    async def _of(self, key: str) -> Parts:
        if not key.isdigit():
            raise ItemGone(f"{self.name} has no {self.settings.item_class} {key!r}.", item=key)
        return await self._ready()

    async def _ready(self, *, fresh: bool = False) -> Parts:
        """Asks for the schema when it is first needed."""
        async with self._loading:
            if self._parts is None or fresh:
                schema = await load_schema(self._rest.http)
                if self._parts is None or schema != self._parts.schema:
                    self._parts = self._build(schema)
            return self._parts

    def _build(self, schema: Schema) -> Parts:
        rest, book, settings = self._rest, self._book, self.settings
        layout = Layout.of(schema, settings)
        self.capabilities = replace(CAPABILITIES, links=bool(layout.links))
        messages = MessageReader(rest)
        reader = IssueReader(rest, schema, layout, book, messages, settings.user)
        values = ValueWriter(schema, book, create_in=layout.labels if settings.create_labels else None)
        writer = MessageWriter(rest, messages, settings.user)
        issues = IssueWriter(rest, layout, reader, messages, writer, PropertyWriter(layout, values))
        return Parts(
            schema=schema,
            layout=layout,
            reader=reader,
            issues=issues,
            discussion=Discussion(rest, layout, issues, writer),
            files=Files(rest, layout, issues, writer, settings.user),
            relations=Relations(layout, reader, issues),
            poller=Poller(rest, layout, overlap=settings.overlap, sweep=settings.sweep),
        )
