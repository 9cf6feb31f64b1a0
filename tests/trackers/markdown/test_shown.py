"""Images and links in texts lead to attachments: by paths in the folder, by names on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.model import Attachment, Comment, Item, Patch
from accord.trackers.markdown import MarkdownTracker
from accord.trackers.markdown.shown import Shown
from tests.trackers.markdown.person import FolderPerson

NAMES = {"shot.png": "shot.png", "a b.png": "a b.png", "q_.png": "q?.png", "shot-2.png": "shot.png"}
ITEM = Shown("sub/PAY-1-x.md", "sub/PAY-1", NAMES)
COMMENT = Shown("sub/PAY-1/comments/0001-a.md", "sub/PAY-1", NAMES)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    path = tmp_path / "image"
    path.write_bytes(b"image")
    return path


@pytest.mark.parametrize(
    ("shown", "text", "said"),
    [
        (ITEM, "![](PAY-1/files/shot.png)", "![](shot.png)"),
        (ITEM, '![x](files/shot.png "title")', '![x](shot.png "title")'),
        (ITEM, "see [it](./PAY-1/files/a%20b.png)", "see [it](a%20b.png)"),
        (ITEM, "![](<PAY-1/files/a b.png>)", "![](a%20b.png)"),
        (ITEM, "![](PAY-1/files/q_.png)", "![](q%3F.png)"),
        (ITEM, "![](PAY-1/files/not-yet.png)", "![](not-yet.png)"),
        (COMMENT, "![](../files/shot.png)", "![](shot.png)"),
        (COMMENT, "![](files/shot.png)", "![](shot.png)"),
        (ITEM, "`![](PAY-1/files/shot.png)`", "`![](PAY-1/files/shot.png)`"),
        (ITEM, "![](PAY-2/files/shot.png)", "![](PAY-2/files/shot.png)"),
        (ITEM, "![](../../files/shot.png)", "![](../../files/shot.png)"),
        (ITEM, "![](https://a.b/files/shot.png)", "![](https://a.b/files/shot.png)"),
        (ITEM, "![](PAY-1/files/not-yet.png?raw=1)", "![](PAY-1/files/not-yet.png?raw=1)"),
    ],
)
def test_a_path_becomes_the_name_of_the_attachment(shown: Shown, text: str, said: str) -> None:
    assert shown.read(text) == said


@pytest.mark.parametrize(
    ("shown", "said", "text"),
    [
        (ITEM, "![](a%20b.png)", "![](PAY-1/files/a%20b.png)"),
        (ITEM, "![](q%3F.png)", "![](PAY-1/files/q_.png)"),
        (ITEM, "![](shot.png)", "![](PAY-1/files/shot-2.png)"),
        (COMMENT, "![](a%20b.png)", "![](../files/a%20b.png)"),
        (COMMENT, "![](elsewhere.png)", "![](elsewhere.png)"),
    ],
)
def test_a_name_becomes_a_path_that_leads_to_the_newest_file_of_that_name(shown: Shown, said: str, text: str) -> None:
    assert shown.write(said) == text
    assert shown.read(text) == said


def test_lines_that_nobody_edited_stay_letter_by_letter() -> None:
    now = "![](files/shot.png)\n\nOld\n\n![](<PAY-1/files/a b.png>)"
    assert ITEM.write("![](shot.png)\n\nOld\n\n![](a%20b.png)", now) == now
    assert ITEM.write("![](shot.png)\n\nNew\n\n![](a%20b.png)", now) == now.replace("Old", "New")


async def test_what_sync_writes_before_the_file_comes_shows_it_when_it_is_there(
    tracker: MarkdownTracker, folder: Path, image: Path
) -> None:
    draft = Patch(values={"summary": "Shots", "description": "See ![](a%3Fb.png) and ![](none.png)"}).apply(Item())
    key = (await tracker.create(draft, "m-1")).id
    comment = await tracker.add_comment(key, Comment(body="Here: ![](a%3Fb.png)"), "m-2")
    before = await tracker.read(key)
    written = await tracker.add_attachment(key, Attachment(name="a?b.png"), image, "m-3")
    item = await tracker.read(key)
    assert written.version == item.version
    assert (item.description, item.comments) == (before.description, before.comments)
    text = (folder / f"{key}-shots.md").read_text()
    assert text.endswith(f"See ![]({key}/files/a_b.png) and ![](none.png)\n")
    assert (folder / key / "comments" / f"{comment.id}.md").read_text().endswith("Here: ![](../files/a_b.png)\n")


async def test_what_a_person_wrote_is_left_alone_when_a_file_comes(
    tracker: MarkdownTracker, folder: Path, person: FolderPerson, image: Path
) -> None:
    key = await person.create("By hand")
    await person.edit(key, "description", "![](shot.png)")
    await person.comment(key, "![](shot.png)")
    before = {path: path.read_bytes() for path in folder.rglob("*.md")}
    await tracker.read(key)
    await tracker.add_attachment(key, Attachment(name="shot.png"), image, "m")
    assert {path: path.read_bytes() for path in folder.rglob("*.md")} == before
    assert (await tracker.read(key)).description == "![](shot.png)"


async def test_a_file_that_takes_the_place_of_another_is_shown_instead(
    tracker: MarkdownTracker, folder: Path, person: FolderPerson, image: Path, tmp_path: Path
) -> None:
    key = await person.create("By hand")
    await person.attach(key, "shot.png", b"old")
    await person.edit(key, "description", f"![]({key}/files/shot.png)")
    old = (await tracker.read(key)).attachments[0].id
    await tracker.add_attachment(key, Attachment(name="shot.png"), image, "m")
    assert f"![]({key}/files/shot.png)" in person.file(key).read_text()
    written = await tracker.delete_attachment(key, old)
    assert f"![]({key}/files/shot-2.png)" in person.file(key).read_text()
    item = await tracker.read(key)
    assert (item.description, item.version) == ("![](shot.png)", written.version)
