"""Once only: what becomes of a write whose answer nobody got."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

from accord.errors import AccordError, VersionMismatch
from accord.model import Attachment, Comment, Patch
from accord.ports import Once, Tracker
from accord.testing.conformance.base import (
    Checks,
    Sample,
    assert_same_fields,
    needs,
    patch,
    settled,
    text_of,
)

MOMENTS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)


class OnceChecks(Checks):
    """A call times out, before or after the tracker did its work: what was done is found, and is there once."""

    async def test_a_creation_without_an_answer_is_found(self, tracker: Tracker, sample: Sample) -> None:
        cursor, draft, marker = await self.quiet(tracker), self.draft(sample), self.marker()
        await unanswered(tracker.create(draft, marker))
        key = await self.found(tracker, marker)
        assert key is not None
        assert await self.made_since(tracker, cursor, draft.summary) == [key]

    async def test_creations_that_are_cut_short_end_up_as_one_each(self, tracker: Tracker, sample: Sample) -> None:
        cursor = await self.quiet(tracker)
        drafts = {self.marker(): self.draft(sample) for _ in MOMENTS}
        took = await duration(tracker.create(self.draft(sample), self.marker()))
        for moment, (marker, draft) in zip(MOMENTS, drafts.items(), strict=True):
            await cut_short(tracker.create(draft, marker), moment * took)
        await asyncio.sleep(tracker.capabilities.answers_within)
        for marker, draft in drafts.items():
            if await self.found(tracker, marker) is None:
                await tracker.create(draft, marker)
        await settled(tracker)
        for marker, draft in drafts.items():
            assert await self.made_since(tracker, cursor, draft.summary) == [await tracker.find(marker)]

    async def test_an_update_without_an_answer_is_not_written_over(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.versioned_writes, "versioned writes")
        item = await self.created(tracker, sample)
        await unanswered(tracker.update(item.key, patch(summary="Once"), item.version))
        with suppress(VersionMismatch):
            await tracker.update(item.key, patch(summary="Once"), item.version)
        assert (await tracker.read(item.key)).summary == "Once"

    async def test_an_update_can_be_written_twice(self, tracker: Tracker, sample: Sample) -> None:
        item = await self.created(tracker, sample)
        labels = sample.labels[:1] if tracker.capabilities.labels else ()
        change = Patch(values={"summary": "Twice", "description": "Twice"}, labels_added=labels)
        await unanswered(tracker.update(item.key, change, item.version))
        once = await tracker.read(item.key)
        await tracker.update(item.key, change, once.version)
        assert_same_fields(once, await tracker.read(item.key))

    async def test_a_comment_without_an_answer_is_recognised(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.comments, "comments")
        item, marker = await self.created(tracker, sample), self.marker()
        await unanswered(tracker.add_comment(item.key, Comment(body="Hello", header="Alice wrote:"), marker))
        (comment,) = (await tracker.read(item.key)).comments
        assert text_of(comment) == "Alice wrote:\n\nHello"
        if tracker.capabilities.comment_once is Once.MARKER:
            assert comment.marker == marker

    async def test_comments_that_are_cut_short_end_up_as_one_each(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.comments, "comments")
        item, other = await self.created(tracker, sample), await self.created(tracker, sample)
        took = await duration(tracker.add_comment(other.key, Comment(body="Measured"), self.marker()))
        comments = {self.marker(): Comment(body=f"Number {n}") for n in range(len(MOMENTS))}
        for moment, (marker, comment) in zip(MOMENTS, comments.items(), strict=True):
            await cut_short(tracker.add_comment(item.key, comment, marker), moment * took)
        await asyncio.sleep(tracker.capabilities.answers_within)
        there = {text_of(comment) for comment in (await tracker.read(item.key)).comments}
        for marker, comment in comments.items():
            if comment.body not in there:
                await tracker.add_comment(item.key, comment, marker)
        read = (await tracker.read(item.key)).comments
        assert sorted(text_of(comment) for comment in read) == sorted(comment.body for comment in comments.values())

    async def test_an_edit_of_a_comment_can_be_written_twice(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.comment_edit, "editing of comments")
        item = await self.created(tracker, sample)
        made = await tracker.add_comment(item.key, Comment(body="First"), self.marker())
        for _ in range(2):
            await unanswered(tracker.edit_comment(item.key, Comment(id=made.id, body="Second")))
        assert [(c.id, text_of(c)) for c in (await tracker.read(item.key)).comments] == [(made.id, "Second")]

    async def test_a_file_without_an_answer_is_recognised(
        self, tracker: Tracker, sample: Sample, tmp_path: Path
    ) -> None:
        needs(tracker.capabilities.attachments, "attachments")
        item, marker = await self.created(tracker, sample), self.marker()
        file = tmp_path / "bytes"
        file.write_bytes(b"content")
        await unanswered(tracker.add_attachment(item.key, Attachment(name="a.txt", size=7), file, marker))
        (found,) = (await tracker.read(item.key)).attachments
        assert found.name == "a.txt"
        assert found.size in (None, 7)
        if tracker.capabilities.attachment_once is Once.MARKER:
            assert found.marker == marker

    async def test_reads_that_are_cut_short_do_no_harm(self, tracker: Tracker, sample: Sample) -> None:
        item = await self.created(tracker, sample)
        calls: list[Callable[[], Coroutine[Any, Any, object]]] = [
            lambda: tracker.read(item.key),
            lambda: tracker.changes(None),
            lambda: tracker.find("nothing"),
        ]
        for call in calls:
            took = await duration(call())
            for moment in MOMENTS:
                await cut_short(call(), moment * took)
        assert await tracker.read(item.key) == item

    async def made_since(self, tracker: Tracker, cursor: str, summary: str | None) -> list[str]:
        """The keys of the items with this summary that came after a cursor."""
        keys = dict.fromkeys(hint.key for hint in (await tracker.changes(cursor)).hints if not hint.gone)
        return [key for key in keys if (await tracker.read(key)).summary == summary]


async def unanswered(call: Coroutine[Any, Any, object]) -> None:
    """The tracker does its work, and whoever asked learns nothing of it."""
    await call


async def duration(call: Coroutine[Any, Any, object]) -> float:
    """Seconds."""
    clock = asyncio.get_running_loop().time
    began = clock()
    await call
    return clock() - began


async def cut_short(call: Coroutine[Any, Any, object], after: float) -> None:
    """Gives up on a call after so many seconds."""
    with suppress(TimeoutError, AccordError):
        async with asyncio.timeout(after):
            await call
