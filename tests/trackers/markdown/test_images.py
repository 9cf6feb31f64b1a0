"""Images cross with their texts, and are shown on the other side from that side's copy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.model import Item, Replica
from accord.ports import RuleContext
from tests.pair import Pair, PlainRules, pair
from tests.trackers.markdown.person import FolderPerson
from tests.trackers.markdown.test_two_folders import items, use_folder


class WithoutFiles(PlainRules):
    """Keeps files called secret at home."""

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        replica = await super().outgoing(item, context)
        files = tuple(one for one in replica.attachments if "secret" not in one.name)
        return replica.model_copy(update={"attachments": files})


@pytest.fixture
async def folders(tmp_path: Path) -> AsyncIterator[Pair]:
    async with pair(tmp_path / "blobs") as both:
        for side in both.sides:
            use_folder(side, tmp_path / side.tracker.name)
        yield both


@pytest.fixture
async def mixed(tmp_path: Path) -> AsyncIterator[Pair]:
    """A folder, and a tracker in memory, where texts name attachments by their names."""
    async with pair(tmp_path / "blobs") as both:
        use_folder(both.blue, tmp_path / "blue")
        yield both


def texts(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.md")}


async def test_an_image_is_shown_from_the_copy_whatever_that_is_called(folders: Pair, tmp_path: Path) -> None:
    person, there = FolderPerson(tmp_path / "blue"), FolderPerson(tmp_path / "red")
    key = await person.create("Broken")
    await person.attach(key, "a shot.png", b"one")
    await person.edit(key, "description", f"See ![it]({key}/files/a%20shot.png).")
    comment = await person.comment(key, "![](<../files/a shot.png>)")
    own = texts(tmp_path / "blue")
    await folders.settle(seconds=600)
    assert "See ![it](RED-1/files/a%20shot.png)." in there.file("RED-1").read_text()
    assert "![](../files/a%20shot.png)" in next((tmp_path / "red/RED-1/comments").iterdir()).read_text()
    assert texts(tmp_path / "blue") == own
    await there.attach("RED-1", "two.png", b"two")
    await there.edit("RED-1", "description", "See ![it](RED-1/files/a%20shot.png) and ![](files/two.png).")
    await folders.settle(seconds=600)
    assert f"See ![it]({key}/files/a%20shot.png) and ![]({key}/files/two.png)." in person.file(key).read_text()
    assert (tmp_path / "blue" / key / "comments" / f"{comment}.md").read_bytes() == own[f"{key}/comments/{comment}.md"]


async def test_an_image_under_a_name_that_is_taken_there_is_found_all_the_same(folders: Pair, tmp_path: Path) -> None:
    person, there = FolderPerson(tmp_path / "blue"), FolderPerson(tmp_path / "red")
    folders.red.rules = folders.blue.rules = WithoutFiles()
    key = await person.create("Broken")
    await folders.settle(seconds=600)
    await there.attach("RED-1", "Shot.png", b"another, in capitals")
    await person.attach(key, "shot.png", b"one")
    await person.edit(key, "description", f"![]({key}/files/shot.png)")
    await folders.settle(seconds=600)
    (mine,), (copy,) = [await items(side) for side in folders.sides]
    assert sorted(one.name for one in mine.attachments) == sorted(one.name for one in copy.attachments)
    shown = there.file("RED-1").read_text()
    (path,) = [path for path in (tmp_path / "red/RED-1/files").iterdir() if path.read_bytes() == b"one"]
    assert f"![](RED-1/files/{path.name})" in shown
    assert path.name != "shot.png"


async def test_an_image_that_stays_at_home_is_kept_as_it_is(folders: Pair, tmp_path: Path) -> None:
    person, there = FolderPerson(tmp_path / "blue"), FolderPerson(tmp_path / "red")
    folders.blue.rules = WithoutFiles()
    key = await person.create("Broken")
    await person.attach(key, "secret.png", b"one")
    await person.edit(key, "description", f"![]({key}/files/secret.png)\n\nOld")
    await folders.settle(seconds=600)
    assert "![](secret.png)\n" in there.file("RED-1").read_text()
    assert not (tmp_path / "red/RED-1/files").exists()
    await there.edit("RED-1", "description", "![](secret.png)\n\nNew")
    await folders.settle(seconds=600)
    assert f"![]({key}/files/secret.png)\n\nNew\n" in person.file(key).read_text()


async def test_an_image_of_a_tracker_that_names_it_by_name(mixed: Pair, tmp_path: Path) -> None:
    person, red = FolderPerson(tmp_path / "blue"), mixed.red.tracker
    key = red.person_creates(summary="Shots", description="Before\n\n![](a%3Fb.png)")
    red.person_attaches(key, "a?b.png", b"one")
    red.person_comments(key, "And ![](a%3Fb.png)")
    await mixed.settle(seconds=600)
    assert "![](BLUE-1/files/a_b.png)" in person.file("BLUE-1").read_text()
    assert "And ![](../files/a_b.png)" in next((tmp_path / "blue/BLUE-1/comments").iterdir()).read_text()
    await person.attach("BLUE-1", "c d.png", b"two")
    front, body = person.load(file := person.file("BLUE-1"))
    person.save(file, front, body.replace("Before", "![](files/c%20d.png)"))
    await mixed.settle(seconds=600)
    assert mixed.red.only.description == "![](c%20d.png)\n\n![](a%3Fb.png)"
    before = texts(tmp_path / "blue")
    red.person_edits(key, status="closed")
    await mixed.settle(seconds=600)
    assert texts(tmp_path / "blue").keys() == before.keys()
    assert person.load(file)[1] == body.replace("Before", "![](files/c%20d.png)")


async def test_an_image_that_is_saved_anew_is_shown_anew(mixed: Pair, tmp_path: Path) -> None:
    person, red = FolderPerson(tmp_path / "blue"), mixed.red.tracker
    key = red.person_creates(summary="Shots", description="![](shot.png)")
    old = red.person_attaches(key, "shot.png", b"one")
    await mixed.settle(seconds=600)
    assert "![](BLUE-1/files/shot.png)" in person.file("BLUE-1").read_text()
    red.person_attaches(key, "shot.png", b"two")
    await mixed.settle(seconds=600)
    red.person_deletes_attachment(key, old)
    await mixed.settle(seconds=600)
    (path,) = (tmp_path / "blue/BLUE-1/files").iterdir()
    assert path.read_bytes() == b"two"
    assert f"![](BLUE-1/files/{path.name})" in person.file("BLUE-1").read_text()
    assert mixed.red.only.description == "![](shot.png)"
