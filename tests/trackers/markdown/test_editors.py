"""People save in their own ways, and at any moment."""

from __future__ import annotations

import asyncio
import os
import random
import subprocess
import threading
from pathlib import Path

import pytest

from accord.errors import ItemGone, Unreachable, VersionMismatch
from accord.model import Comment, Patch
from accord.trackers.markdown import MarkdownTracker, swap
from tests.trackers.markdown.conftest import connect
from tests.trackers.markdown.person import FolderPerson

PAGE = "---\nkey: PAY-1\nsummary: x\nstatus: open\n---\nText\n"


@pytest.fixture
def path(folder: Path) -> Path:
    path = folder / "PAY-1.md"
    path.write_text(PAGE)
    return path


async def test_saving_by_rename_is_an_edit(tracker: MarkdownTracker, path: Path, person: FolderPerson) -> None:
    cursor = (await tracker.changes(None)).cursor
    person.save_by_rename(path, PAGE.replace("open", "closed"))
    (hint,) = (await tracker.changes(cursor)).hints
    assert not hint.gone
    assert (await tracker.read("PAY-1")).status == "closed"


async def test_a_file_that_is_away_for_a_moment_is_not_gone(folder: Path, path: Path) -> None:
    tracker = connect(folder, grace=5.0)
    cursor = (await tracker.changes(None)).cursor
    backup = path.with_name("PAY-1.md~")
    path.rename(backup)
    changes = await tracker.changes(cursor)
    assert changes.hints == ()
    reading = asyncio.create_task(tracker.read("PAY-1"))
    backup.rename(path)
    assert (await reading).summary == "x"
    assert (await tracker.changes(changes.cursor)).hints == ()


async def test_a_file_that_is_away_while_git_works_is_out_of_reach(folder: Path, path: Path) -> None:
    (folder / ".git").mkdir()
    tracker = connect(folder, grace=0.0)
    await tracker.changes(None)
    (folder / ".git" / "index.lock").touch()
    path.unlink()
    with pytest.raises(Unreachable):
        await tracker.read("PAY-1")


async def test_a_file_that_stays_away_is_gone(tracker: MarkdownTracker, path: Path) -> None:
    cursor = (await tracker.changes(None)).cursor
    path.unlink()
    with pytest.raises(ItemGone):  # reading waits for as long as it may come back
        await tracker.read("PAY-1")
    assert [hint.gone for hint in (await tracker.changes(cursor)).hints] == [True]
    path.write_text(PAGE)
    assert [hint.gone for hint in (await tracker.changes(cursor)).hints] == [False]


async def test_nothing_is_gone_while_git_works(folder: Path, path: Path) -> None:
    (folder / ".git").mkdir()
    tracker = connect(folder, grace=0.0)
    cursor = (await tracker.changes(None)).cursor
    (folder / ".git" / "index.lock").touch()
    path.unlink()
    assert (await tracker.changes(cursor)).hints == ()
    (folder / ".git" / "index.lock").unlink()
    assert [hint.gone for hint in (await tracker.changes(cursor)).hints] == [True]


async def test_a_file_is_read_when_its_writer_has_finished(folder: Path, path: Path) -> None:
    tracker = connect(folder, settle=0.1)
    await tracker.read("PAY-1")
    with path.open("w") as stream:
        reading = asyncio.create_task(tracker.read("PAY-1"))
        for line in PAGE.replace("Text", "New text").splitlines(keepends=True):
            stream.write(line)
            stream.flush()
            await asyncio.sleep(0.02)
    assert (await reading).description == "New text"


async def test_switching_branches_is_an_edit(tracker: MarkdownTracker, folder: Path, path: Path) -> None:
    def git(*arguments: str) -> None:
        names = ("-c", "user.name=a", "-c", "user.email=a@example.net", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *names, *arguments], cwd=folder, check=True, capture_output=True, env=os.environ)

    git("init", "-b", "main")
    git("add", ".")
    git("commit", "-m", "one")
    git("checkout", "-b", "other")
    path.write_text(PAGE.replace("open", "closed"))
    (folder / "PAY-2.md").write_text("---\nsummary: only here\n---\n")
    git("add", ".")
    git("commit", "-m", "two")
    there = await tracker.read("PAY-1")
    cursor = (await tracker.changes(None)).cursor
    git("checkout", "main")
    with pytest.raises(ItemGone):
        await tracker.read("PAY-2")
    hints = {hint.key: hint.gone for hint in (await tracker.changes(cursor)).hints}
    assert hints == {"PAY-1": False, "PAY-2": True}
    git("checkout", "other")
    assert (await tracker.read("PAY-1")).version == there.version


async def test_renaming_and_moving_keep_the_item(tracker: MarkdownTracker, folder: Path, path: Path) -> None:
    await tracker.add_comment("PAY-1", Comment(body="Hello"), "mark")
    item = await tracker.read("PAY-1")
    cursor = (await tracker.changes(None)).cursor
    (folder / "sprint 1").mkdir()
    path.rename(folder / "sprint 1" / "login.md")
    changes = await tracker.changes(cursor)
    assert (await tracker.read("PAY-1")) == item
    (folder / "PAY-1").rename(folder / "sprint 1" / "PAY-1")
    assert (await tracker.read("PAY-1")) == item
    assert changes.hints == (await tracker.changes(changes.cursor)).hints == ()


