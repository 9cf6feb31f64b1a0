"""Parents and children that come under sync with an item."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from accord.rules import MappingTable, TableRules
from tests.pair import Pair, SideUnderTest, pair


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    """Only what is labelled comes under sync by itself. A family: grandmother, mother, me and my two children."""
    async with pair(tmp_path) as both:
        both.blue.trigger, both.red.trigger = "label=shared", None
        both.red.rules = rules()
        grandmother = both.blue.tracker.person_creates(summary="grandmother")
        mother = both.blue.tracker.person_creates(summary="mother", parent=grandmother)
        me = both.blue.tracker.person_creates(summary="me", parent=mother)
        for name in ("son", "daughter"):
            both.blue.tracker.person_creates(summary=name, parent=me)
        yield both


def rules(**parent: Any) -> TableRules:
    return TableRules(MappingTable.model_validate({"summary": "both", "labels": "both", "parent": parent or "both"}))


def tree(side: SideUnderTest) -> dict[str | None, str | None]:
    """Who is whose child."""
    items = side.tracker.items
    return {item.summary: items[item.parent].summary if item.parent else None for item in items.values()}


async def test_parents_come_along(two: Pair) -> None:
    two.blue.rules = rules(bring="parent")
    two.blue.tracker.person_edits("BLUE-3", labels=("shared",))
    await two.settle()
    assert tree(two.red) == {"me": "mother", "mother": "grandmother", "grandmother": None}


async def test_they_come_only_so_far(two: Pair) -> None:
    two.blue.rules = rules(bring="parent", depth=1)
    two.blue.tracker.person_edits("BLUE-3", labels=("shared",))
    await two.settle()
    assert tree(two.red) == {"me": "mother", "mother": None}


async def test_children_come_along(two: Pair) -> None:
    two.blue.rules = rules(bring="children", depth=2)
    two.blue.tracker.person_edits("BLUE-2", labels=("shared",))
    await two.settle()
    assert tree(two.red) == {"mother": None, "me": "mother", "son": "me", "daughter": "me"}


async def test_a_child_that_is_born_later_comes_with_the_next_change(two: Pair) -> None:
    two.blue.rules = rules(bring="children", depth=1)
    two.blue.tracker.person_edits("BLUE-3", labels=("shared",))
    await two.settle()
    two.blue.tracker.person_creates(summary="baby", parent="BLUE-3")
    two.blue.tracker.person_edits("BLUE-3", summary="I")
    await two.settle()
    assert tree(two.red) == {"I": None, "son": "I", "daughter": "I", "baby": "I"}


async def test_what_a_person_took_out_of_sync_is_not_brought_back(two: Pair) -> None:
    two.blue.rules = rules(bring="parent", depth=1)
    two.blue.tracker.person_edits("BLUE-3", labels=("shared",))
    await two.settle()
    mother = await two.blue.twin("BLUE-2")
    await two.blue.ports.store.run(lambda tx: tx.put_twin(mother.ended(two.clock.now())))
    two.blue.tracker.person_edits("BLUE-3", summary="I")
    await two.settle()
    assert await two.blue.twin("BLUE-2") is None


async def test_both_sides_bring_and_nothing_is_made_twice(two: Pair) -> None:
    two.blue.rules = two.red.rules = rules(bring="children", depth=3)
    two.red.trigger = "*"
    two.blue.tracker.person_edits("BLUE-1", labels=("shared",))
    await two.settle()
    assert len(two.red.tracker.items) == 5
    assert tree(two.red) == tree(two.blue)
    two.red.tracker.person_creates(summary="guest", parent=next(iter(two.red.tracker.items)))
    await two.settle()
    assert tree(two.red) == tree(two.blue)
    assert len(two.blue.tracker.items) == 6


async def test_a_circle_of_parents_comes_to_an_end(two: Pair) -> None:
    two.blue.rules = rules(bring="parent", depth=9)
    two.blue.tracker.person_edits("BLUE-1", parent="BLUE-3", labels=("shared",))
    await two.settle()
    assert tree(two.red) == {"grandmother": "me", "mother": "grandmother", "me": "mother"}
