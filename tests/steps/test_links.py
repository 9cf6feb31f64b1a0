"""Links between items: to the twin of the other end, as soon as that is under sync, and once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.errors import Unreachable
from accord.model import Item, Kind
from accord.rules import MappingTable, TableRules
from accord.testing.memory import Behaviour, MemoryTracker
from tests.pair import Pair, SideUnderTest, pair


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    """Two items under sync, one and two, which are RED-1 and RED-2 over there."""
    async with pair(tmp_path) as both:
        both.red.trigger = None
        for summary in ("one", "two"):
            both.blue.tracker.person_creates(summary=summary)
        await both.settle()
        yield both


def named(side: SideUnderTest, summary: str) -> Item:
    return next(item for item in side.tracker.items.values() if item.summary == summary)


def links(side: SideUnderTest, summary: str = "one") -> list[tuple[str, str]]:
    """Kind and summary of the other end, of each link of an item."""
    found = named(side, summary).links
    return [(link.kind, side.tracker.items[link.key].summary or "" if link.key else str(link.url)) for link in found]


async def test_a_link_leads_to_the_twin_and_goes_when_it_is_taken_away(two: Pair) -> None:
    link = two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    await two.settle()
    assert links(two.red) == [("blocks", "two")]
    two.blue.tracker.person_unlinks("BLUE-1", link)
    await two.settle()
    assert (links(two.blue), links(two.red)) == ([], [])


async def test_a_link_that_sync_made_may_be_taken_away_over_there(two: Pair) -> None:
    two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    await two.settle()
    red = named(two.red, "one")
    two.red.tracker.person_unlinks(red.key, red.links[0].id)
    await two.settle()
    assert (links(two.blue), links(two.red)) == ([], [])


async def test_a_link_waits_for_its_other_end(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.blue.trigger, two.red.trigger = "label=shared", None
        one = two.blue.tracker.person_creates(summary="one", labels=("shared",))
        other = two.blue.tracker.person_creates(summary="two")
        two.blue.tracker.person_links(one, "blocks", other)
        await two.settle()
        assert links(two.red) == []
        two.blue.tracker.person_edits(other, labels=("shared",))
        await two.settle()
        assert links(two.red) == [("blocks", "two")]
        assert two.red.tracker.calls.count("add_link") == 1
        assert (await two.red.twin(named(two.red, "one").key)).waits_for == ()


async def test_a_link_that_is_taken_away_while_it_waits_is_never_made(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.blue.trigger, two.red.trigger = "label=shared", None
        one = two.blue.tracker.person_creates(summary="one", labels=("shared",))
        other = two.blue.tracker.person_creates(summary="two")
        link = two.blue.tracker.person_links(one, "blocks", other)
        await two.settle()
        two.blue.tracker.person_unlinks(one, link)
        two.blue.tracker.person_edits(other, labels=("shared",))
        await two.settle()
        assert links(two.red) == []


async def test_links_in_a_circle_are_all_made(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.red.trigger = None
        keys = [two.blue.tracker.person_creates(summary=str(n)) for n in range(3)]
        for n, key in enumerate(keys):
            two.blue.tracker.person_links(key, "relates to", keys[(n + 1) % 3])
        await two.settle()
        assert [links(two.red, str(n)) for n in range(3)] == [[("relates to", str((n + 1) % 3))] for n in range(3)]


async def test_links_to_what_the_other_side_does_not_know_are_never_touched(two: Pair) -> None:
    own = two.red.tracker.person_creates(summary="own")
    red = named(two.red, "one").key
    two.red.tracker.person_links(red, "relates to", own)
    two.red.tracker.person_links(red, "", "", "https://wiki.example/page")
    two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    await two.settle()
    assert links(two.red) == [("relates to", "own"), ("", "https://wiki.example/page"), ("blocks", "two")]
    assert links(two.blue) == [("blocks", "two"), ("", "https://wiki.example/page")]
    two.blue.tracker.person_edits("BLUE-1", summary="one", priority="high")
    await two.settle()
    assert len(links(two.red)) == 3


async def test_the_same_link_made_on_both_sides_is_one(two: Pair) -> None:
    red = {summary: named(two.red, summary).key for summary in ("one", "two")}
    two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    two.red.tracker.person_links(red["one"], "blocks", red["two"])
    await two.settle()
    assert (links(two.blue), links(two.red)) == ([("blocks", "two")], [("blocks", "two")])
    two.blue.tracker.person_unlinks("BLUE-1", two.blue.tracker.items["BLUE-1"].links[0].id)
    await two.settle()
    assert (links(two.blue), links(two.red)) == ([], [])


async def test_a_link_of_another_kind_takes_the_place_of_the_former(two: Pair) -> None:
    link = two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    await two.settle()
    two.blue.tracker.person_unlinks("BLUE-1", link)
    two.blue.tracker.person_links("BLUE-1", "relates to", "BLUE-2")
    await two.settle()
    assert links(two.red) == [("relates to", "two")]


async def test_a_link_that_was_taken_away_and_made_again_stays(two: Pair) -> None:
    link = two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    await two.settle()
    two.blue.tracker.person_unlinks("BLUE-1", link)
    two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    await two.settle()
    assert (links(two.blue), links(two.red)) == ([("blocks", "two")], [("blocks", "two")])
    assert two.red.tracker.calls.count("delete_link") == 0
    two.blue.tracker.person_unlinks("BLUE-1", two.blue.tracker.items["BLUE-1"].links[0].id)
    await two.settle()
    assert links(two.red) == []


@pytest.mark.parametrize("after", [False, True], ids=["before", "after the work is done"])
async def test_a_link_whose_answer_is_lost_is_made_once(two: Pair, after: bool) -> None:
    two.red.tracker.fail_next("add_link", Unreachable("timed out"), after=after)
    two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    await two.settle(seconds=600)
    assert (links(two.blue), links(two.red)) == ([("blocks", "two")], [("blocks", "two")])
    two.red.tracker.person_unlinks(named(two.red, "one").key, named(two.red, "one").links[0].id)
    await two.settle()
    assert links(two.blue) == []


async def test_a_link_leads_to_the_twin_whatever_the_item_is_called_by_now(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        moving = MemoryTracker("blue", prefix="BLUE", behaviour=Behaviour(moves=True))
        moving.now, two.blue.tracker = two.clock.now, moving
        two.blue.ports.trackers["blue"] = moving
        two.red.trigger = None
        for summary in ("one", "two"):
            moving.person_creates(summary=summary)
        await two.settle()
        moving.person_links("BLUE-1", "blocks", "BLUE-2")
        moving.person_moves("BLUE-2")
        await two.settle()
        assert links(two.red) == [("blocks", "two")]


async def test_a_link_to_an_item_that_was_just_deleted_holds_nothing_up(two: Pair) -> None:
    two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    two.blue.tracker.person_edits("BLUE-1", priority="high")
    two.red.tracker.person_deletes(named(two.red, "two").key)
    await two.blue.look()
    await two.blue.worker.run_until_idle()
    await two.red.worker.run_until_idle()
    assert (named(two.red, "one").priority, links(two.red)) == ("high", [])


async def test_a_replica_names_the_twin_of_the_other_end(two: Pair) -> None:
    outside = two.blue.tracker.person_creates(summary="outside")
    two.blue.trigger = None
    two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    two.blue.tracker.person_links("BLUE-1", "relates to", outside)
    await two.blue.sync("BLUE-1")
    await two.settle()
    told = [m.replica for m in two.blue.wire.sent if m.kind is Kind.SYNC and m.replica and m.replica.links][-1]
    assert {link.key for link in told.links} == {"BLUE-2", outside}
    assert told.twins == {"BLUE-2": (await two.blue.twin("BLUE-2")).id}
    assert (await two.red.twin(named(two.red, "two").key)).id == told.twins["BLUE-2"]


async def test_a_link_waits_as_a_web_link_if_the_rules_say_so(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.blue.trigger, two.red.trigger = "label=shared", None
        table = {"summary": "both", "labels": "both", "links": {"outside": "web", "web_kind": "see"}}
        for side in two.sides:
            side.rules = TableRules(MappingTable.model_validate(table))
        one = two.blue.tracker.person_creates(summary="one", labels=("shared",))
        other = two.blue.tracker.person_creates(summary="two", url="https://blue.example/2")
        two.blue.tracker.person_links(one, "blocks", other)
        await two.settle()
        assert links(two.red) == [("see", "https://blue.example/2")]
        two.blue.tracker.person_edits(other, labels=("shared",))
        await two.settle()
        assert (links(two.blue), links(two.red)) == ([("blocks", "two")], [("blocks", "two")])


async def test_several_kinds_over_there_may_be_one_here(two: Pair) -> None:
    two.red.rules = TableRules(MappingTable.model_validate({"summary": "both", "links": {"default": "relates to"}}))
    blocks = two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    duplicates = two.blue.tracker.person_links("BLUE-1", "duplicates", "BLUE-2")
    await two.settle()
    assert links(two.red) == [("relates to", "two")]
    two.blue.tracker.person_unlinks("BLUE-1", blocks)
    await two.settle()
    assert (links(two.blue), links(two.red)) == ([("duplicates", "two")], [("relates to", "two")])
    two.blue.tracker.person_unlinks("BLUE-1", duplicates)
    await two.settle()
    assert (links(two.blue), links(two.red)) == ([], [])


async def test_a_link_whose_kind_has_another_name_there_is_taken_away(two: Pair) -> None:
    table = {"summary": "both", "links": {"pairs": {"blocks": "blocked by", "blocked by": "blocks"}, "only": ["*by"]}}
    two.red.rules = TableRules(MappingTable.model_validate(table))
    link = two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    await two.settle()
    assert links(two.red) == [("blocked by", "two")]
    two.blue.tracker.person_unlinks("BLUE-1", link)
    await two.settle()
    assert links(two.red) == []


async def test_a_twin_that_ends_keeps_its_links(two: Pair) -> None:
    two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    await two.settle()
    two.blue.tracker.person_deletes("BLUE-2")
    await two.settle()
    assert (links(two.blue), links(two.red)) == ([], [("blocks", "two")])
    two.blue.tracker.person_edits("BLUE-1", summary="one", priority="high")
    await two.settle()
    assert (links(two.blue), links(two.red)) == ([], [("blocks", "two")])


async def test_a_link_that_sync_made_is_no_news(two: Pair) -> None:
    told = len(two.red.wire.sent)
    two.blue.tracker.person_links("BLUE-1", "blocks", "BLUE-2")
    two.blue.tracker.person_links("BLUE-1", "relates to", "BLUE-2")
    await two.settle()
    assert [m.kind for m in two.red.wire.sent[told:]] == [Kind.ACKNOWLEDGMENT]
    assert two.blue.tracker.calls.count("add_link") == 0
