"""Two folders under sync, through the whole engine, with people at both."""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from accord.errors import PeerRefused
from accord.model import Item, flatten
from accord.ports import Changes
from accord.trackers.markdown import MarkdownSettings, MarkdownTracker
from tests.pair import Pair, SideUnderTest, pair
from tests.trackers.markdown.person import FolderPerson

WORDS = ("open", "closed", "yes", "1.10", "a: b", "# x", "ü 🚀")


class Counted(MarkdownTracker):
    """Tells what was asked of it."""

    def __init__(self, name: str, settings: MarkdownSettings) -> None:
        super().__init__(name, settings)
        self.calls: list[str] = []

    async def changes(self, cursor: str | None) -> Changes:
        self.calls.append("changes")
        return await super().changes(cursor)

    async def _do(self, work: Any, *args: Any, **kwargs: Any) -> Any:
        if getattr(work, "__name__", "") in {"read", "update", "create", "add", "edit", "delete"}:
            self.calls.append(work.__name__)
        return await super()._do(work, *args, **kwargs)


def use_folder(side: SideUnderTest, folder: Path) -> None:
    folder.mkdir()
    name = side.tracker.name
    settings = MarkdownSettings(folder=folder, prefix=name.upper(), settle=0.0, grace=0.0)
    side.tracker = side.ports.trackers[name] = Counted(name, settings)  # type: ignore[assignment]

    def content(sha256: str) -> bytes:
        files = (path.read_bytes() for path in folder.glob("*/files/*"))
        found = next((data for data in files if hashlib.sha256(data).hexdigest() == sha256), None)
        if found is None:
            raise PeerRefused("A person has replaced these bytes.", status=404)
        return found

    side.content = content  # type: ignore[method-assign]


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    async with pair(tmp_path / "blobs") as both:
        for side in both.sides:
            use_folder(side, tmp_path / side.tracker.name)
        both.blue.rules.header = both.red.rules.header = True
        yield both


async def items(side: SideUnderTest) -> list[Item]:
    keys = [hint.key for hint in (await side.tracker.changes(None)).hints]
    return [await side.tracker.read(key) for key in keys]


def told(item: Item) -> dict[str, Any]:
    """What the two must agree on."""
    fields = {path: value for path, value in flatten(item).items() if value not in (None, "")}
    return fields | {
        "comments": sorted(comment.body for comment in item.comments),
        "time": sorted((log.seconds, log.body, str(log.started_at)) for log in item.worklogs),
        "files": sorted((file.name, file.sha256) for file in item.attachments),
    }


async def agree(two: Pair) -> list[dict[str, Any]]:
    await two.settle(seconds=3600)
    blue, red = [sorted(map(told, await items(side)), key=lambda one: one["summary"]) for side in two.sides]
    assert blue == red
    return blue


async def act(dice: random.Random, person: FolderPerson, keys: Sequence[str], value: str) -> None:
    key = dice.choice(keys)
    comments = [path.stem for path in (person.folder / key / "comments").glob("*.md")]
    times = sorted((person.folder / key / "time").glob("*.md"))
    match dice.randrange(9):
        case 0:
            await person.edit(key, "status", dice.choice(WORDS))
        case 1:
            await person.edit(key, "description", f"{value}\n\n- {dice.choice(WORDS)}")
        case 2:
            await person.edit(key, "labels", dice.sample(WORDS, 2))
        case 3:
            await person.comment(key, value)
        case 4 if comments:
            await person.edit_comment(key, dice.choice(comments), value)
        case 5 if comments:
            await person.delete_comment(key, dice.choice(comments))
        case 6:
            person.log_time(
                key, f"{value}.md", f"---\nspent: {dice.randrange(1, 90)}m\nstarted: 2026-11-02\n---\n{value}\n"
            )
        case 7 if times:
            front, _ = person.load(path := dice.choice(times))
            person.save(path, {**front, "spent": f"{dice.randrange(1, 9)}h"}, f"{value}\n")
        case 8 if times:
            dice.choice(times).unlink()
        case _:
            await person.attach(key, dice.choice(("a.txt", "b ü.txt")), value.encode())


async def test_an_item_with_all_it_has_comes_to_the_other_folder_once(two: Pair, tmp_path: Path) -> None:
    person = FolderPerson(tmp_path / "blue")
    key = await person.create("Login: fails")
    await person.edit(key, "severity", 2)
    await person.comment(key, "Hello")
    await person.attach(key, "a.txt", b"content")
    person.log_time(key, "monday.md", "---\nspent: 1.5h\nstarted: 2026-11-02T10:30:00Z\n---\nReading\n")
    (one,) = await agree(two)
    assert one["fields.severity"] == 2
    assert one["time"] == [(5400, "Reading", "2026-11-02 10:30:00+00:00")]
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    calls = [len(side.tracker.calls) for side in two.sides]
    await two.settle(seconds=3600)
    assert [set(side.tracker.calls[count:]) for side, count in zip(two.sides, calls, strict=True)] == [{"changes"}] * 2
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("seed", range(6))
async def test_folders_agree_whatever_people_do(two: Pair, tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    people = [FolderPerson(tmp_path / side.tracker.name) for side in two.sides]
    for n in range(2):
        await people[0].create(f"Item {n}")
    await agree(two)
    for number in range(15):
        side, person = dice.choice(list(zip(two.sides, people, strict=True)))
        await act(dice, person, [item.key for item in await items(side)], f"value {number}")
        if dice.random() < 0.4:
            await side.look()
            await side.worker.work_once()
        two.tick()
    assert len(await agree(two)) == 2
