"""Files: RT keeps them with messages."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.errors import ItemGone, WriteRefused
from accord.model import Attachment
from accord.testing.rt import RTPerson
from accord.trackers.rt import RTTracker
from accord.trackers.rt.files import decoded, kept_name


async def _bytes(tracker: RTTracker, key: str, file: str) -> bytes:
    return b"".join([chunk async for chunk in tracker.download(key, file)])


async def _pieces(text: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(text), size):
        yield text[start : start + size]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 100_000])
@pytest.mark.parametrize("content", [b"", b"\0", b"ab", b"abc" * 1000, bytes(range(256)) * 50])
async def test_content_is_taken_out_of_json_however_it_comes(content: bytes, size: int) -> None:
    headers = 'Subject: "Content" : "no"\n'
    told = {"Headers": headers, "Content": base64.encodebytes(content).decode(), "id": 5}
    for text in (json.dumps(told), json.dumps(told, indent=3, separators=(",", " : "))):
        assert b"".join([chunk async for chunk in decoded(_pieces(text.encode(), size))]) == content
    empty = json.dumps({"Headers": headers, "Content": None}).encode()
    assert [chunk async for chunk in decoded(_pieces(empty, size))] == []


async def test_a_text_is_not_recoded(tracker: RTTracker, alice: RTPerson, file: Path) -> None:
    """What is called text RT takes for text, and makes UTF-8 of it."""
    key = await alice.create("With a text")
    file.write_bytes("Größe\r\n".encode("latin-1"))
    attachment = Attachment(name="größe.txt", media_type="text/plain")
    written = await tracker.add_attachment(key, attachment, file, "m1")
    assert await _bytes(tracker, key, written.id) == "Größe\r\n".encode("latin-1")


async def test_a_media_type_is_kept(tracker: RTTracker, alice: RTPerson, file: Path) -> None:
    key = await alice.create("With a picture")
    written = await tracker.add_attachment(key, Attachment(name="a.png", media_type="image/png"), file, "m2")
    (found,) = (await tracker.read(key)).attachments
    assert (found.id, found.media_type, found.size) == (written.id, "image/png", file.stat().st_size)
    assert found.author is not None
    assert found.author.username == "syncbot"


async def test_a_file_is_no_comment_and_one_that_came_with_words_is_both(
    tracker: RTTracker, alice: RTPerson, file: Path
) -> None:
    key = await alice.create("With files")
    await tracker.add_attachment(key, Attachment(name="ours.bin"), file, "m3")
    content = base64.b64encode(b"theirs").decode()
    said = {"FileName": "theirs.txt", "FileType": "text/plain", "FileContent": content}
    comment = await alice.comment(key, "See the file", Attachments=[said])
    item = await tracker.read(key)
    assert [(one.id, one.body) for one in item.comments] == [(comment, "See the file")]
    assert [one.name for one in item.attachments] == ["ours.bin", "theirs.txt"]
    assert await _bytes(tracker, key, item.attachments[1].id) == b"theirs"


async def test_a_file_that_rt_cuts_off_is_refused(tracker: RTTracker, alice: RTPerson, tmp_path: Path) -> None:
    """The tests' RT keeps ten million bytes."""
    key = await alice.create("With too much")
    large = tmp_path / "large"
    large.write_bytes(b"\0" * 11_000_000)
    with pytest.raises(WriteRefused, match="MaxAttachmentSize") as refused:
        await tracker.add_attachment(key, Attachment(name="large.bin"), large, "m4")
    assert (refused.value.field, refused.value.item) == ("attachments", key)


async def test_a_file_of_a_ticket_out_of_sight_is_gone(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Hidden", Queue="Hidden")
    await alice.attach(key, "secret.txt", b"secret")
    part = next(one for one in await alice.attachments(key) if one["Filename"])
    with pytest.raises(ItemGone):
        await _bytes(tracker, key, str(part["id"]))


def test_names_that_rt_would_change_are_refused() -> None:
    assert kept_name("../../a.txt") == "a.txt"
    for name in ("", "..", "a/", "line\nbreak", "a\0b", "x" * 256):
        with pytest.raises(WriteRefused, match="keeps no file under the name"):
            kept_name(name)
