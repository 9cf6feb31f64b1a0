"""What the checks know of a tracker, and how they look at it."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import pytest
from pydantic import JsonValue

from accord.model import Comment, Flat, Item, Patch, flatten, same
from accord.ports import Hint, Tracker, Written

PATHS = ("type", "status", "resolution", "priority", "assignee", "due", "parent")
LOOK_EVERY = 0.05


class Somebody(Protocol):
    """A person at the tracker, who uses anything but the connector."""

    async def create(self, summary: str) -> str:
        """Gives the key."""
        ...

    async def edit(self, key: str, path: str, value: JsonValue) -> None: ...

    async def delete(self, key: str) -> None: ...

    async def comment(self, key: str, body: str) -> str:
        """Gives the comment's id, as the connector tells it."""
        ...

    async def edit_comment(self, key: str, comment_id: str, body: str) -> None: ...

    async def delete_comment(self, key: str, comment_id: str) -> None: ...

    async def attach(self, key: str, name: str, content: bytes) -> object: ...


@dataclass(frozen=True)
class Sample:
    """Values that are valid at the tracker.

    `values`: by path, two that an item may have one after the other, JSON as patches hold them; the first is what a
    new item starts with here. Each of `type`, `status`, `resolution`, `priority`, `assignee`, `due` that the tracker
    describes as writable belongs there, and at least one `fields.<name>` where it has custom fields. `required`: what
    a new item can't do without. `clearable`: paths of `values` that may be emptied. `query` finds exactly the items
    with the label `labels[0]` (or is empty), `bad_query` names something that the tracker does not have.
    `unknown_key` looks like a key. `patience`: how many seconds a change may take to show. `kept`: what becomes of a
    text that the tracker does not keep to the letter. `besides`: by path, what else may change when it is written.
    `page`: how many items the tracker gives in one answer. `unreachable`: values that a workflow refuses to an item
    with the values of `start`, though each is known to the tracker. `now`: the tracker's clock.
    """

    values: Mapping[str, tuple[JsonValue, JsonValue]]
    labels: tuple[str, ...] = ("shared", "urgent", "backend")
    required: Mapping[str, JsonValue] = field(default_factory=dict)
    clearable: tuple[str, ...] = ("description",)
    query: str = ""
    bad_query: str = ""
    unknown_key: str = "999999"
    patience: float = 0.0
    kept: Callable[[str], str] = str
    besides: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    page: int = 20
    start: Mapping[str, JsonValue] = field(default_factory=dict)
    unreachable: Mapping[str, JsonValue] = field(default_factory=dict)
    now: Callable[[], datetime] = lambda: datetime.now(UTC)


