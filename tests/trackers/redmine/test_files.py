"""Attachments."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.errors import ItemGone, WriteRefused
from accord.model import Attachment
from accord.testing.redmine import RedminePerson
from accord.trackers.redmine import RedmineTracker
from accord.trackers.redmine.filenames import kept_name, original_name


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
