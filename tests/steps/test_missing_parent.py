"""A parent that was deleted while another item was to be put under it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.rules import MappingTable, TableRules
from tests.pair import Pair, pair


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    """BLUE-1 and BLUE-2 are under sync with RED-1 and RED-2."""
    async with pair(tmp_path) as both:
        for side in both.sides:
            side.rules = TableRules(MappingTable.model_validate({"summary": "both", "parent": "both"}))
        both.red.trigger = None
        for summary in ("epic", "story"):
            both.blue.tracker.person_creates(summary=summary)
        await both.settle()
        yield both


async def test_an_item_does_not_wait_for_a_person_when_its_parent_was_deleted_here(two: Pair) -> None:
    epic, story = (next(i.key for i in two.red.tracker.items.values() if i.summary == s) for s in ("epic", "story"))
    two.blue.tracker.person_edits("BLUE-2", parent="BLUE-1", summary="story, told")
    await two.blue.look()
    await two.blue.worker.run_until_idle()
    two.red.tracker.person_deletes(epic)
    await two.red.worker.run_until_idle()
    assert two.red.tracker.items[story].summary == "story"
    await two.settle(seconds=3600)
    assert two.red.tracker.items[story].summary == "story, told"
    assert two.red.tracker.items[story].parent is None
    assert await two.red.lanes() == []
    assert await two.blue.lanes() == []


async def test_the_twin_of_the_parent_ends_though_nothing_told_of_its_deletion(two: Pair) -> None:
    epic, story = (next(i.key for i in two.red.tracker.items.values() if i.summary == s) for s in ("epic", "story"))
    two.red.tracker.person_deletes(epic)
    await two.red.tracker.changes(None)
    two.red.tracker.behaviour = type(two.red.tracker.behaviour)(tombstones=False)
    two.blue.tracker.person_edits("BLUE-2", parent="BLUE-1")
    await two.settle(seconds=3600)
    assert two.red.tracker.items[story].parent is None
    assert await two.red.twin(epic) is None
