"""Writing issues: their properties, and their description, which is a message."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

from accord.errors import AccordError, VersionMismatch
from accord.model import Item, Patch
from accord.ports import Written
from accord.trackers.roundup.messages import DESCRIPTION, PLACEHOLDER, Message, MessageReader
from accord.trackers.roundup.reading import (
    MARK,
    IssueReader,
    Layout,
    Version,
    description_digest,
    ids_of,
    row_digest,
)
from accord.trackers.roundup.rest import RoundupRest, Row
from accord.trackers.roundup.saying import MessageWriter
from accord.trackers.roundup.writing import PropertyWriter

ATTEMPTS = 8


class IssueWriter:
    """Every write names the ETag of the issue that it is meant for."""

    def __init__(
        self,
        rest: RoundupRest,
        layout: Layout,
        reader: IssueReader,
        messages: MessageReader,
        writer: MessageWriter,
        properties: PropertyWriter,
    ) -> None:
        self._rest, self._layout, self._reader = rest, layout, reader
        self._messages, self._writer, self._properties = messages, writer, properties
        self._statuses: dict[str, tuple[str, int]] = {}
        # Roundup compares an ETag and then writes: of two that come at once, both may pass.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def create(self, draft: Item, marker: str) -> Written:
        """First the description, then the issue with all else in one request: a crash between leaves only a message,
        which the next try finds by its mark."""
        layout = self._layout
        row = await self._properties.new(draft)
        if layout.marker:
            row[layout.marker] = MARK + marker
        text = draft.description or ""
        if text.strip() or not layout.marker:
            row["messages"] = [await self._writer.say(DESCRIPTION, marker, text if text.strip() else PLACEHOLDER)]
        key = await self._rest.create(layout.classname, row)
        self._keep_status(key, row, reads=1)
        return Written(key)

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        """Without an expected version it is written to whatever is there. VersionMismatch comes before any write,
        except where somebody edits the description at the same instant."""
        try:
            row = await self._properties.properties(patch.values)
            row |= await self._properties.labels(patch.labels_added, patch.labels_removed)
            expected = Version.parse(expected_version) if expected_version is not None else None
            for _ in range(1 if expected else ATTEMPTS):
                try:
                    async with self._locks.setdefault(key, asyncio.Lock()):
                        await self._update_once(key, dict(row), patch, expected)
                    return Written(key)
                except VersionMismatch as error:
                    mismatch = error
            raise mismatch
        except AccordError as error:
            error.item = error.item or key
            raise

    async def _update_once(self, key: str, row: Row, patch: Patch, expected: Version | None) -> None:
        found = await self._rest.element(self._layout.classname, key, self._layout.query())
        if expected and row_digest(found.attributes) != expected.issue:
            raise VersionMismatch(item=key)
        then: Callable[[], Awaitable[Any]] | None = None
        if "description" in patch.values:
            told, then = await self._describe(key, found.attributes, str(patch.values["description"] or ""), expected)
            row = {**told, **row}
        if row:
            await self._rest.put(self._layout.classname, key, row, found.etag)
            self._keep_status(key, row)
        if then:
            await then()

    async def _describe(
        self, key: str, row: Row, text: str, expected: Version | None
    ) -> tuple[Row, Callable[[], Awaitable[Any]] | None]:
        """What to put on the issue so that it has this description, and what to do after that."""
        message = self._reader.description(row, await self._messages.read(ids_of(row, "messages")))
        if expected and description_digest(message) != expected.description:
            raise VersionMismatch(item=key)
        if text.strip():
            if message:
                return {}, lambda: self._writer.rewrite(message.id, text, base=message.text)
            made = await self._writer.say(DESCRIPTION, f"{self._layout.classname}{key}", text)
            return {"messages": [f"+{made}"], **self._same_status(row)}, None
        if message is None or message.is_placeholder:
            return {}, None
        if self._bears_mark(message):
            return {}, lambda: self._writer.rewrite(message.id, PLACEHOLDER, base=message.text)
        row = {"messages": [f"-{message.id}"], **self._same_status(row)}
        return row, lambda: self._writer.retire("msg", message.id)

    def _bears_mark(self, message: Message) -> bool:
        """Whether the issue would not be found again without this message."""
        return self._layout.marker is None and message.kind == DESCRIPTION

    def _same_status(self, row: Row) -> Row:
        """Says the status again: Roundup takes a message for a conversation, and would set another."""
        status = row.get(self._layout.status) if self._layout.status else None
        return {str(self._layout.status): status["id"]} if isinstance(status, dict) else {}

    async def change(self, key: str, make: Callable[[Row], Row]) -> None:
        """Adds to the issue or takes off it, whatever others do to it: `make` is given what is there (ids only)."""
        names = [name for name in ("messages", "files", self._layout.status) if name]
        query = [("@fields", ",".join(names)), ("@verbose", "0")]
        for _ in range(ATTEMPTS):
            found = await self._rest.element(self._layout.classname, key, query)
            row = make(found.attributes)
            if not row:
                return
            try:
                await self._rest.put(self._layout.classname, key, row, found.etag)
                return
            except VersionMismatch as error:
                mismatch = error
        raise mismatch

    def kept_status(self, key: str, row: Row) -> Row:
        """The status that this sync has just written, to be said again with a comment that belongs to it.

        In Roundup's own form both are sent at once, and then its rule that a comment reopens does not apply.
        """
        kept, name = self._statuses.get(key), self._layout.status
        return {name: kept[0]} if kept and name and row.get(name) == kept[0] else {}

    def forget_status(self, key: str) -> None:
        """Called with each read: what comes after it is another sync, except that a new issue is read once more."""
        status, reads = self._statuses.pop(key, ("", 0))
        if reads:
            self._statuses[key] = status, reads - 1

    def _keep_status(self, key: str, row: Row, *, reads: int = 0) -> None:
        status = row.get(self._layout.status) if self._layout.status else None
        if isinstance(status, str) and status:
            self._statuses[key] = status, reads
            while len(self._statuses) > 1000:
                del self._statuses[next(iter(self._statuses))]
