"""Trackers that show a link at both of its ends: it belongs to one twin, however it came about."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from accord.model import Intent, Kind, SubItem
from accord.rules import MappingTable, TableRules
from accord.testing.memory import Behaviour, MemoryTracker
from tests.pair import Pair, SideUnderTest, pair

MIRRORED = Behaviour(mirrored_links=True)


async def started(two: Pair, which: str) -> None:
    """Two items under sync, one and two."""
    for side in two.sides:
        if which in (side.tracker.name, "both"):
            name = side.tracker.name
            tracker = MemoryTracker(name, prefix=name.upper(), behaviour=MIRRORED)
            tracker.now, side.tracker = side.clock.now, tracker
            side.ports.trackers[name] = tracker
    two.red.trigger = None
    for summary in ("one", "two"):
        two.blue.tracker.person_creates(summary=summary)
    await two.settle()


def key(side: SideUnderTest, summary: str) -> str:
    return next(item.key for item in side.tracker.items.values() if item.summary == summary)


def links(side: SideUnderTest) -> set[tuple[str, str, str]]:
    """All links: from, kind, to."""
    items = side.tracker.items
    return {(str(i.summary), link.kind, str(items[link.key].summary)) for i in items.values() for link in i.links}


THERE, BACK = ("one", "blocks", "two"), ("two", "blocked by", "one")


@pytest.mark.parametrize("which", ["blue", "red", "both"])
async def test_a_link_is_told_from_one_end(tmp_path: Path, which: str) -> None:
    async with pair(tmp_path) as two:
        await started(two, which)
        told = len(two.red.wire.sent)
        link = two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
        await two.settle()
        for side in two.sides:
            assert links(side) == ({THERE, BACK} if which in (side.tracker.name, "both") else {THERE})
        assert [m.kind for m in two.red.wire.sent[told:]] == [Kind.ACKNOWLEDGMENT]
        two.blue.tracker.person_unlinks("BLUE-1", link)
        await two.settle()
        assert (links(two.blue), links(two.red)) == (set(), set())


@pytest.mark.parametrize("taken_from", ["one", "two"])
async def test_it_may_be_taken_away_at_either_end_on_either_side(tmp_path: Path, taken_from: str) -> None:
    async with pair(tmp_path) as two:
        await started(two, "both")
        for first, other in ((two.blue, two.red), (two.red, two.blue)):
            first.tracker.person_links(key(first, "one"), "blocks", key(first, "two"))
            await two.settle()
            assert links(other) == {THERE, BACK}
            end = other.tracker.items[key(other, taken_from)]
            other.tracker.person_unlinks(end.key, end.links[0].id)
            await two.settle()
            assert (links(first), links(other)) == (set(), set())


async def test_what_is_an_end_here_may_be_the_other_end_there(tmp_path: Path) -> None:
    """`one blocks two` is `two needs one` over there, which belongs to the other item."""
    async with pair(tmp_path) as two:
        await started(two, "both")
        table = {"summary": "both", "links": {"pairs": {"blocks": "blocked by", "blocked by": "blocks"}}}
        two.red.rules = TableRules(MappingTable.model_validate(table))
        told = len(two.red.wire.sent)
        link = two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
        await two.settle()
        assert links(two.red) == {("one", "blocked by", "two"), ("two", "blocks", "one")}
        assert [m.kind for m in two.red.wire.sent[told:]] == [Kind.ACKNOWLEDGMENT]
        two.blue.tracker.person_unlinks("BLUE-1", link)
        await two.settle()
        assert (links(two.blue), links(two.red)) == (set(), set())


@pytest.mark.parametrize("order", list(itertools.permutations(("red.look", "red.work", "blue.look", "blue.work"))))
async def test_an_addition_and_a_removal_do_not_chase_each_other(tmp_path: Path, order: tuple[str, ...]) -> None:
    async with pair(tmp_path) as two:
        await started(two, "both")
        link = two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
        for step in order:
            side = two.blue if step.startswith("blue") else two.red
            await (side.look() if step.endswith("look") else side.worker.run_until_idle())
        two.blue.tracker.person_unlinks("BLUE-1", link)
        for step in reversed(order):
            side = two.blue if step.startswith("blue") else two.red
            await (side.look() if step.endswith("look") else side.worker.run_until_idle())
        await two.settle()
        assert (links(two.blue), links(two.red)) == (set(), set())
        assert two.red.tracker.calls.count("add_link") <= 1
        assert two.blue.tracker.calls.count("add_link") == 0


async def test_a_link_is_looked_at_once_more_while_one_is_being_made_at_its_other_end(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await started(two, "both")
        begun = await two.blue.twin("BLUE-2")
        at_work = begun.shadow.model_copy(update={"intents": (intent(two),)})
        await two.blue.ports.store.run(lambda tx: tx.put_twin(begun.model_copy(update={"shadow": at_work})))
        two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
        await two.blue.look()
        await two.blue.worker.run_until_idle()
        assert links(two.red) == set()
        await two.blue.ports.store.run(lambda tx: tx.put_twin(begun))
        await two.settle(seconds=60)
        assert links(two.red) == {THERE, BACK}


def intent(two: Pair) -> Intent:
    return Intent(operation=SubItem.LINK, started_at=two.clock.now(), target={"red1": "0" * 16})
