"""The connector to the pretend server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from accord.errors import ItemGone, VersionMismatch, WriteRefused
from accord.model import Attachment, Comment, Item, Link, Patch, WorkLog, flatten
from accord.model.paths import SCALARS
from accord.ports import Changes, Description, FieldInfo, Hint, Written
from accord.testing.memory import parts
from accord.testing.memory.deeds import text_of
from accord.testing.memory.links import REVERSED
from accord.testing.memory.people import People
from accord.testing.memory.polling import ByStamp, by_number
from accord.testing.memory.pushes import nothing
from accord.testing.memory.search import Found
from accord.testing.memory.shaping import with_values

NOT_OF_A_DRAFT: Mapping[str, Any] = {"comments": (), "attachments": (), "worklogs": (), "links": (), "url": None}


class MemoryTracker(People):
    """A `Tracker`, and the tracker that it speaks to, which behaves as its `Behaviour` says.

    `fail_next` makes calls raise, before or after the work is done; `calls` are the names of all calls so far.
    `fields` describes more fields, or some of them better; values that are none of a field's options are refused.
    """

    async def describe(self) -> Description:
        kinds = {"links": FieldInfo("links", "links", tuple(REVERSED))} if self.behaviour.links else {}
        return Description(kinds | self.fields, self.people)

    async def changes(self, cursor: str | None) -> Changes:
        with self._called("changes"):
            if self.behaviour.stamp_resolution:
                found, cursor = ByStamp(self._search, self.behaviour).ask(cursor)
            else:
                found, cursor = by_number(self._search, cursor)
            hints = [self._hint_of(one) for one in found]
            return Changes(tuple(hint for hint in hints if hint.key not in self.hidden), cursor)

    def watch(self) -> AsyncIterator[Hint]:
        return self._pushes.listen() if self.behaviour.pushes else nothing()

    async def matching(self, query: str, keys: Sequence[str]) -> set[str]:
        """`path=value` (`label=name` for labels), or everything."""
        path, _, value = query.partition("=")
        if query and path != "label" and path not in SCALARS:
            raise WriteRefused(f"Items have no {path!r}.", field=path, remedy=f"One of label, {', '.join(SCALARS)}.")
        items = [(key, self._searched(self._current(key))) for key in keys]
        return {key for key, item in items if item and (not query or value in values_of(item, path))}

    async def read(self, key: str) -> Item:
        with self._called("read"):
            item = self._reach(key)
        self._unread.forget(self._identity(item.key))
        return self._shown(item)

    async def find(self, marker: str) -> str | None:
        with self._called("find"):
            found = ((key, self._searched(key)) for key in self._searched_keys())
            return next((key for key, item in found if item and item.marker == marker), None)

    async def create(self, draft: Item, marker: str) -> Written:
        with self._called("create"):
            asked = flatten(draft)
            self._check("", asked)
            item = self._new_item(draft.model_copy(update={**NOT_OF_A_DRAFT, "marker": marker}))
            return self._written(self._write("sync", item, parts.creation(item)))

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        with self._called("update"):
            item = self._reach(key)
            if self.behaviour.versioned and expected_version not in (None, item.version):
                raise VersionMismatch(item=key)
            self._check(key, patch.values)
            if patch.values.get("status") == "refused":
                raise WriteRefused("No such status.", item=key, field="status", value="refused")
            asked = patch.paths()
            return self._written(self._write("sync", with_values(item, asked), parts.edit(item, asked)))

    async def add_comment(self, key: str, comment: Comment, marker: str) -> Written:
        with self._called("add_comment"):
            asked = comment.model_copy(update={"marker": marker, "body": text_of(comment)})
            item = self._reach(key)
            made = self._add_comment("sync", item, asked)
            return self._written(self.items[item.key], made.id)

    async def edit_comment(self, key: str, comment: Comment) -> Written:
        with self._called("edit_comment"):
            item = self._reach(key)
            if comment.id not in {one.id for one in item.comments}:
                raise VersionMismatch(f"Comment {comment.id} is not there any more.", item=key)
            return self._written(self._edit_comment("sync", item, comment.id, text_of(comment)), comment.id)

    async def delete_comment(self, key: str, comment_id: str) -> Written:
        with self._called("delete_comment"):
            return self._written(self._delete_comment("sync", self._reach(key), comment_id), comment_id)

    async def add_attachment(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:
        with self._called("add_attachment"):
            item, asked = self._reach(key), attachment.model_copy(update={"marker": marker})
            made = self._attach("sync", item, asked, content.read_bytes())  # noqa: ASYNC240
            return self._written(self.items[item.key], made.id)

    async def delete_attachment(self, key: str, attachment_id: str) -> Written:
        with self._called("delete_attachment"):
            return self._written(self._delete_attachment("sync", self._reach(key), attachment_id), attachment_id)

    async def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]:
        item = self._reach(key)
        if attachment_id not in {one.id for one in item.attachments}:
            raise ItemGone(f"No attachment {attachment_id}.", item=key)
        yield self.content[item.key, attachment_id]

    async def add_worklog(self, key: str, worklog: WorkLog, marker: str) -> Written:
        with self._called("add_worklog"):
            asked = worklog.model_copy(update={"marker": marker, "body": text_of(worklog)})
            item = self._reach(key)
            made = self._log_time("sync", item, asked)
            return self._written(self.items[item.key], made.id)

    async def edit_worklog(self, key: str, worklog: WorkLog) -> Written:
        with self._called("edit_worklog"):
            item = self._reach(key)
            if worklog.id not in {one.id for one in item.worklogs}:
                raise VersionMismatch(f"Work log {worklog.id} is not there any more.", item=key)
            asked = worklog.model_copy(update={"body": text_of(worklog)})
            return self._written(self._edit_worklog("sync", item, asked), worklog.id)

    async def delete_worklog(self, key: str, worklog_id: str) -> Written:
        with self._called("delete_worklog"):
            return self._written(self._delete_worklog("sync", self._reach(key), worklog_id), worklog_id)

    async def add_link(self, key: str, link: Link) -> Written:
        with self._called("add_link"):
            self._able_to_link(key)
            item = self._reach(key)
            made = self._link("sync", item, link)
            return self._written(self.items[item.key], made.id)

    async def delete_link(self, key: str, link_id: str) -> Written:
        with self._called("delete_link"):
            self._able_to_link(key)
            return self._written(self._unlink("sync", self._reach(key), link_id), link_id)

    async def children(self, key: str) -> Sequence[str]:
        current = self._current(key)
        return [one.key for one in self.items.values() if one.parent == current and one.key not in self.hidden]

    def _able_to_link(self, key: str) -> None:
        if not self.behaviour.links:
            raise WriteRefused(f"{self.name} keeps no links.", item=key, field="links", remedy="Leave them out.")

    async def close(self) -> None:
        return None

    # what the connector is shown

    def _shown(self, item: Item) -> Item:
        changes: dict[str, Any] = {}
        if not self.behaviour.versioned:
            changes["version"] = None
        if not self.behaviour.hashes and item.attachments:
            changes["attachments"] = tuple(one.model_copy(update={"sha256": None}) for one in item.attachments)
        return item.model_copy(update=changes) if changes else item

    def _written(self, item: Item, sub_item: str | None = None) -> Written:
        return Written(sub_item or item.key, item.version if self.behaviour.versioned else None)

    def _hint_of(self, found: Found) -> Hint:
        return self._hint(self._keys[found.identity], str(found.number), gone=found.gone)

    def _searched_keys(self) -> Iterator[str]:
        if not self.behaviour.search_lag:
            return iter(self.items)
        return (self._keys[identity] for identity in self._search.known())

    def _searched(self, key: str) -> Item | None:
        """The item as search knows it."""
        if key in self.hidden:
            return None
        if not self.behaviour.search_lag:
            return self.items.get(key)
        found = self._search.known().get(self._identity(key))
        return found.item if found else None

    def _check(self, key: str, values: Mapping[str, JsonValue]) -> None:
        for path, value in values.items():
            info = self.fields.get(path)
            if info and info.options and value is not None and value not in info.options:
                raise WriteRefused(f"No such {path}.", item=key or None, field=path, value=value)
        parent = values.get("parent")
        if parent is not None and self._current(str(parent)) not in self.items:
            raise WriteRefused(f"There is no item {parent}.", item=key or None, field="parent", value=parent)


def values_of(item: Item, path: str) -> Sequence[object]:
    """What a query can match."""
    return item.labels if path == "label" else (getattr(item, path),)