class Checks:
    """How the checks write to a tracker and look at it."""

    _numbers = itertools.count(1)

    @staticmethod
    def marker() -> str:
        """One that was never used."""
        return uuid.uuid4().hex[:24]

    def draft(self, sample: Sample, **values: Any) -> Item:
        """An item that the tracker takes, with a summary of its own."""
        summary = {"summary": f"Item {next(self._numbers)} of {self.marker()}"}
        return Patch(values={**sample.required, **summary, **values}).apply(Item())

    async def full_draft(self, tracker: Tracker, sample: Sample) -> Item:
        """A draft with the first value of every path of the sample, a description and labels."""
        values = {path: first for path, (first, _) in sample.values.items()}
        draft = self.draft(sample, **values, description="First line.\n\nSecond paragraph.")
        labels = sample.labels[:2] if tracker.capabilities.labels else ()
        return draft.model_copy(update={"labels": labels})

    async def created(self, tracker: Tracker, sample: Sample, **values: Any) -> Item:
        """A new item, as it is read."""
        written = await tracker.create(self.draft(sample, **values), self.marker())
        return await tracker.read(written.id)

    async def has(self, tracker: Tracker, sample: Sample, path: str) -> None:
        """Skips the check where the tracker has no such field that can be written."""
        described = (await tracker.describe()).fields.get(path)
        if path in sample.values:
            assert described is not None, f"describe() should tell of {path}"
            return
        assert described is None or not described.writable, f"the sample needs two values of {path}"
        pytest.skip(f"the tracker has no {path} that can be written")

    def custom_fields(self, tracker: Tracker, sample: Sample) -> list[str]:
        """The paths of the sample's custom fields; skips the check where the tracker has none."""
        needs(tracker.capabilities.custom_fields, "custom fields")
        paths = [path for path in sample.values if path.startswith("fields.")]
        assert paths, "the sample needs two values of some fields.<name>"
        return paths

    async def watch_out(self, tracker: Tracker, sample: Sample, cursor: str | None, key: str) -> tuple[list[Hint], str]:
        """Polls until there is a hint of `key`, and gives the hints of it (none if it takes too long)."""
        deadline = asyncio.get_running_loop().time() + sample.patience
        while True:
            changes = await tracker.changes(cursor)
            cursor = changes.cursor
            hints = [hint for hint in changes.hints if hint.key == key]
            if hints or asyncio.get_running_loop().time() >= deadline:
                return hints, cursor
            await asyncio.sleep(LOOK_EVERY)

    async def found(self, tracker: Tracker, marker: str) -> str | None:
        """What is found by a marker once search shows what was written."""
        await settled(tracker)
        return await tracker.find(marker)

    async def quiet(self, tracker: Tracker) -> str:
        """A cursor after which nothing has happened."""
        await settled(tracker)
        changes = await tracker.changes(None)
        for _ in range(20):
            changes = await tracker.changes(changes.cursor)
            if not changes.hints:
                return changes.cursor
        pytest.fail("changes() goes on telling though nothing happens")

    async def silence(self, tracker: Tracker, cursor: str) -> bool:
        """Whether there is nothing to tell after at most one more look, when nothing is hidden any more."""
        await settled(tracker)
        changes = await tracker.changes(cursor)
        return not changes.hints or not (await tracker.changes(changes.cursor)).hints


async def settled(tracker: Tracker) -> None:
    """Waits until the tracker's search shows all that was written, each write apart from those that come."""
    blur = tracker.capabilities.marker_lag + tracker.capabilities.stamp_resolution
    if blur:
        await asyncio.sleep(blur + LOOK_EVERY)


def needs(able: bool, what: str) -> None:
    """Skips the check for a connector that can't."""
    if not able:
        pytest.skip(f"capabilities: no {what}")


def patch(**values: JsonValue) -> Patch:
    return Patch(values=values)


def comment_named(item: Item, comment_id: str) -> Comment:
    there = {comment.id: comment for comment in item.comments}
    assert comment_id in there
    return there[comment_id]


def text_of(comment: Comment) -> str:
    """All that a reader sees."""
    return f"{comment.header}\n\n{comment.body}".strip() if comment.header else comment.body


def fields_of(item: Item, *, without: Sequence[str] = ()) -> Flat:
    """All fields by path, the empty ones left out."""
    return {path: value for path, value in flatten(item).items() if path not in without and not same(value, None)}


def assert_same_fields(before: Item, after: Item, *, without: Sequence[str] = ()) -> None:
    """All fields read alike, those of `without` aside."""
    was, now = fields_of(before, without=without), fields_of(after, without=without)
    differing = {path: (was.get(path), now.get(path)) for path in was.keys() | now.keys()}
    differing = {path: pair for path, pair in differing.items() if not same(*pair)}
    assert differing == {}


async def assert_version_told(tracker: Tracker, key: str, written: Written) -> None:
    """The version of a write is the one that is read next. None makes no claim."""
    item = await tracker.read(key)
    assert item.version is not None or not tracker.capabilities.versioned_writes
    assert written.version in (None, item.version)


def assert_versions_differ(tracker: Tracker, *versions: str | None) -> None:
    """No two are the same. Only where stale writes are taken may none be told."""
    told = [version for version in versions if version is not None]
    assert len(told) == len(versions) or not tracker.capabilities.versioned_writes
    assert len(set(told)) == len(told)
