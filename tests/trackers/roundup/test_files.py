"""Attachments."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from accord.errors import ItemGone, WriteRefused
from accord.model import Attachment
from accord.testing.roundup import RoundupPerson, RoundupServer
from accord.trackers.roundup import RoundupTracker


async def test_bytes_and_names_survive(tracker: RoundupTracker, alice: RoundupPerson, file: Path) -> None:
    key = await alice.create("Files", "...")
    attachment = Attachment(name='a "b" ü/../c.bin', media_type="application/x-thing")
    written = await tracker.add_attachment(key, attachment, file, "m")
    (read,) = (await tracker.read(key)).attachments
    assert (read.id, read.name, read.media_type) == (written.id, attachment.name, "application/x-thing")
    assert b"".join([chunk async for chunk in tracker.download(key, read.id)]) == file.read_bytes()
    assert await alice.download(read.id) == file.read_bytes()


async def test_what_people_attach_is_read(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Files", "...")
    id_ = await alice.attach(key, "notes.txt", b"hello\r\n", "text/plain")
    (read,) = (await tracker.read(key)).attachments
    assert (read.id, read.name, read.media_type, read.sha256) == (id_, "notes.txt", "text/plain", None)
    assert read.author is not None
    assert read.author.username == "alice"


async def test_an_upload_that_was_not_put_on_an_issue_is_used_again(
    tracker: RoundupTracker, alice: RoundupPerson, roundup_server: RoundupServer, file: Path
) -> None:
    key = await alice.create("Once", "...")
    syncbot = roundup_server.user("syncbot")
    orphan = await syncbot.attach(key, "once.bin", file.read_bytes())
    await syncbot.detach(key, orphan)
    await syncbot.detach(key, await syncbot.attach(key, "once.bin", b"other bytes"))
    written = await tracker.add_attachment(key, Attachment(name="once.bin"), file, "m")
    assert written.id == orphan
    # It is taken now: the same bytes under the same name are another attachment.
    assert (await tracker.add_attachment(key, Attachment(name="once.bin"), file, "m2")).id != orphan
    assert len((await tracker.read(key)).attachments) == 2


async def test_deleting(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Delete", "...")
    kept, id_ = await alice.attach(key, "a.txt", b"a"), await alice.attach(key, "b.txt", b"b")
    for _ in range(2):
        await tracker.delete_attachment(key, id_)
    assert [one.id for one in (await tracker.read(key)).attachments] == [kept]


async def test_an_empty_file_is_told_about(tracker: RoundupTracker, alice: RoundupPerson, tmp_path: Path) -> None:
    key = await alice.create("Empty", "...")
    empty = tmp_path / "empty"
    empty.touch()
    with pytest.raises(WriteRefused, match=r"no empty file: nil\.txt"):
        await tracker.add_attachment(key, Attachment(name="nil.txt"), empty, "m")


@pytest.mark.parametrize("id_", ["424242", "../../user/1", ""])
async def test_a_file_that_is_not_there(tracker: RoundupTracker, alice: RoundupPerson, id_: str) -> None:
    key = await alice.create("Gone", "...")
    with pytest.raises(ItemGone):
        [chunk async for chunk in tracker.download(key, id_)]


async def test_large_files_stream(tracker: RoundupTracker, alice: RoundupPerson, tmp_path: Path) -> None:
    key = await alice.create("Large", "...")
    large = tmp_path / "large"
    large.write_bytes(bytes(range(256)) * 40_000)
    id_ = (await tracker.add_attachment(key, Attachment(name="large"), large, "m")).id
    digest = hashlib.sha256()
    async for chunk in tracker.download(key, id_):
        assert len(chunk) <= 256 * 1024
        digest.update(chunk)
    assert digest.hexdigest() == hashlib.sha256(large.read_bytes()).hexdigest()
