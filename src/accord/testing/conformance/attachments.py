"""Attachments."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

import pytest

from accord.errors import ItemGone, WriteRefused
from accord.model import Attachment, Item
from accord.ports import Once, Tracker, Written
from accord.testing.conformance.base import (
    Checks,
    Sample,
    Somebody,
    assert_same_fields,
    assert_version_told,
    assert_versions_differ,
    needs,
)

NAMES = ("report.pdf", "ä ö ü.txt", "..%20;.txt", "a'b\"c&d.log", "no extension", "日本語 🚀.png", ".hidden", "-rf")
HOSTILE_NAMES = (
    "../../escaped.txt",
    "ä ö/..%20;.txt",
    "C:\\temp\\x.txt",
    "a\0b.txt",
    "..",
    "",
    "line\nbreak.txt",
    "x" * 400,
)
MEGABYTE = bytes(range(256)) * 4096 + b"\n"


class AttachmentChecks(Checks):
    """Files are attached, fetched and deleted, here and by people."""

    async def _holding_files(self, tracker: Tracker, sample: Sample) -> Item:
        needs(tracker.capabilities.attachments, "attachments")
        return await self.created(tracker, sample)

    async def _attach(self, tracker: Tracker, key: str, folder: Path, name: str, content: bytes) -> Written:
        file = folder / "bytes"
        file.write_bytes(content)
        sha256 = hashlib.sha256(content).hexdigest()
        attachment = Attachment(id="theirs-1", name=name, size=len(content), sha256=sha256)
        return await tracker.add_attachment(key, attachment, file, self.marker())

    async def _bytes(self, tracker: Tracker, key: str, attachment_id: str) -> bytes:
        return b"".join([chunk async for chunk in tracker.download(key, attachment_id)])

    async def _holds(self, tracker: Tracker, key: str, attachment_id: str, content: bytes) -> Attachment:
        """The attachment, once it was seen to hold these bytes."""
        there = {attachment.id: attachment for attachment in (await tracker.read(key)).attachments}
        assert attachment_id in there
        found = there[attachment_id]
        assert found.size in (None, len(content))
        assert found.sha256 in (None, hashlib.sha256(content).hexdigest())
        assert await self._bytes(tracker, key, attachment_id) == content
        return found

    async def test_a_file_is_attached(self, tracker: Tracker, sample: Sample, tmp_path: Path) -> None:
        item = await self._holding_files(tracker, sample)
        content = b"\0\xff\r\n bytes \x1a\n"
        written = await self._attach(tracker, item.key, tmp_path, "report.pdf", content)
        found = await self._holds(tracker, item.key, written.id, content)
        assert found.name == "report.pdf"
        assert_same_fields(item, await tracker.read(item.key))

    async def test_an_attachment_shows_its_marker(self, tracker: Tracker, sample: Sample, tmp_path: Path) -> None:
        item, marker = await self._holding_files(tracker, sample), self.marker()
        needs(tracker.capabilities.attachment_once is Once.MARKER, "markers on attachments")
        file = tmp_path / "bytes"
        file.write_bytes(b"content")
        written = await tracker.add_attachment(item.key, Attachment(name="a.txt"), file, marker)
        found = (await tracker.read(item.key)).attachments
        assert [(a.id, a.marker) for a in found] == [(written.id, marker)]

    async def test_an_empty_file_is_kept_or_refused(self, tracker: Tracker, sample: Sample, tmp_path: Path) -> None:
        item = await self._holding_files(tracker, sample)
        written: Written | None = None
        with suppress(WriteRefused):
            written = await self._attach(tracker, item.key, tmp_path, "empty.txt", b"")
        if written:
            await self._holds(tracker, item.key, written.id, b"")
        else:
            assert (await tracker.read(item.key)).attachments == ()

    async def test_a_megabyte_is_attached(self, tracker: Tracker, sample: Sample, tmp_path: Path) -> None:
        item = await self._holding_files(tracker, sample)
        written = await self._attach(tracker, item.key, tmp_path, "large.bin", MEGABYTE)
        await self._holds(tracker, item.key, written.id, MEGABYTE)

    @pytest.mark.parametrize("name", NAMES)
    async def test_an_odd_file_name_is_kept(self, tracker: Tracker, sample: Sample, tmp_path: Path, name: str) -> None:
        item = await self._holding_files(tracker, sample)
        written = await self._attach(tracker, item.key, tmp_path, name, b"content")
        assert (await self._holds(tracker, item.key, written.id, b"content")).name == name

    @pytest.mark.parametrize("name", HOSTILE_NAMES)
    async def test_a_hostile_file_name_does_no_harm(
        self, tracker: Tracker, sample: Sample, tmp_path: Path, name: str
    ) -> None:
        item = await self._holding_files(tracker, sample)
        try:
            written = await self._attach(tracker, item.key, tmp_path, name, b"content")
        except WriteRefused:
            assert (await tracker.read(item.key)).attachments == ()
        else:
            await self._holds(tracker, item.key, written.id, b"content")

    async def test_one_name_can_be_there_twice(self, tracker: Tracker, sample: Sample, tmp_path: Path) -> None:
        item = await self._holding_files(tracker, sample)
        contents = [b"first", b"second", b"second"]
        ids = [(await self._attach(tracker, item.key, tmp_path, "log.txt", c)).id for c in contents]
        assert len(set(ids)) == 3
        for attachment_id, content in zip(ids, contents, strict=True):
            assert (await self._holds(tracker, item.key, attachment_id, content)).name == "log.txt"

    async def test_an_attachment_is_deleted_and_only_that(
        self, tracker: Tracker, sample: Sample, tmp_path: Path
    ) -> None:
        item = await self._holding_files(tracker, sample)
        needs(tracker.capabilities.attachment_delete, "deleting of attachments")
        one = await self._attach(tracker, item.key, tmp_path, "log.txt", b"first")
        two = await self._attach(tracker, item.key, tmp_path, "log.txt", b"second")
        await tracker.delete_attachment(item.key, one.id)
        assert [a.id for a in (await tracker.read(item.key)).attachments] == [two.id]
        await self._holds(tracker, item.key, two.id, b"second")

    async def test_an_attachment_can_be_deleted_twice(self, tracker: Tracker, sample: Sample, tmp_path: Path) -> None:
        item = await self._holding_files(tracker, sample)
        needs(tracker.capabilities.attachment_delete, "deleting of attachments")
        written = await self._attach(tracker, item.key, tmp_path, "log.txt", b"first")
        for _ in range(2):
            await tracker.delete_attachment(item.key, written.id)
        assert (await tracker.read(item.key)).attachments == ()

    async def test_an_unknown_attachment_is_gone(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._holding_files(tracker, sample)
        for attachment_id in ("999999", "../../etc/passwd", ""):
            with pytest.raises(ItemGone):
                await self._bytes(tracker, item.key, attachment_id)

    async def test_what_a_person_attached_is_read(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        item = await self._holding_files(tracker, sample)
        await person.attach(item.key, "photo ü.png", b"\x89PNG\r\n")
        (found,) = (await tracker.read(item.key)).attachments
        assert (found.name, found.marker) == ("photo ü.png", None)
        await self._holds(tracker, item.key, found.id, b"\x89PNG\r\n")

    async def test_a_file_of_a_person_changes_the_version(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        item = await self._holding_files(tracker, sample)
        await person.attach(item.key, "a.txt", b"a")
        assert_versions_differ(tracker, item.version, (await tracker.read(item.key)).version)

    async def test_attaching_tells_the_version_that_is_read_next(
        self, tracker: Tracker, sample: Sample, tmp_path: Path
    ) -> None:
        item = await self._holding_files(tracker, sample)
        written = await self._attach(tracker, item.key, tmp_path, "a.txt", b"a")
        await assert_version_told(tracker, item.key, written)
        if tracker.capabilities.attachment_delete:
            written = await tracker.delete_attachment(item.key, written.id)
            await assert_version_told(tracker, item.key, written)

    async def test_an_unknown_item_takes_no_attachment(self, tracker: Tracker, sample: Sample, tmp_path: Path) -> None:
        needs(tracker.capabilities.attachments, "attachments")
        with pytest.raises(ItemGone):
            await self._attach(tracker, sample.unknown_key, tmp_path, "a.txt", b"a")
