"""The connector itself: `ports.Tracker` for a folder of Markdown files."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import ParamSpec, TypeVar

from pydantic import JsonValue
from watchfiles import Change, awatch

from accord.errors import ItemBroken, Unreachable
from accord.model import Attachment, Comment, Item, Link, Patch, WorkLog
from accord.ports import Capabilities, Changes, Description, Hint, Once, Written
from accord.trackers.markdown import swap
from accord.trackers.markdown.attachments import AttachmentWriter
from accord.trackers.markdown.cursor import Cursor
from accord.trackers.markdown.fields import read_fields
from accord.trackers.markdown.files import Role
from accord.trackers.markdown.git import Repository
from accord.trackers.markdown.index import Index
from accord.trackers.markdown.keys import Numbers
from accord.trackers.markdown.links import LinkWriter
from accord.trackers.markdown.notes import NoteWriter
from accord.trackers.markdown.query import Query
from accord.trackers.markdown.reading import Reader
from accord.trackers.markdown.settings import MarkdownSettings
from accord.trackers.markdown.writing import ItemWriter, Versions

P = ParamSpec("P")
T = TypeVar("T")
CHUNK = 256 * 1024
DEBOUNCE = 100  # milliseconds
LEFTOVERS_AFTER = 600.0  # seconds
CAPABILITIES = Capabilities(
    attachment_once=Once.MARKER,
    pushes=True,
    worklogs=True,
    worklog_edit=True,
    worklog_delete=True,
    worklog_once=Once.MARKER,
    links=True,
    web_links=True,
    children=True,
)


class MarkdownTracker:
    """One folder. Files are read and written in threads of their own."""

    Settings = MarkdownSettings

    def __init__(self, name: str, settings: MarkdownSettings) -> None:
        self.name = name
        self.capabilities = CAPABILITIES
        settings = settings.model_copy(update={"folder": settings.folder.absolute()})
        root = settings.folder
        self.settings, self._root = settings, root
        self._run = uuid.uuid4().hex[:12]
        self._closing = asyncio.Event()
        self._tidied = False
        self._declared = ""
        self._index = Index(root, settings.grace, Repository(root))
        self._reader = Reader(settings, self._index)
        versions = Versions(self._reader)
        numbers = Numbers(root)
        self._items = ItemWriter(settings.prefix, self._index, self._reader, versions, numbers)
        self._comments = NoteWriter(Role.COMMENT, root, self._reader, versions, numbers)
        self._worklogs = NoteWriter(Role.TIME, root, self._reader, versions, numbers)
        self._links = LinkWriter(self._index, self._reader, self._items)
        self._attachments = AttachmentWriter(root, self._reader, versions)

    async def describe(self) -> Description:
        return await self._do(lambda: self._reader.schema().describe(self._reader.schema_version()))

    async def changes(self, cursor: str | None) -> Changes:
        """Every item's state where the cursor is of another run: with its version, which costs nothing if known."""
        return await self._do(self._changes, cursor)

    async def watch(self) -> AsyncIterator[Hint]:
        """As soon as files change, until the tracker is closed."""
        number = await self._do(self._looked)
        try:
            watching = awatch(
                self._root,
                watch_filter=self._matters,
                debounce=DEBOUNCE,
                stop_event=self._closing,
            )
            async for _ in watching:
                hints, number = await self._do(self._since, number)
                for hint in hints:
                    yield hint
        except FileNotFoundError as missing:
            raise Unreachable("The folder of the tracker is not there.", file=str(self._root)) from missing

    async def matching(self, query: str, keys: Sequence[str]) -> set[str]:
        return await self._do(self._matching, Query(query), keys)

    async def read(self, key: str) -> Item:
        return await self._do(self._reader.read, key)

    async def find(self, marker: str) -> str | None:
        return await self._do(self._find, marker)

    async def create(self, draft: Item, marker: str) -> Written:
        return await self._do(self._items.create, draft, marker)

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        return await self._do(self._items.update, key, patch, expected_version)

    async def add_comment(self, key: str, comment: Comment, marker: str) -> Written:
        return await self._do(self._comments.add, key, comment, marker)

    async def edit_comment(self, key: str, comment: Comment) -> Written:
        return await self._do(self._comments.edit, key, comment)

    async def delete_comment(self, key: str, comment_id: str) -> Written:
        return await self._do(self._comments.delete, key, comment_id)

    async def add_worklog(self, key: str, worklog: WorkLog, marker: str) -> Written:
        return await self._do(self._worklogs.add, key, worklog, marker)

    async def edit_worklog(self, key: str, worklog: WorkLog) -> Written:
        return await self._do(self._worklogs.edit, key, worklog)

    async def delete_worklog(self, key: str, worklog_id: str) -> Written:
        return await self._do(self._worklogs.delete, key, worklog_id)

    async def add_attachment(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:
        return await self._do(self._attachments.add, key, attachment, content, marker)

    async def delete_attachment(self, key: str, attachment_id: str) -> Written:
        return await self._do(self._attachments.delete, key, attachment_id)

    async def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]:
        path = await self._do(self._attachments.path, key, attachment_id)
        with await self._do(swap.open_file, path) as stream:
            while chunk := await self._do(stream.read, CHUNK):
                yield chunk

    async def add_link(self, key: str, link: Link) -> Written:
        return await self._do(self._links.add, key, link)

    async def delete_link(self, key: str, link_id: str) -> Written:
        return await self._do(self._links.delete, key, link_id)

    async def children(self, key: str) -> Sequence[str]:
        return await self._do(self._children, key)

    async def close(self) -> None:
        self._closing.set()

    async def _do(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Errors of the system are this tracker's being out of reach. What has begun is waited for, even by a caller
        who gives up: nobody can stop a thread, and whoever tries again must find what it made."""
        doing = asyncio.create_task(asyncio.to_thread(work, *args, **kwargs))
        try:
            return await asyncio.shield(doing)
        except asyncio.CancelledError:
            await asyncio.wait([doing])
            raise
        except OSError as failed:
            file = failed.filename if isinstance(failed.filename, str) else str(self._root)
            raise Unreachable(
                f"A file can't be read or written: {failed.strerror}.",
                remedy="Check permissions and disk space.",
                file=file,
            ) from failed

    def _looked(self) -> int:
        """Looks at the folder, gives keys to new items, and tells the number of the last change."""
        if not self._tidied:
            swap.tidy(self._root, LEFTOVERS_AFTER)
            self._tidied = True
        declared = self._reader.schema_version()
        self._index.look()
        if declared != self._declared:
            self._declared = declared
            self._index.tell_again()
        wanting = self._index.wanting_keys()
        for path in wanting:
            self._items.assign_key(path)
        if wanting:
            self._index.look()
        return self._index.number

    def _since(self, number: int) -> tuple[list[Hint], int]:
        now = self._looked()
        return self._index.hints(number), now

    def _changes(self, text: str | None) -> Changes:
        cursor = Cursor.from_text(text) if text else None
        ours = cursor is not None and cursor.run == self._run
        self._looked()
        if cursor and not ours:
            self._index.expect(cursor.keys)
        number = self._index.number
        hints = self._index.hints(cursor.number if cursor and ours else 0)
        if cursor is None:
            hints = [hint for hint in hints if not hint.gone]
        return Changes(tuple(hints), Cursor(self._run, number, frozenset(self._index.keys())).to_text())

    def _find(self, marker: str) -> str | None:
        self._index.look()
        return min(self._index.marked(marker), key=_by_number, default=None)

    def _matching(self, query: Query, keys: Sequence[str]) -> set[str]:
        schema = self._reader.schema()
        matching, known = set(), {*schema.fields}
        if not all(self._index.paths_of(key) for key in keys):
            self._index.look()
        for key in dict.fromkeys(keys):
            source = self._reader.at_hand(key)
            if source is None:
                continue
            try:
                item = Item(key=key, **read_fields(source.document(), schema))
            except ItemBroken:
                continue  # told when it is read
            known |= item.fields.keys()
            if query.matches(_values(item)):
                matching.add(key)
        query.refuse_unknown(known, strict=bool(schema.fields))
        return matching

    def _children(self, key: str) -> list[str]:
        self._index.look()
        schema, found = self._reader.schema(), list[str]()
        for other in sorted(self._index.keys(), key=_by_number):
            source = self._reader.at_hand(other)
            if source is None or b"parent" not in source.data:
                continue
            try:
                found += [other] if read_fields(source.document(), schema)["parent"] == key else []
            except ItemBroken:
                continue  # told when it is read
        return found

    def _matters(self, _: Change, path: str) -> bool:
        """Whether a file that changed is one to look at."""
        try:
            parts = Path(path).relative_to(self._root).parts
        except ValueError:
            return True
        return not any(part.startswith(".") for part in parts)


def _values(item: Item) -> dict[str, JsonValue]:
    """What queries ask for, by name."""
    values = item.model_dump(mode="json", exclude={"fields", "comments", "attachments", "worklogs"})
    return {**item.fields, **values, "label": list(item.labels)}


def _by_number(key: str) -> tuple[int, str]:
    """The oldest first: a copy that a person made of a file has its marker too."""
    return int(key.rpartition("-")[2]), key
