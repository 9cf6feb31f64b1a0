"""Keys of new items: nobody else's, at a price that does not grow with the folder."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from accord.errors import Unreachable
from accord.model import Item
from accord.trackers.markdown import MarkdownTracker
from accord.trackers.markdown.index import Index
from tests.trackers.markdown.conftest import connect


async def test_many_new_items_take_few_looks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("accord.trackers.markdown.writing.LOOK_EVERY", 3600.0)
    looks, look = [], Index.look

    def counted(index: Index) -> None:
        looks.append(index)
        look(index)

    tracker = connect(folder)
    monkeypatch.setattr(Index, "look", counted)
    keys = [(await tracker.create(Item(summary=f"Item {n}"), f"mark{n}")).id for n in range(20)]
    assert keys == [f"PAY-{n}" for n in range(1, 21)]
    assert len(looks) <= 2  # `.accord` comes into being after the first


@pytest.mark.parametrize("name", ["PAY-7.md", "by-hand.md"])
async def test_a_key_that_a_person_took_a_moment_ago_is_not_given(
    tracker: MarkdownTracker, folder: Path, name: str
) -> None:
    assert (await tracker.create(Item(summary="First"), "mark1")).id == "PAY-1"
    (folder / name).write_text("---\nkey: PAY-7\nsummary: By hand\n---\n")
    assert (await tracker.create(Item(summary="Second"), "mark2")).id == "PAY-8"
    assert (await tracker.read("PAY-7")).summary == "By hand"


async def test_a_key_that_a_person_took_in_a_new_folder_is_not_given(tracker: MarkdownTracker, folder: Path) -> None:
    await tracker.create(Item(summary="First"), "mark1")
    (folder / "sprint").mkdir()
    (folder / "sprint" / "PAY-7.md").write_text("---\nsummary: By hand\n---\n")
    assert (await tracker.create(Item(summary="Second"), "mark2")).id == "PAY-8"


async def test_items_that_are_created_at_once_have_keys_of_their_own(tracker: MarkdownTracker) -> None:
    written = await asyncio.gather(*(tracker.create(Item(summary=f"Item {n}"), f"mark{n}") for n in range(12)))
    assert len({one.id for one in written}) == 12
    for n, one in enumerate(written):
        assert (await tracker.read(one.id)).summary == f"Item {n}"


async def test_a_folder_that_went_away_takes_no_items(tracker: MarkdownTracker, folder: Path) -> None:
    await tracker.create(Item(summary="First"), "mark1")
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(Unreachable):
        await tracker.create(Item(summary="Second"), "mark2")
    assert not folder.exists()
