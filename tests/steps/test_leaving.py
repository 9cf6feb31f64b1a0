"""Rules end the sync of an item: also when it is closed here, or by what leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accord.errors import Unreachable
from accord.model import Item, Kind, Replica
from accord.ports import Asks, GuardSettings, RuleContext, with_asks, with_end
from accord.rules import Afterwards, MappingTable, TableRules
from tests.pair import Pair, PlainRules, pair
from tests.versioned import Versioned


class EndsWhatLeaves(PlainRules):
    """Outgoing rules that end the sync of what is closed."""

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        replica = await super().outgoing(item, context)
        return with_end(replica) if item.status == "closed" else replica


class EndsWhatComes(PlainRules):
    """Incoming rules that do."""

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        draft = await super().incoming(replica, item, context)
        return with_asks(draft, Asks(unsync=draft.status == "closed"))


def by_table(**entries: Any) -> TableRules:
    table = MappingTable.model_validate(entries)
    return TableRules(table, afterwards=Afterwards.model_validate({"unsync_when": {"status": "closed"}}))


RULES = {
    "outgoing": EndsWhatLeaves(),
    "incoming": EndsWhatComes(),
    "table": by_table(summary="both", status="both"),
    "table, not told": by_table(summary="both"),
}


async def started(two: Pair, rules: Any) -> None:
    two.blue.rules = rules
    two.blue.tracker.person_creates(summary="one", status="open")
    await two.settle()
    two.tick()


async def ended(two: Pair) -> list[bool]:
    return [await side.twin(key) is None for side, key in zip(two.sides, ("BLUE-1", "RED-1"), strict=True)]


def farewells(two: Pair) -> int:
    return sum(message.kind is Kind.UNSYNC for side in two.sides for message in side.wire.sent)


@pytest.mark.parametrize("rules", [*RULES])
async def test_what_is_closed_here_leaves_on_both_sides(tmp_path: Path, rules: str) -> None:
    async with pair(tmp_path) as two:
        await started(two, RULES[rules])
        two.blue.tracker.person_edits("BLUE-1", status="closed", summary="done")
        await two.settle()
        assert await ended(two) == [True, True]
        assert two.red.only.summary == "done"
        assert farewells(two) == 1
        assert not await two.blue.lanes()
        (line,) = [line for line in await two.blue.history() if line.step == "ended"]
        assert "as the rules ask" in line.summary
        two.tick()
        two.blue.tracker.person_edits("BLUE-1", status="open")
        await two.settle()
        assert (await ended(two), farewells(two)) == ([True, True], 1)


async def test_what_is_not_told_leaves_too(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await started(two, RULES["table, not told"])
        two.blue.tracker.person_edits("BLUE-1", status="closed")
        await two.settle()
        assert (await ended(two), farewells(two)) == ([True, True], 1)


async def test_an_edit_there_that_crossed_it_is_taken_over_first(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await started(two, EndsWhatLeaves())
        two.blue.tracker.person_edits("BLUE-1", status="closed")
        two.tick()
        two.red.tracker.person_edits("RED-1", description="one more thing")
        await two.red.look()
        await two.red.worker.run_until_idle()
        await two.settle()
        assert await ended(two) == [True, True]
        assert [side.only.description for side in two.sides] == ["one more thing"] * 2
        assert [side.only.status for side in two.sides] == ["closed"] * 2


async def test_what_is_opened_again_before_the_answer_stays(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await started(two, EndsWhatLeaves())
        two.blue.wire.trouble = lambda message: (Unreachable("down"), False)
        two.blue.tracker.person_edits("BLUE-1", status="closed")
        await two.settle()
        two.tick()
        two.blue.tracker.person_edits("BLUE-1", status="open")
        two.blue.wire.trouble = lambda message: None
        await two.settle(seconds=60)
        assert (await ended(two), farewells(two)) == ([False, False], 0)
        assert two.red.only.status == "open"


async def test_a_lost_farewell_is_told_until_it_arrives(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await started(two, EndsWhatLeaves())
        two.blue.wire.trouble = lambda m: (Unreachable("down"), True) if m.kind is Kind.UNSYNC else None
        two.blue.tracker.person_edits("BLUE-1", status="closed")
        await two.settle()
        two.blue.wire.trouble = lambda message: None
        await two.settle(seconds=60)
        assert await ended(two) == [True, True]
        assert not await two.blue.lanes()


async def test_rules_that_are_published_end_what_meets_them(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        versions = Versioned(two.blue)
        await versions.publish(PlainRules())
        two.blue.tracker.person_creates(summary="one", status="closed")
        await two.settle()
        await versions.publish(EndsWhatComes())
        await versions.sync("BLUE-1")
        await two.settle()
        assert (await ended(two), farewells(two)) == ([True, True], 1)


async def test_the_guard_stops_rules_that_end_too_much(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.blue.rules, two.blue.guard = EndsWhatLeaves(), GuardSettings(min_items=2, share_ended=0.1)
        for n in range(4):
            two.blue.tracker.person_creates(summary=str(n), status="open")
        await two.settle()
        two.tick()
        for n in range(4):
            two.blue.tracker.person_edits(f"BLUE-{n + 1}", status="closed")
        await two.settle()
        (hold,) = await two.blue.ports.store.read(lambda tx: tx.holds())
        assert "would end or empty 3 of" in hold.cause["message"]
        assert farewells(two) == 2
