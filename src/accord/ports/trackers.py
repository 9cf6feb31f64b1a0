"""Trackers: what every connector is, and what it tells."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from accord.model import Attachment, Comment, Item, Link, Patch, Person, WorkLog


class Once(StrEnum):
    """How strongly a connector can promise that nothing is created twice."""

    MARKER = "marker"  # the tracker keeps our marker, and we can look it up at once
    SEARCH = "search"  # by author, content and time window


@dataclass(frozen=True)
class Capabilities:
    """What a connector can do. `marker_lag`, `answers_within` and `stamp_resolution` are in seconds.

    `versioned_writes`: a write is refused where the item changed since it was read; items then tell versions.
    `pushes`: `watch` yields. `tombstones`: `changes` tells what was deleted. `marker_lag`: how late `find`, `matching`
    and `changes` may be. `answers_within`: how long a request may still take effect, whatever became of who sent it.
    `stamp_resolution`: writes within such a time can look like one to `changes`, which then
    tells of them once more. `speaks_for_people`: a comment may be written in the name of its author.
    `links`: items can be linked with one another, with `web_links` to addresses too; `mirrored_links`: a link shows at
    both ends, under one id. `children`: it finds them.
    """

    comments: bool = True
    comment_edit: bool = True
    comment_delete: bool = True
    attachments: bool = True
    attachment_delete: bool = True
    worklogs: bool = False
    worklog_edit: bool = False
    worklog_delete: bool = False
    labels: bool = True
    custom_fields: bool = True
    versioned_writes: bool = True
    pushes: bool = False
    tombstones: bool = True
    item_once: Once = Once.MARKER
    comment_once: Once = Once.MARKER
    attachment_once: Once = Once.SEARCH
    worklog_once: Once = Once.SEARCH
    marker_lag: float = 0.0
    answers_within: float = 0.0
    stamp_resolution: float = 0.0
    speaks_for_people: bool = False
    links: bool = False
    link_delete: bool = True
    web_links: bool = False
    mirrored_links: bool = False
    children: bool = False


@dataclass(frozen=True)
class FieldInfo:
    """A field as the tracker describes it. `kind`: text, rich_text, number, date, boolean, option, person, labels;
    of `links` the options are the kinds of links that can be written."""

    path: str
    kind: str = "text"
    options: tuple[str, ...] = ()
    required: bool = False
    writable: bool = True


@dataclass(frozen=True)
class Description:
    """What a tracker holds: its fields by path, and its people."""

    fields: dict[str, FieldInfo]
    people: tuple[Person, ...] = ()
    version: str | None = None


@dataclass(frozen=True)
class Hint:
    """A reason to read an item. `version` only where it is certain: a hint of a version we know costs nothing.
    `identity` is the item's, where it has one beside its key."""

    key: str
    version: str | None = None
    gone: bool = False
    identity: str | None = None


@dataclass(frozen=True)
class Changes:
    """What may have changed since a cursor, oldest first, and the cursor for next time (opaque, JSON text)."""

    hints: tuple[Hint, ...]
    cursor: str


@dataclass(frozen=True)
class Written:
    """What a write made: the id (key of an item, id of a sub-item), and the item's version that it caused, if told."""

    id: str
    version: str | None = None


class Tracker(Protocol):
    """One connector, speaking to one tracker. Every call may raise the errors of `accord.errors`.

    Text in and out is GitHub-flavoured Markdown. `read(write(x))` should give `x` where the tracker allows it.
    """

    name: str
    capabilities: Capabilities

    async def describe(self) -> Description: ...

    async def changes(self, cursor: str | None) -> Changes:
        """Everything that may have changed since `cursor`; None: every item. Never misses, may repeat."""
        ...

    def watch(self) -> AsyncIterator[Hint]:
        """Hints as they happen, where the tracker pushes; ends at once where it does not."""
        ...

    async def matching(self, query: str, keys: Sequence[str]) -> set[str]:
        """Which of `keys` match a query in the tracker's own language. WriteRefused names what is wrong in it."""
        ...

    async def read(self, key: str) -> Item:
        """The whole item. ItemGone when it is deleted or out of reach, ItemBroken when it is malformed."""
        ...

    async def find(self, marker: str) -> str | None:
        """The key of the item that was created with this marker."""
        ...

    async def create(self, draft: Item, marker: str) -> Written:
        """Creates an item with the draft's fields and labels (not its sub-items), carrying `marker`."""
        ...

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        """Writes only the patch. VersionMismatch if the item is no longer at `expected_version`."""
        ...

    async def add_comment(self, key: str, comment: Comment, marker: str) -> Written:
        """Adds header and body as one comment; `read` shows `marker` on it where the tracker has a place for it."""
        ...

    async def edit_comment(self, key: str, comment: Comment) -> Written: ...

    async def delete_comment(self, key: str, comment_id: str) -> Written:
        """Deleting what is not there is done already."""
        ...

    async def add_attachment(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:
        """Attaches the bytes in the file `content` under the attachment's name."""
        ...

    async def delete_attachment(self, key: str, attachment_id: str) -> Written: ...

    def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]: ...

    async def add_worklog(self, key: str, worklog: WorkLog, marker: str) -> Written:
        """Books the time, its author's where the tracker can, with header and body as its text."""
        ...

    async def edit_worklog(self, key: str, worklog: WorkLog) -> Written: ...

    async def delete_worklog(self, key: str, worklog_id: str) -> Written:
        """Deleting what is not there is done already."""
        ...

    async def add_link(self, key: str, link: Link) -> Written:
        """Links the item with the one at `link.key`, or where that is empty with an address. What is linked so already
        stays one link, and gives its id. ItemGone, which names the key, if there is no item at either end; WriteRefused
        for a kind of link that there is not."""
        ...

    async def delete_link(self, key: str, link_id: str) -> Written:
        """Deleting what is not there is done already."""
        ...

    async def children(self, key: str) -> Sequence[str]:
        """Keys of the items whose parent it is."""
        ...

    async def close(self) -> None: ...
