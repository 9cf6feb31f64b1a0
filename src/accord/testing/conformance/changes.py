"""Changes: everything that people do is told, and nothing for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from accord.errors import ItemGone
from accord.model import Attachment, Comment, Item
from accord.ports import Hint, Tracker
from accord.testing.conformance.base import Checks, Sample, Somebody, needs, patch, settled

WATCH_SECONDS = 10.0


class ChangeChecks(Checks):
    """What `changes` and `watch` tell."""

    async def _told(
        self, tracker: Tracker, sample: Sample, key: str, act: Callable[[], Awaitable[object]]
    ) -> list[Hint]:
        """Hints of the item after `act`; then there is silence again."""
        cursor, known = await self.quiet(tracker), (await tracker.read(key)).version
        await act()
        hints, cursor = await self.watch_out(tracker, sample, cursor, key)
        assert hints, f"no hint of {key}"
        assert any(hint.version is None or hint.version != known for hint in hints), "the change passes for known"
        for hint in hints:
            assert hint.gone or hint.version in (None, (await tracker.read(key)).version)
        assert await self.silence(tracker, cursor)
        return hints

    async def test_without_a_cursor_every_item_is_told(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        keys = {await person.create("First"), (await self.created(tracker, sample)).key}
        await settled(tracker)
        assert {hint.key for hint in (await tracker.changes(None)).hints} >= keys

    async def test_a_cursor_that_makes_no_sense_tells_every_item(self, tracker: Tracker, person: Somebody) -> None:
        key = await person.create("First")
        await settled(tracker)
        for cursor in ("", "nonsense", "{}", "[]", "null"):
            assert key in {hint.key for hint in (await tracker.changes(cursor)).hints}

    async def test_nothing_is_told_when_nothing_happens(self, tracker: Tracker, person: Somebody) -> None:
        await person.create("At rest")
        cursor = await self.quiet(tracker)
        for _ in range(3):
            changes = await tracker.changes(cursor)
            assert changes.hints == ()
            cursor = changes.cursor

    async def test_a_new_item_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        cursor = await self.quiet(tracker)
        key = await person.create("New")
        hints, cursor = await self.watch_out(tracker, sample, cursor, key)
        assert [hint.gone for hint in hints] == [False]
        assert await self.silence(tracker, cursor)

    async def test_an_edit_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        key = await person.create("Edit me")
        await self._told(tracker, sample, key, lambda: person.edit(key, "summary", "Edited"))

    async def test_every_edit_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        key = await person.create("Edit 0")
        for n in range(1, 4):
            await self._told(tracker, sample, key, lambda n=n: person.edit(key, "summary", f"Edit {n}"))  # type: ignore[misc]

    async def test_an_edit_right_after_a_look_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        key = await person.create("Edit me")
        cursor = await self.quiet(tracker)
        await person.edit(key, "summary", "Once")
        hints, cursor = await self.watch_out(tracker, sample, cursor, key)
        assert hints, f"no hint of {key}"
        await person.edit(key, "summary", "Twice")
        await settled(tracker)
        hints, cursor = await self.watch_out(tracker, sample, cursor, key)
        version = (await tracker.read(key)).version
        assert any(hint.version in (None, version) for hint in hints), f"no hint of {key} as it is now"
        assert await self.silence(tracker, cursor)

    async def test_an_edit_that_is_undone_and_redone_is_told(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        key = await person.create("One")
        for text in ("Two", "One", "Two"):
            await self._told(tracker, sample, key, lambda text=text: person.edit(key, "summary", text))  # type: ignore[misc]

    async def test_an_edit_after_our_write_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        item = await self.created(tracker, sample)
        await tracker.update(item.key, patch(summary="By sync"), item.version)
        await self._told(tracker, sample, item.key, lambda: person.edit(item.key, "summary", "By hand"))
        assert (await tracker.read(item.key)).summary == "By hand"

    async def test_an_edited_description_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        item = await self.created(tracker, sample, description="First")
        await self._told(tracker, sample, item.key, lambda: person.edit(item.key, "description", "Second"))

    async def test_a_comment_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        needs(tracker.capabilities.comments, "comments")
        key = await person.create("Comment me")
        await self._told(tracker, sample, key, lambda: person.comment(key, "Hello"))

    async def test_an_edited_comment_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        needs(tracker.capabilities.comments, "comments")
        key = await person.create("Comment me")
        comment = await person.comment(key, "Hello")
        await self._told(tracker, sample, key, lambda: person.edit_comment(key, comment, "Good-bye"))

    async def test_a_deleted_comment_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        needs(tracker.capabilities.comments, "comments")
        key = await person.create("Comment me")
        comment = await person.comment(key, "Hello")
        await self._told(tracker, sample, key, lambda: person.delete_comment(key, comment))

    async def test_an_attachment_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        needs(tracker.capabilities.attachments, "attachments")
        key = await person.create("Attach to me")
        await self._told(tracker, sample, key, lambda: person.attach(key, "a.txt", b"a"))

    async def test_a_deleted_item_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        key = await person.create("Delete me")
        cursor, known = await self.quiet(tracker), (await tracker.read(key)).version
        await person.delete(key)
        hints, cursor = await self.watch_out(tracker, sample, cursor, key)
        assert hints or not tracker.capabilities.tombstones, f"no hint of {key}"
        assert all(hint.gone or hint.version is None or hint.version != known for hint in hints)
        with pytest.raises(ItemGone):
            await tracker.read(key)
        assert await self.silence(tracker, cursor)
        assert key not in {hint.key for hint in (await tracker.changes(None)).hints if not hint.gone}

    async def test_many_changes_at_once_are_all_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        cursor = await self.quiet(tracker)
        keys = [await person.create(f"Item {n}") for n in range(6)]
        for key in keys[::2]:
            await person.edit(key, "summary", "Edited")
        for key in keys:
            assert (await self.watch_out(tracker, sample, cursor, key))[0], f"no hint of {key}"

    async def test_only_what_happened_is_told(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        keys = [await person.create(f"Item {n}") for n in range(3)]
        cursor = await self.quiet(tracker)
        await person.edit(keys[1], "summary", "Edited")
        hints, _ = await self.watch_out(tracker, sample, cursor, keys[1])
        assert {hint.key for hint in hints} == {keys[1]}
        told = {hint.key for hint in (await tracker.changes(cursor)).hints}
        assert told & set(keys) == {keys[1]}

    async def test_a_cursor_can_be_used_again(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        one, two = await person.create("One"), await person.create("Two")
        cursor = await self.quiet(tracker)
        await person.edit(one, "summary", "Edited")
        assert (await self.watch_out(tracker, sample, cursor, one))[0]
        await person.edit(two, "summary", "Edited")
        assert (await self.watch_out(tracker, sample, cursor, two))[0]
        assert (await self.watch_out(tracker, sample, cursor, one))[0], "what was not acted upon is told again"

    async def test_own_writes_are_at_most_told_by_their_version(
        self, tracker: Tracker, sample: Sample, tmp_path: Path
    ) -> None:
        cursor = await self.quiet(tracker)
        item = await self._with_everything(tracker, sample, tmp_path)
        changes = await tracker.changes(cursor)
        assert {hint.version for hint in changes.hints if hint.key == item.key} <= {None, item.version}
        assert await self.silence(tracker, changes.cursor)

    async def test_push_pull_nothing_new(self, tracker: Tracker, sample: Sample, tmp_path: Path) -> None:
        item = await self._with_everything(tracker, sample, tmp_path)
        cursor = await self.quiet(tracker)
        assert await tracker.read(item.key) == item
        assert (await tracker.changes(cursor)).hints == ()

    async def _with_everything(self, tracker: Tracker, sample: Sample, folder: Path) -> Item:
        """An item, as read after sync wrote all that the connector can write."""
        can = tracker.capabilities
        written = await tracker.create(await self.full_draft(tracker, sample), self.marker())
        item = await tracker.read(written.id)
        await tracker.update(item.key, patch(summary="Updated"), item.version)
        if can.comments:
            comment = await tracker.add_comment(item.key, Comment(body="One", header="A wrote:"), self.marker())
            if can.comment_edit:
                await tracker.edit_comment(item.key, Comment(id=comment.id, body="Two", header="A wrote:"))
        if can.attachments:
            file = folder / "bytes"
            file.write_bytes(b"bytes")
            await tracker.add_attachment(item.key, Attachment(name="a.txt", size=5), file, self.marker())
        return await tracker.read(item.key)

    async def test_an_edit_is_pushed(self, tracker: Tracker, person: Somebody) -> None:
        needs(tracker.capabilities.pushes, "pushes")
        key = await person.create("Watch me")
        await self.quiet(tracker)
        async with asyncio.timeout(WATCH_SECONDS):
            assert key in await self._pushed(tracker, person, key)

    async def _pushed(self, tracker: Tracker, person: Somebody, key: str) -> set[str]:
        """Keys pushed until `key` is; it is edited again and again, for nobody tells when watching has begun."""

        async def edits() -> None:
            for n in range(10_000):
                await person.edit(key, "summary", f"Edited {n}")
                await asyncio.sleep(0.2)

        editing = asyncio.create_task(edits())
        told: set[str] = set()
        try:
            async with aclosing(tracker.watch()) as hints:  # type: ignore[type-var]
                async for hint in hints:
                    told.add(hint.key)
                    if hint.key == key:
                        break
        finally:
            editing.cancel()
        return told

    async def test_watching_ends_at_once_where_nothing_is_pushed(self, tracker: Tracker) -> None:
        needs(not tracker.capabilities.pushes, "need: the tracker pushes")
        async with asyncio.timeout(WATCH_SECONDS):
            assert [hint async for hint in tracker.watch()] == []
