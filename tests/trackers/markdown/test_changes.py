"""What is told of the folder."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from accord.errors import ItemGone, Unreachable
from accord.model import Item
from accord.trackers.markdown import MarkdownTracker
from accord.trackers.markdown.cursor import Cursor
from tests.trackers.markdown.conftest import connect
from tests.trackers.markdown.person import FolderPerson


async def test_which_files_are_items(tracker: MarkdownTracker, folder: Path) -> None:
    files = {
        "PAY-1.md": "no front matter",
        "PAY-2-login.md": "---\nsummary: x\n---\n",
        "PAY-3-other.md": "---\nkey: OTHER-3\n---\n",
        "deep/er/any.md": "---\nkey: 'PAY-4'  # quoted\n---\n",
        "README.md": "---\nkey: PAY-5\n---\n",
        "notes.md": "# Just notes, see PAY-6",
        ".hidden.md": "---\nkey: PAY-7\n---\n",
        ".obsidian/PAY-8.md": "---\nkey: PAY-8\n---\n",
        "PAY-9.txt": "---\nkey: PAY-9\n---\n",
        "nested.md": "---\nkey: PAY-10\nold:\n  key: PAY-11\n---\n",
        "comments/PAY-12.md": "in a folder of this name, but of no item",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    told = {hint.key for hint in (await tracker.changes(None)).hints}
    assert told == {"PAY-1", "PAY-2", "OTHER-3", "PAY-4", "PAY-10", "PAY-12"}


async def test_a_file_without_a_key_is_given_the_next(tracker: MarkdownTracker, folder: Path) -> None:
    (folder / "PAY-41.md").write_text("---\nsummary: old\n---\n")
    (folder / "new.md").write_text("---\n# mine\nsummary: new\n---\nText")
    hints = (await tracker.changes(None)).hints
    assert {hint.key for hint in hints} == {"PAY-41", "PAY-42"}
    assert (folder / "new.md").read_text() == "---\nkey: PAY-42\n# mine\nsummary: new\n---\nText"
    assert (await tracker.read("PAY-42")).summary == "new"


async def test_a_number_is_given_once(tracker: MarkdownTracker, folder: Path, person: FolderPerson) -> None:
    first = await tracker.create(Item(summary="one"), "1")
    person.file(first.id).unlink()
    second = await connect(folder).create(Item(summary="two"), "2")
    person.file(second.id).unlink()
    (folder / ".accord" / "numbers.json").write_text("nonsense")
    (folder / "PAY-7" / "comments").mkdir(parents=True)
    (folder / "PAY-7" / "comments" / "0001-left.md").write_text("left behind")
    third = await connect(folder).create(Item(summary="three"), "3")
    assert [first.id, second.id, third.id] == ["PAY-1", "PAY-2", "PAY-8"]
    assert (folder / ".accord" / ".gitignore").read_text() == "*\n"


async def test_two_trackers_never_give_one_key_twice(folder: Path) -> None:
    one, two = connect(folder), connect(folder)
    made = await asyncio.gather(*(t.create(Item(summary=f"{n}"), f"{n}") for n, t in enumerate([one, two] * 10)))
    assert len({written.id for written in made}) == 20


async def test_what_is_deleted_before_the_next_look_is_told(
    tracker: MarkdownTracker, folder: Path, person: FolderPerson
) -> None:
    cursor = (await tracker.changes(None)).cursor
    written = await tracker.create(Item(summary="short-lived"), "1")
    await person.delete(written.id)
    with pytest.raises(ItemGone):
        await tracker.read(written.id)
    hints = (await tracker.changes(cursor)).hints
    assert [(hint.key, hint.gone) for hint in hints] == [(written.id, True)]


async def test_after_a_restart_what_changed_and_what_is_gone_is_told(
    tracker: MarkdownTracker, folder: Path, person: FolderPerson
) -> None:
    kept, edited, deleted = [await person.create(name) for name in ("kept", "edited", "deleted")]
    before = await tracker.changes(None)
    versions = {hint.key: hint.version for hint in before.hints}
    await person.edit(edited, "summary", "new")
    await person.delete(deleted)
    restarted = connect(folder, grace=0.0)
    hints = {hint.key: hint for hint in (await restarted.changes(before.cursor)).hints}
    assert hints[kept].version == versions[kept] == (await restarted.read(kept)).version
    assert hints[edited].version not in {None, versions[edited]}
    assert hints[deleted].gone


async def test_what_was_missing_at_a_restart_is_told_though_it_restarts_again(
    tracker: MarkdownTracker, folder: Path, person: FolderPerson
) -> None:
    key = await person.create("deleted")
    cursor = (await tracker.changes(None)).cursor
    await person.delete(key)
    patient = await connect(folder, grace=60.0).changes(cursor)
    assert patient.hints == ()
    (hint,) = (await connect(folder, grace=0.0).changes(patient.cursor)).hints
    assert (hint.key, hint.gone) == (key, True)


async def test_a_folder_that_is_not_there_is_out_of_reach_not_empty(
    tracker: MarkdownTracker, folder: Path, person: FolderPerson
) -> None:
    key = await person.create("there")
    cursor = (await tracker.changes(None)).cursor
    away = folder.with_name("away")
    folder.rename(away)
    for call in (tracker.changes(cursor), tracker.read(key), tracker.create(Item(summary="x"), "m")):
        with pytest.raises(Unreachable):
            await call
    away.rename(folder)
    assert (await tracker.changes(cursor)).hints == ()


async def test_a_watcher_sees_an_edit(tracker: MarkdownTracker, person: FolderPerson) -> None:
    key = await person.create("watched")
    seen = asyncio.Event()

    async def keep_editing() -> None:
        for n in range(1000):
            if seen.is_set():
                return
            await person.edit(key, "summary", f"edit {n}")
            await asyncio.sleep(0.2)

    async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
        tasks.create_task(keep_editing())
        async with aclosing(tracker.watch()) as hints:  # type: ignore[type-var]
            async for hint in hints:
                assert (hint.key, hint.gone) == (key, False)
                break
        seen.set()


async def test_watching_ends_when_the_tracker_is_closed(tracker: MarkdownTracker) -> None:
    async def watch() -> list[object]:
        return [hint async for hint in tracker.watch()]

    watching = asyncio.create_task(watch())
    await tracker.close()
    async with asyncio.timeout(20):
        assert await watching == []


async def test_an_item_has_an_address_where_the_folder_has_one(folder: Path) -> None:
    (folder / "a b").mkdir()
    (folder / "a b" / "PAY-1.md").write_text("---\nsummary: x\n---\n")
    item = await connect(folder, url="https://git.example.net/pay/issues/").read("PAY-1")
    assert item.url == "https://git.example.net/pay/issues/a%20b/PAY-1.md"


async def test_a_copy_of_a_file_does_not_take_its_marker_over(
    tracker: MarkdownTracker, folder: Path, person: FolderPerson
) -> None:
    written = await tracker.create(Item(summary="original"), "mark")
    copy = person.file(written.id).read_text().replace(f"key: {written.id}", "key: PAY-30")
    (folder / "PAY-30.md").write_text(copy)
    assert await tracker.find("mark") == written.id


@pytest.mark.parametrize("keys", [(), ("A-1",), ("A-1", "A-2", "A-3", "B_2-9", "B_2-11", "A-007", "A-10")])
def test_a_cursor_reads_back(keys: tuple[str, ...]) -> None:
    cursor = Cursor("run", 7, frozenset(keys))
    assert Cursor.from_text(cursor.to_text()) == cursor


def test_a_cursor_of_many_items_is_short() -> None:
    keys = frozenset(f"PAY-{n}" for n in range(1, 10_001))
    assert len(Cursor("run", 7, keys).to_text()) < 100


@pytest.mark.parametrize(
    "change", [lambda c: [2, *c[1:]], lambda c: c[:2], lambda c: {}, lambda c: [1, "r", 1, {"A": "x"}]]
)
def test_a_cursor_of_another_kind_is_none(change: Callable[[list[object]], object]) -> None:
    assert Cursor.from_text(json.dumps(change([1, "run", 7, {}]))) is None
