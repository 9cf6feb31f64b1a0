"""Files under names that do no harm."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.errors import ItemBroken, ItemGone
from accord.model import Attachment
from accord.trackers.markdown import MarkdownTracker
from accord.trackers.markdown.attachments import numbered, safe_name
from tests.trackers.markdown.person import FolderPerson


@pytest.fixture
async def key(person: FolderPerson) -> str:
    return await person.create("With files")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.write_bytes(b"content")
    return path


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("ä ö.txt", "ä ö.txt"),
        ("../../etc/passwd", "_.._.._etc_passwd"),
        ("..", "_"),
        ("", "_"),
        (".hidden", "_.hidden"),
        ("-rf", "_-rf"),
        ("a\0b\nc", "a_b_c"),
        ("CON.txt", "_CON.txt"),
        ("dots...", "dots"),
        ("x" * 300 + ".gz", "x" * 177 + ".gz"),
        ("x." + "y" * 300, "x." + "y" * 178),
    ],
)
def test_a_safe_name(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.text(max_size=300))
def test_every_safe_name_can_be_a_file(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 181
    assert safe[0] not in ".-"
    assert not {"/", "\\", "\0", "\n"} & set(safe)


def test_a_taken_name_is_numbered() -> None:
    assert numbered("a.txt", {"a.txt", "a-2.txt"}) == "a-3.txt"
    assert numbered("LOG", {"log"}) == "LOG-2"


async def test_a_name_that_had_to_change_is_remembered(
    tracker: MarkdownTracker, folder: Path, key: str, content: Path
) -> None:
    made = await tracker.add_attachment(key, Attachment(name="../a.txt", media_type="text/x-log"), content, "mark")
    (found,) = (await tracker.read(key)).attachments
    assert (found.id, found.name, found.media_type) == (made.id, "../a.txt", "text/x-log")
    assert (folder / key / "files" / "_.._a.txt").read_bytes() == b"content"
    known = '{accord: mark, sha256: ed7002b439e9ac84, name: "../a.txt", type: text/x-log}'
    assert (folder / key / "files.yaml").read_text() == f"_.._a.txt: {known}\n"


async def test_a_try_that_broke_off_is_taken_up(
    tracker: MarkdownTracker, folder: Path, key: str, content: Path
) -> None:
    first = await tracker.add_attachment(key, Attachment(name="a.txt"), content, "mark")
    again = await tracker.add_attachment(key, Attachment(name="a.txt"), content, "mark")
    (folder / key / "files" / "a.txt").unlink()
    third = await tracker.add_attachment(key, Attachment(name="a.txt"), content, "mark")
    assert first.id == again.id == third.id
    assert [a.id for a in (await tracker.read(key)).attachments] == [first.id]


async def test_a_file_of_a_person_is_not_overwritten(
    tracker: MarkdownTracker, folder: Path, key: str, content: Path, person: FolderPerson
) -> None:
    await person.attach(key, "A.txt", b"by hand")
    await tracker.add_attachment(key, Attachment(name="a.txt"), content, "mark")
    files = {path.name: path.read_bytes() for path in (folder / key / "files").iterdir()}
    assert files == {"A.txt": b"by hand", "a-2.txt": b"content"}


async def test_a_file_saved_with_other_content_is_another_attachment(
    tracker: MarkdownTracker, key: str, content: Path, person: FolderPerson
) -> None:
    made = await tracker.add_attachment(key, Attachment(name="a.txt"), content, "mark")
    await person.attach(key, "a.txt", b"by hand")
    (found,) = (await tracker.read(key)).attachments
    assert found.id != made.id
    assert (found.name, found.marker, found.size) == ("a.txt", None, len(b"by hand"))
    await tracker.delete_attachment(key, made.id)
    assert (await tracker.read(key)).attachments == (found,)
    with pytest.raises(ItemGone):
        [chunk async for chunk in tracker.download(key, made.id)]


async def test_deleting_leaves_nothing_behind(tracker: MarkdownTracker, folder: Path, key: str, content: Path) -> None:
    made = [await tracker.add_attachment(key, Attachment(name="a.txt"), content, f"m{n}") for n in range(2)]
    await tracker.delete_attachment(key, made[0].id)
    left = "a-2.txt: {accord: m1, sha256: ed7002b439e9ac84, name: a.txt}\n"
    assert (folder / key / "files.yaml").read_text() == left
    assert [path.name for path in (folder / key / "files").iterdir()] == ["a-2.txt"]


async def test_a_broken_list_of_files_is_named(tracker: MarkdownTracker, folder: Path, key: str) -> None:
    (folder / key).mkdir()
    (folder / key / "files.yaml").write_text("a.txt: [\n")
    with pytest.raises(ItemBroken) as broken:
        await tracker.read(key)
    assert broken.value.file == f"{key}/files.yaml"


async def test_what_lies_in_two_folders_is_an_error_that_names_both(
    tracker: MarkdownTracker, folder: Path, key: str
) -> None:
    for at in (key, f"old/{key}"):
        (folder / at / "files").mkdir(parents=True)
        (folder / at / "files" / "a.txt").write_text("a")
    await tracker.changes(None)
    with pytest.raises(ItemBroken, match=f"{key} and old/{key}"):
        await tracker.read(key)
