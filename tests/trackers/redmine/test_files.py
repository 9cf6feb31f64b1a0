"""Attachments."""

from __future__ import annotations

import asyncio
import hashlib
import os
import sys
from pathlib import Path

import pytest

from accord.errors import ItemGone, WriteRefused
from accord.model import Attachment
from accord.testing.redmine import RedminePerson, RedmineServer
from accord.trackers.redmine import RedmineTracker
from accord.trackers.redmine.filenames import kept_name, original_name

MEGABYTES = 100
# In a process of its own, whose peak of memory then tells of nothing else. Prints the hash and the growth in kB. (The
# peak that getrusage tells would begin with that of the process that started it.)
LARGE = """
import asyncio, hashlib, re, sys
from pathlib import Path
from accord.model import Attachment
from accord.trackers.redmine import RedmineSettings, RedmineTracker

def memory(what):
    return int(re.search(rf"{what}:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])

async def main(url, key, issue, path):
    tracker = RedmineTracker("redmine", RedmineSettings(url=url, api_key=key))
    await tracker.read(issue)
    Path("/proc/self/clear_refs").write_text("5")
    before = memory("VmRSS")
    written = await tracker.add_attachment(issue, Attachment(name="large.bin"), Path(path), "m")
    digest = hashlib.sha256()
    async for chunk in tracker.download(issue, written.id):
        digest.update(chunk)
    await tracker.close()
    print(digest.hexdigest(), memory("VmHWM") - before)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_bytes_names_and_types_survive(tracker: RedmineTracker, alice: RedminePerson, file: Path) -> None:
    key = await alice.create("Files")
    attachment = Attachment(name='a "b" ü?.bin', media_type="application/x-thing")
    written = await tracker.add_attachment(key, attachment, file, "m")
    (read,) = (await tracker.read(key)).attachments
    assert (read.id, read.name, read.media_type) == (written.id, attachment.name, "application/x-thing")
    assert read.size == len(file.read_bytes())
    assert await alice.download(read.id) == file.read_bytes()
    (shown,) = (await alice.get(key))["attachments"]
    assert (shown["filename"], shown["description"]) == ("a _b_ ü_.bin", attachment.name)


def test_a_description_of_a_person_is_no_name() -> None:
    assert original_name("a_b.txt", "a?b.txt") == "a?b.txt"
    assert original_name("a_b.txt", "The log of Monday") == "a_b.txt"
    assert original_name("a_b.txt", "") == "a_b.txt"
    assert kept_name("../x/y\\z?.txt") == "z_.txt"


async def test_deleting_leaves_those_of_other_issues_alone(tracker: RedmineTracker, alice: RedminePerson) -> None:
    key, other = await alice.create("One"), await alice.create("Other")
    mine, theirs = await alice.attach(key, "a.txt", b"a"), await alice.attach(other, "b.txt", b"b")
    await tracker.delete_attachment(key, theirs)
    await tracker.delete_attachment(key, mine)
    assert (await tracker.read(key)).attachments == ()
    assert [one.id for one in (await tracker.read(other)).attachments] == [theirs]


async def test_an_empty_file_is_kept(tracker: RedmineTracker, alice: RedminePerson, tmp_path: Path) -> None:
    key = await alice.create("Empty")
    (tmp_path / "empty").touch()
    written = await tracker.add_attachment(key, Attachment(name="nil.txt"), tmp_path / "empty", "m")
    assert [(one.name, one.size) for one in (await tracker.read(key)).attachments] == [("nil.txt", 0)]
    assert [chunk async for chunk in tracker.download(key, written.id)] == []


@pytest.mark.parametrize("name", ["", "..", "a\0b", "folder/"])
async def test_a_name_that_is_none_is_told_about(
    tracker: RedmineTracker, alice: RedminePerson, file: Path, name: str
) -> None:
    key = await alice.create("Nameless")
    with pytest.raises(WriteRefused, match="no file under the name") as refused:
        await tracker.add_attachment(key, Attachment(name=name), file, "m")
    assert (refused.value.item, refused.value.field) == (key, "attachments")


@pytest.mark.parametrize("id_", ["424242", "../../users/1", ""])
async def test_a_file_that_is_not_there(tracker: RedmineTracker, alice: RedminePerson, id_: str) -> None:
    key = await alice.create("Gone")
    with pytest.raises(ItemGone):
        [chunk async for chunk in tracker.download(key, id_)]


async def test_a_hundred_megabytes_pass_through_little_memory(
    redmine_server: RedmineServer, alice: RedminePerson, tmp_path: Path
) -> None:
    key, large, wanted = await alice.create("Large"), tmp_path / "large", hashlib.sha256()
    with large.open("wb") as stream:
        for _ in range(MEGABYTES):
            block = os.urandom(2**20)
            wanted.update(block)
            stream.write(block)
    arguments = (redmine_server.url, redmine_server.key("syncbot"), key, str(large))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LARGE, *arguments, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    sha256, grown = said.decode().split()
    assert sha256 == wanted.hexdigest()
    assert int(grown) < 64 * 1024
