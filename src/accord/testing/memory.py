"""A tracker in memory: for tests of steps and rules, and the smallest example of a connector."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from accord.errors import AccordError, ItemGone, VersionMismatch, WriteRefused
from accord.model import Attachment, Comment, Item, Patch, Person, flatten
from accord.model.paths import SCALARS
from accord.ports import Capabilities, Changes, Description, FieldInfo, Hint, Written

FIELDS = (
    FieldInfo("summary"),
    FieldInfo("description", "rich_text"),
    *(FieldInfo(path) for path in ("type", "status", "resolution", "priority")),
    FieldInfo("assignee", "person"),
    FieldInfo("reporter", "person"),
    FieldInfo("due", "date"),
    FieldInfo("labels", "labels"),
)


class MemoryTracker:
    """Items live in `items`; `fail_next` makes calls raise, before or after the work is done.

    `normalise` is what the tracker makes of an item on each write (truncation, defaults, a workflow's step).
    `fields` describes more fields, or some of them better; values that are none of a field's options are refused.
    """

    def __init__(
        self,
        name: str = "memory",
        *,
        prefix: str = "M",
        people: Sequence[Person] = (),
        fields: Sequence[FieldInfo] = (),
    ) -> None:
        self.name = name
        self.capabilities = Capabilities()
        self.items: dict[str, Item] = {}
        self.content: dict[tuple[str, str], bytes] = {}
        self.people = tuple(people)
        self.fields = {info.path: info for info in (*FIELDS, *fields)}
        self.calls: list[str] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.normalise: Callable[[Item], Item] = lambda item: item
        self._prefix = prefix
        self._count = 0
        self._sub = 0
        self._clock = 0
        self._log: list[tuple[int, str]] = []
        self._failures: list[tuple[str, AccordError, bool]] = []

    # what people do

    def person_creates(self, **values: Any) -> str:
        """A person creates an item."""
        return self._save(Item(key=self._next_key(), **values)).key

    def person_edits(self, key: str, **values: Any) -> None:
        """A person edits fields; `fields` are merged."""
        item = self.items[key]
        if "fields" in values:
            values["fields"] = {**item.fields, **values["fields"]}
        self._save(Item.model_validate(item.model_dump() | values))

    def person_comments(self, key: str, body: str, author: str = "alice") -> str:
        """A person adds a comment."""
        return self._add_comment(key, Comment(body=body, author=Person(username=author))).id

    def person_deletes(self, key: str) -> None:
        """A person deletes the item."""
        del self.items[key]
        self._touch(key)

    def person_attaches(self, key: str, name: str, content: bytes) -> str:
        """A person attaches a file."""
        return self._attach(key, Attachment(name=name), content).id

    def fail_next(self, call: str, error: AccordError, *, after: bool = False) -> None:
        """The next `call` raises: `after` the work was done, or instead of it."""
        self._failures.append((call, error, after))

    # the connector

    async def describe(self) -> Description:
        return Description(dict(self.fields), self.people)

    async def changes(self, cursor: str | None) -> Changes:
        with self._called("changes"):
            since = int(cursor) if cursor and cursor.isdecimal() else 0
            keys = dict.fromkeys(key for at, key in self._log if at > since)
            hints = tuple(self._hint(key) for key in keys)
            return Changes(hints, str(self._clock))

    def watch(self) -> AsyncIterator[Hint]:
        return _nothing()

    async def matching(self, query: str, keys: Sequence[str]) -> set[str]:
        """`path=value` (`label=name` for labels), or everything."""
        path, _, value = query.partition("=")
        if not query:
            return {key for key in keys if key in self.items}
        if path != "label" and path not in SCALARS:
            raise WriteRefused(f"Items have no {path!r}.", field=path, remedy=f"One of label, {', '.join(SCALARS)}.")
        items = [self.items[key] for key in keys if key in self.items]
        return {i.key for i in items if value in (i.labels if path == "label" else (getattr(i, path),))}

    async def read(self, key: str) -> Item:
        with self._called("read"):
            return self._get(key)

    async def find(self, marker: str) -> str | None:
        with self._called("find"):
            return next((item.key for item in self.items.values() if item.marker == marker), None)

    async def create(self, draft: Item, marker: str) -> Written:
        with self._called("create"):
            data = draft.model_dump(exclude={"comments", "attachments", "worklogs", "links", "version", "url"})
            self._check("", flatten(draft))
            item = self._save(Item.model_validate(data | {"key": self._next_key(), "marker": marker}))
            return Written(item.key, item.version)

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        with self._called("update"):
            item = self._get(key)
            if expected_version is not None and item.version != expected_version:
                raise VersionMismatch(item=key)
            self._check(key, patch.values)
            if patch.values.get("status") == "refused":
                raise WriteRefused("No such status.", item=key, field="status", value="refused")
            return Written(key, self._save(patch.apply(item)).version)

    async def add_comment(self, key: str, comment: Comment, marker: str) -> Written:
        with self._called("add_comment"):
            made = self._add_comment(key, comment.model_copy(update={"marker": marker}))
            return Written(made.id, self.items[key].version)

    async def edit_comment(self, key: str, comment: Comment) -> Written:
        with self._called("edit_comment"):
            item = self._get(key)
            if comment.id not in {one.id for one in item.comments}:
                raise VersionMismatch(f"Comment {comment.id} is not there any more.", item=key)
            text = f"{comment.header}\n\n{comment.body}" if comment.header else comment.body
            edited = [c.model_copy(update={"body": text}) if c.id == comment.id else c for c in item.comments]
            return Written(comment.id, self._save(item.model_copy(update={"comments": tuple(edited)})).version)

    async def delete_comment(self, key: str, comment_id: str) -> Written:
        with self._called("delete_comment"):
            item = self._get(key)
            kept = tuple(c for c in item.comments if c.id != comment_id)
            return Written(comment_id, self._save(item.model_copy(update={"comments": kept})).version)

    async def add_attachment(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:
        with self._called("add_attachment"):
            made = self._attach(key, attachment.model_copy(update={"marker": marker}), content.read_bytes())  # noqa: ASYNC240
            return Written(made.id, self.items[key].version)

    async def delete_attachment(self, key: str, attachment_id: str) -> Written:
        with self._called("delete_attachment"):
            item = self._get(key)
            kept = tuple(a for a in item.attachments if a.id != attachment_id)
            return Written(attachment_id, self._save(item.model_copy(update={"attachments": kept})).version)

    async def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]:
        self._get(key)
        if (key, attachment_id) not in self.content:
            raise ItemGone(f"No attachment {attachment_id}.", item=key)
        yield self.content[key, attachment_id]

    async def close(self) -> None:
        return None

    # inside

    def _called(self, call: str) -> _Call:
        self.calls.append(call)
        for index, (name, error, after) in enumerate(self._failures):
            if name == call:
                del self._failures[index]
                return _Call(error, after)
        return _Call(None, False)

    def _get(self, key: str) -> Item:
        if key not in self.items:
            raise ItemGone(f"There is no item {key}.", item=key)
        return self.items[key]

    def _check(self, key: str, values: dict[str, JsonValue]) -> None:
        for path, value in values.items():
            info = self.fields.get(path)
            if info and info.options and value is not None and value not in info.options:
                raise WriteRefused(f"No such {path}.", item=key or None, field=path, value=value)

    def _hint(self, key: str) -> Hint:
        item = self.items.get(key)
        return Hint(key, item.version) if item else Hint(key, gone=True)

    def _next_key(self) -> str:
        self._count += 1
        return f"{self._prefix}-{self._count}"

    def _next_id(self) -> str:
        self._sub += 1
        return f"{self._prefix.lower()}{self._sub}"

    def _touch(self, key: str) -> None:
        self._clock += 1
        self._log.append((self._clock, key))

    def _save(self, item: Item) -> Item:
        self._touch(item.key)
        now = self.now()
        stamps = {"version": str(self._clock), "updated_at": now, "created_at": item.created_at or now}
        self.items[item.key] = self.normalise(item).model_copy(update=stamps)
        return self.items[item.key]

    def _add_comment(self, key: str, comment: Comment) -> Comment:
        item = self._get(key)
        text = f"{comment.header}\n\n{comment.body}" if comment.header else comment.body
        made = comment.model_copy(update={"id": self._next_id(), "body": text, "header": "", "created_at": self.now()})
        self._save(item.model_copy(update={"comments": (*item.comments, made)}))
        return made

    def _attach(self, key: str, attachment: Attachment, content: bytes) -> Attachment:
        item = self._get(key)
        facts = {"id": self._next_id(), "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        made = attachment.model_copy(update=facts)
        self.content[key, made.id] = content
        self._save(item.model_copy(update={"attachments": (*item.attachments, made)}))
        return made


class _Call:
    """Raises the failure that is due, before or after the work."""

    def __init__(self, error: AccordError | None, after: bool) -> None:
        self._error, self._after = error, after

    def __enter__(self) -> None:
        if self._error and not self._after:
            raise self._error

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._error and self._after and kind is None:
            raise self._error


async def _nothing() -> AsyncIterator[Hint]:
    nothing: tuple[Hint, ...] = ()
    for hint in nothing:
        yield hint