async def test_a_write_that_is_not_seen_by_time_and_size_is_noticed(tracker: MarkdownTracker, path: Path) -> None:
    cursor = (await tracker.changes(None)).cursor
    before = path.stat()
    with path.open("r+") as stream:
        stream.write(PAGE.replace("open", "shut"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert [hint.key for hint in (await tracker.changes(cursor)).hints] == ["PAY-1"]


async def test_no_edit_of_a_racing_writer_is_lost(tracker: MarkdownTracker, path: Path) -> None:
    stop, appended, pauses = threading.Event(), [], random.Random(1)

    def append() -> None:
        while not stop.is_set():
            line = f"line {len(appended)}"
            with path.open("a") as stream:
                stream.write(f"{line}\n")
            appended.append(line)
            stop.wait(pauses.uniform(0.0, 0.03))

    async def update(number: int) -> None:
        while True:
            try:
                version = (await tracker.read("PAY-1")).version
                await tracker.update("PAY-1", Patch(values={"status": f"s{number}"}), version)
                return
            except VersionMismatch:
                continue

    writer, number = threading.Thread(target=append), 0
    writer.start()
    try:
        async with asyncio.timeout(60):
            while number < 20 or len(appended) < 40:
                number += 1
                await update(number)
    finally:
        stop.set()
        writer.join()
    item = await tracker.read("PAY-1")
    assert item.status == f"s{number}"
    assert item.description == "\n".join(["Text", *appended])


async def test_no_edit_of_two_trackers_is_lost(folder: Path, path: Path) -> None:
    one, two = connect(folder), connect(folder)
    labels = [[f"{side}{n}" for n in range(15)] for side in "ab"]

    async def write(tracker: MarkdownTracker, mine: list[str]) -> None:
        for label in mine:
            await tracker.update("PAY-1", Patch(labels_added=(label,)), None)

    await asyncio.gather(write(one, labels[0]), write(two, labels[1]))
    assert set((await one.read("PAY-1")).labels) == {*labels[0], *labels[1]}


async def test_what_is_being_written_is_not_replaced(tracker: MarkdownTracker, path: Path) -> None:
    version = (await tracker.read("PAY-1")).version
    with path.open("a") as stream:
        with pytest.raises(VersionMismatch, match="being written"):
            await tracker.update("PAY-1", Patch(values={"status": "closed"}), version)
        stream.write("more\n")
    assert path.read_text() == PAGE + "more\n"
    assert [entry.name for entry in path.parent.iterdir()] == ["PAY-1.md"]


async def test_an_edited_comment_is_not_overwritten(tracker: MarkdownTracker, path: Path, person: FolderPerson) -> None:
    comment = await tracker.add_comment("PAY-1", Comment(body="By sync"), "mark")
    await tracker.read("PAY-1")
    await person.edit_comment("PAY-1", comment.id, "By hand")
    with pytest.raises(VersionMismatch):
        await tracker.edit_comment("PAY-1", Comment(id=comment.id, body="By sync again"))
    with pytest.raises(VersionMismatch):
        await tracker.delete_comment("PAY-1", comment.id)
    assert [c.body for c in (await tracker.read("PAY-1")).comments] == ["By hand"]


async def test_a_version_after_a_write_does_not_hide_what_a_person_did_meanwhile(
    tracker: MarkdownTracker, path: Path, person: FolderPerson
) -> None:
    item = await tracker.read("PAY-1")
    first = await tracker.add_comment("PAY-1", Comment(body="By sync"), "mark 1")
    await person.edit_comment("PAY-1", first.id, "By hand")
    second = await tracker.add_comment("PAY-1", Comment(body="By sync, too"), "mark 2")
    written = await tracker.update("PAY-1", Patch(values={"status": "closed"}), item.version)
    assert (await tracker.read("PAY-1")).version not in {second.version, written.version}


def test_a_new_file_overwrites_nothing(folder: Path) -> None:
    swap.create(folder / "a.md", b"one")
    with pytest.raises(FileExistsError):
        swap.create(folder / "a.md", b"two")
    assert [(entry.name, entry.read_bytes()) for entry in folder.iterdir()] == [("a.md", b"one")]


def test_mode_of_a_file_stays(path: Path) -> None:
    path.chmod(0o640)
    swap.replace(path, PAGE.encode(), b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o640)


def test_an_edit_that_comes_between_reading_and_exchanging_goes_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exchange = swap._rename

    def late(source: Path, target: Path, flags: int) -> bool:
        if flags == swap.RENAME_EXCHANGE and path.read_text() == PAGE:
            other = path.with_name("editor")
            other.write_text("by hand")
            other.replace(path)
        return exchange(source, target, flags)

    monkeypatch.setattr(swap, "_rename", late)
    with pytest.raises(VersionMismatch):
        swap.replace(path, PAGE.encode(), b"by sync")
    assert [(entry.name, entry.read_text()) for entry in path.parent.iterdir()] == [("PAY-1.md", "by hand")]


def test_without_exchange_a_file_is_compared_and_replaced(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(swap, "_renameat2", None)
    with pytest.raises(VersionMismatch):
        swap.replace(path, b"other", b"new")
    swap.replace(path, PAGE.encode(), b"new")
    swap.create(path.with_name("b.md"), b"b")
    swap.remove(path, b"new")
    assert [(entry.name, entry.read_bytes()) for entry in path.parent.iterdir()] == [("b.md", b"b")]


def test_what_a_crash_left_is_tidied_unless_it_may_be_an_edit(folder: Path, path: Path) -> None:
    known = swap._temporary(path, b"old", b"new")
    known.write_bytes(b"old")
    edit = swap._temporary(path, b"old", b"new")
    edit.write_bytes(b"by hand")
    swap.tidy(folder, older_than=-1.0)
    assert (known.exists(), edit.exists()) == (False, True)
