"""Several at once: sync and sync, sync and people."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from accord.errors import VersionMismatch
from accord.model import Attachment, Comment, Patch, same
from accord.ports import Tracker, Written
from accord.testing.conformance.base import (
    Checks,
    Sample,
    Somebody,
    assert_versions_differ,
    needs,
    patch,
    settled,
    text_of,
)

MANY = 5


class SideBySideChecks(Checks):
    """Nobody's work is lost to somebody else's."""

    async def test_items_are_created_side_by_side(self, tracker: Tracker, sample: Sample) -> None:
        drafts = {self.marker(): self.draft(sample) for _ in range(MANY)}
        made = await asyncio.gather(*(tracker.create(draft, marker) for marker, draft in drafts.items()))
        await settled(tracker)
        assert [await tracker.find(marker) for marker in drafts] == [written.id for written in made]
        read = await asyncio.gather(*(tracker.read(written.id) for written in made))
        assert [item.summary for item in read] == [draft.summary for draft in drafts.values()]

    async def test_of_two_updates_of_one_version_one_is_refused(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.versioned_writes, "versioned writes")
        item = await self.created(tracker, sample)
        texts = ("By one", "By the other")
        updates = (tracker.update(item.key, patch(summary=text), item.version) for text in texts)
        ends = await asyncio.gather(*updates, return_exceptions=True)
        written = [text for text, end in zip(texts, ends, strict=True) if isinstance(end, Written)]
        refused = [end for end in ends if isinstance(end, VersionMismatch)]
        assert (len(written), len(refused)) == (1, 1), ends
        assert (await tracker.read(item.key)).summary == written[0]

    async def test_comments_that_come_side_by_side_all_stay(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.comments, "comments")
        item, bodies = await self.created(tracker, sample), [f"Number {n}" for n in range(MANY)]
        adding = (tracker.add_comment(item.key, Comment(body=body), self.marker()) for body in bodies)
        ids = [written.id for written in await asyncio.gather(*adding)]
        read = {comment.id: text_of(comment) for comment in (await tracker.read(item.key)).comments}
        assert read == dict(zip(ids, bodies, strict=True))

    async def test_files_that_come_side_by_side_all_stay(
        self, tracker: Tracker, sample: Sample, tmp_path: Path
    ) -> None:
        needs(tracker.capabilities.attachments, "attachments")
        item = await self.created(tracker, sample)
        files = [file_in(tmp_path, f"{n}.txt") for n in range(MANY)]
        ids = await asyncio.gather(*(self._attached(tracker, item.key, file) for file in files))
        assert len(set(ids)) == MANY
        assert {attachment.id for attachment in (await tracker.read(item.key)).attachments} == set(ids)

    async def test_one_file_comes_to_several_items_side_by_side(
        self, tracker: Tracker, sample: Sample, tmp_path: Path
    ) -> None:
        needs(tracker.capabilities.attachments and tracker.capabilities.attachment_delete, "deleting of attachments")
        keys = [(await self.created(tracker, sample)).key for _ in range(MANY)]
        file = file_in(tmp_path, "log.txt")
        ids = await asyncio.gather(*(self._attached(tracker, key, file) for key in keys))
        await tracker.delete_attachment(keys[0], ids[0])
        for key, attachment_id in zip(keys[1:], ids[1:], strict=True):
            assert [attachment.id for attachment in (await tracker.read(key)).attachments] == [attachment_id]
            assert b"".join([chunk async for chunk in tracker.download(key, attachment_id)]) == b"log.txt"

    async def _attached(self, tracker: Tracker, key: str, file: Path) -> str:
        attachment = Attachment(name=file.name, size=len(file.name))
        return (await tracker.add_attachment(key, attachment, file, self.marker())).id

    async def test_a_persons_new_description_is_not_written_over(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        needs(tracker.capabilities.versioned_writes, "versioned writes")
        item = await self.created(tracker, sample, description="First")
        await person.edit(item.key, "description", "By hand")
        with pytest.raises(VersionMismatch):
            await tracker.update(item.key, patch(description="By sync"), item.version)
        assert same((await tracker.read(item.key)).description, "By hand")

    async def test_a_persons_edit_between_our_write_and_our_read_is_seen(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        item = await self.created(tracker, sample)
        written = await tracker.update(item.key, patch(summary="By sync"), item.version)
        await person.edit(item.key, "description", "By hand")
        after = await tracker.read(item.key)
        assert_versions_differ(tracker, item.version, after.version)
        assert after.version is None or after.version != written.version
        assert after.summary == "By sync"
        assert same(after.description, "By hand")

    async def test_a_persons_comment_between_our_write_and_our_read_is_seen(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        needs(tracker.capabilities.comments, "comments")
        item = await self.created(tracker, sample)
        ours = await tracker.add_comment(item.key, Comment(body="By sync"), self.marker())
        theirs = await person.comment(item.key, "By hand")
        after = await tracker.read(item.key)
        assert [comment.id for comment in after.comments] == [ours.id, theirs]
        assert_versions_differ(tracker, item.version, after.version)
        assert after.version is None or after.version != ours.version

    async def test_an_update_leaves_the_discussion_alone(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        needs(tracker.capabilities.comments, "comments")
        item = await self.created(tracker, sample, description="First")
        await person.comment(item.key, "By hand")
        await tracker.add_comment(item.key, Comment(body="By sync"), self.marker())
        before = await tracker.read(item.key)
        await tracker.update(item.key, patch(summary="New", description="Second"), before.version)
        assert (await tracker.read(item.key)).comments == before.comments

    async def test_updates_follow_one_another_by_the_versions_they_tell(self, tracker: Tracker, sample: Sample) -> None:
        item = await self.created(tracker, sample)
        version = item.version
        for n in range(3):
            written = await tracker.update(item.key, Patch(values={"summary": f"Number {n}"}), version)
            version = written.version or (await tracker.read(item.key)).version
        assert (await tracker.read(item.key)).summary == "Number 2"


def file_in(folder: Path, name: str) -> Path:
    """A file that holds its own name."""
    file = folder / name
    file.write_bytes(name.encode())
    return file
