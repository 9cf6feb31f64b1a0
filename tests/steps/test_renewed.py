"""Rules that were published while items are under sync: how they take hold, and whose edits win."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.errors import RuleFailed
from accord.model import Item, Policy, Replica
from accord.ports import Direction, RuleContext
from tests.pair import Pair, PlainRules, pair
from tests.versioned import Some, Versioned


@pytest.fixture(params=[Policy.LATEST, Policy.INITIATOR, Policy.ACCEPTOR])
async def two(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Pair]:
    async with pair(tmp_path, request.param) as both:
        yield both


async def agreed(two: Pair, rules: PlainRules) -> Versioned:
    """Both sides agree on an item, red under version 1 of its rules; blue lets everything out and in."""
    red = Versioned(two.red)
    await red.publish(rules)
    two.blue.tracker.person_creates(summary="Login fails", status="open", priority="high")
    await two.settle()
    assert two.red.only.summary == "Login fails"
    return red


async def test_what_new_rules_take_in_and_nobody_holds_here_is_written(two: Pair) -> None:
    red = await agreed(two, Some("priority"))
    assert two.red.only.priority is None
    await red.publish(Some())
    await two.settle()
    assert two.red.only.priority is None  # nothing happens by itself
    await red.sync("RED-1")
    await two.settle()
    assert (two.red.only.priority, two.blue.only.priority) == ("high", "high")
    (line,) = [line for line in await two.red.history() if line.step == "renewed"]
    assert (line.details["fields"], line.details["rules"]) == (["priority"], 2)


async def test_what_both_hold_is_judged_as_when_items_are_paired(two: Pair) -> None:
    red = await agreed(two, Some("priority"))
    two.tick()
    two.red.tracker.person_edits("RED-1", priority="low")
    await two.settle()
    assert two.blue.only.priority == "high"
    await red.publish(Some())
    await red.sync("RED-1")
    await two.settle()
    kept = "high" if two.red.connection.policy is Policy.INITIATOR else "low"
    assert (two.red.only.priority, two.blue.only.priority) == (kept, kept)
    # The value that lost stands in the history of the side that judged.
    (conflict,) = await two.red.conflicts()
    assert {conflict["kept"], conflict["lost"]} == {"high", "low"}
    assert conflict["kept"] == kept


async def test_an_item_that_changes_there_first_is_judged_just_so(two: Pair) -> None:
    red = await agreed(two, Some("priority"))
    two.tick()
    two.red.tracker.person_edits("RED-1", priority="low")
    await two.settle()
    await red.publish(Some())
    two.tick()
    two.blue.tracker.person_edits("BLUE-1", summary="Login fails again")
    await two.settle()
    assert two.red.only.summary == two.blue.only.summary == "Login fails again"
    assert two.red.only.priority == two.blue.only.priority
    (conflict,) = await two.red.conflicts()
    assert {conflict["kept"], conflict["lost"]} == {"high", "low"}


async def test_a_value_that_sync_wrote_is_no_edit_when_its_translation_changes(two: Pair) -> None:
    red = await agreed(two, Some(priority={"high": "P1"}))
    assert two.red.only.priority == "P1"
    await red.publish(Some(priority={"high": "urgent"}))
    await red.sync("RED-1")
    await two.settle()
    assert two.red.only.priority == "urgent"
    assert await two.red.conflicts() == []


async def test_what_new_rules_no_longer_map_stays(two: Pair) -> None:
    red = await agreed(two, Some())
    await red.publish(Some("priority"))
    await red.sync("RED-1")
    await two.settle()
    assert (two.red.only.priority, two.blue.only.priority) == ("high", "high")


async def test_comments_that_were_kept_out_come_in_and_those_deleted_here_stay_away(two: Pair) -> None:
    red = await agreed(two, Some(comments=False))
    two.blue.tracker.person_comments("BLUE-1", "It is the cookie")
    await two.settle()
    assert two.red.only.comments == ()
    await red.publish(Some())
    await red.sync("RED-1")
    await two.settle()
    assert [c.body for c in two.red.only.comments] == ["It is the cookie"]
    two.red.tracker.person_deletes_comment("RED-1", two.red.only.comments[0].id)
    await two.settle()
    await red.publish(Some())
    await red.sync("RED-1")
    await two.settle()
    assert (two.red.only.comments, two.blue.only.comments) == ((), ())


async def test_rules_whose_outcome_is_the_same_cause_no_message(two: Pair) -> None:
    red = await agreed(two, Some())
    sent = len(two.red.wire.sent), len(two.blue.wire.sent)
    await red.publish(Some())
    await red.sync("RED-1")
    await two.settle()
    assert (len(two.red.wire.sent), len(two.blue.wire.sent)) == sent
    assert await two.red.ports.store.read(lambda tx: tx.received_under(tx.twins()[0].id)) == 2


async def test_a_message_under_way_while_rules_are_published_is_taken_over_under_both(two: Pair) -> None:
    red = await agreed(two, Some("priority"))
    two.red.tracker.person_edits("RED-1", summary="ours")
    await two.red.look()
    await two.red.worker.work_once()  # composed and sent: blue's answer is not there yet
    await red.publish(Some())
    await two.settle()
    assert (two.blue.only.summary, two.red.only.priority) == ("ours", "high")


async def test_a_run_that_dies_between_the_write_and_its_account_is_taken_up(two: Pair) -> None:
    red = await agreed(two, Some("priority"))
    await red.publish(Some())
    await red.sync("RED-1")
    died = {"left": 1}

    async def dies(item: Item, context: RuleContext) -> Replica:
        if item.priority and died["left"]:
            died["left"] -= 1
            raise RuntimeError("kill -9")
        return await Some.outgoing(red.versions[2], item, context)

    red.versions[2].outgoing = dies
    await two.settle(seconds=600)
    assert died["left"] == 0
    if await two.red.lanes():
        await two.red.ports.store.run(lambda tx: tx.lane_ready(tx.twins()[0].id, Direction.OUT, two.clock.now()))
        await two.settle(seconds=600)
    assert two.red.only.priority == "high"
    assert await two.red.lanes() == []
    assert two.blue.only.priority == "high"


class Failing(Some):
    """Rules of a time long gone, which can't be run any more."""

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        raise RuleFailed("There is no such thing any more.")


async def test_where_the_former_rules_can_t_be_run_all_is_judged_as_when_items_are_paired(two: Pair) -> None:
    red = await agreed(two, Some("priority"))
    two.tick()
    two.red.tracker.person_edits("RED-1", priority="low")
    await two.settle()
    red.versions[1] = Failing()
    await red.publish(Some())
    await red.sync("RED-1")
    await two.settle()
    assert (two.red.only.summary, two.red.only.priority) == (two.blue.only.summary, two.blue.only.priority)
    assert len(await two.red.conflicts()) == 1


async def test_a_rule_that_fails_on_what_they_told_blocks_the_item_until_better_ones_come(two: Pair) -> None:
    red = await agreed(two, Some())
    await red.publish(Failing())
    await red.sync("RED-1")
    await two.settle()
    (lane,) = await two.red.lanes()
    assert (lane.state, (lane.cause or {})["error"]) == ("blocked", "RuleFailed")
    await red.publish(Some("priority"))
    await two.red.ports.store.run(lambda tx: tx.lane_ready(lane.twin_id, lane.direction, two.clock.now()))
    await two.settle()
    assert await two.red.lanes() == []
