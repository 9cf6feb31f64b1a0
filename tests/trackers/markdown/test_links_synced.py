"""A folder, where a link stands in one file, beside a tracker that shows it at both ends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.testing.memory import Behaviour, MemoryTracker
from tests.pair import Pair, pair
from tests.trackers.markdown.person import FolderPerson
from tests.trackers.markdown.test_two_folders import use_folder


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    """HAND-1 and HAND-2 of the folder are `one` and `two` over there."""
    async with pair(tmp_path / "blobs") as both:
        use_folder(both.blue, tmp_path / "blue")
        red = MemoryTracker("red", prefix="RED", behaviour=Behaviour(mirrored_links=True))
        red.now, both.red.tracker, both.red.ports.trackers["red"] = both.clock.now, red, red
        both.red.trigger = None
        person = FolderPerson(tmp_path / "blue")
        for summary in ("one", "two"):
            await person.create(summary)
        await both.settle(seconds=600)
        assert len(red.items) == 2
        yield both


def links(red: MemoryTracker) -> set[tuple[str, str, str]]:
    items = red.items
    return {(str(i.summary), link.kind, str(items[link.key].summary)) for i in items.values() for link in i.links}


async def test_a_link_in_a_file_shows_at_both_ends_there_and_goes_with_its_line(two: Pair, tmp_path: Path) -> None:
    person = FolderPerson(tmp_path / "blue")
    await person.edit("HAND-1", "links", ["blocks HAND-2"])
    await two.settle(seconds=600)
    assert links(two.red.tracker) == {("one", "blocks", "two"), ("two", "blocked by", "one")}
    await person.edit("HAND-1", "links", [])
    await two.settle(seconds=600)
    assert links(two.red.tracker) == set()


async def test_a_link_there_is_written_into_the_file_where_it_belongs(two: Pair, tmp_path: Path) -> None:
    person, red = FolderPerson(tmp_path / "blue"), {i.summary: i.key for i in two.red.tracker.items.values()}
    one, other = red["one"], red["two"]
    link = two.red.tracker.person_links(other, "duplicates", one)
    await two.settle(seconds=600)
    assert "duplicates HAND-1" in person.file("HAND-2").read_text()
    assert "links" not in person.file("HAND-1").read_text()
    two.red.tracker.person_unlinks(one, link)
    await two.settle(seconds=600)
    assert "duplicates" not in person.file("HAND-2").read_text()
