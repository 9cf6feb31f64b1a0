"""What must always hold, in small stories (agreement, nothing lost, nothing twice, no echo)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from accord.errors import Unreachable, WriteRefused
from accord.model import Kind
from accord.operations.unsync import unsync
from accord.ports import GuardSettings, LaneState
from accord.steps.guard import open_guard
from tests.pair import Pair, PlainRules, pair


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    async with pair(tmp_path) as both:
        both.red.trigger = None
        yield both


async def test_an_item_is_created_on_the_other_side(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="Login fails", description="Since **Monday**", labels=("web",))
    await two.settle()
    item = two.red.only
    assert (item.summary, item.description, item.labels) == ("Login fails", "Since **Monday**", ("web",))
    assert (await two.blue.twin("BLUE-1")).remote_key == "RED-1"
    assert await two.blue.lanes() == [] == await two.red.lanes()


async def test_changes_travel_both_ways_and_do_not_echo(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="one", status="open")
    await two.settle()
    two.red.tracker.person_edits("RED-1", summary="two")
    await two.settle()
    assert two.blue.only.summary == "two"
    two.blue.tracker.person_edits("BLUE-1", status="done")
    await two.settle()
    assert two.red.only.status == "done"
    assert [c for c in two.red.tracker.calls if c in ("create", "update")] == ["create", "update"]
    assert two.blue.tracker.calls.count("update") == 1
    assert sum(m.kind is Kind.SYNC for side in two.sides for m in side.wire.sent) == 3


async def test_only_what_changed_is_written(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="one", description="text", status="open")
    await two.settle()
    two.red.tracker.person_edits("RED-1", description="theirs")
    two.blue.tracker.person_edits("BLUE-1", summary="ours")
    await two.settle()
    for side in two.sides:
        assert (side.only.summary, side.only.description) == ("ours", "theirs")
    assert await two.blue.conflicts() == [] == await two.red.conflicts()


async def test_the_latest_wins_on_both_sides_and_the_loser_is_kept(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="base")
    await two.settle()
    two.tick()
    two.blue.tracker.person_edits("BLUE-1", summary="earlier")
    two.tick()
    two.red.tracker.person_edits("RED-1", summary="later")
    await two.settle()
    assert [side.only.summary for side in two.sides] == ["later", "later"]
    conflicts = await two.blue.conflicts() + await two.red.conflicts()
    assert {(c["kept"], c["lost"]) for c in conflicts} == {("later", "earlier")}


async def test_crossing_messages_reach_the_same_answer(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="base")
    await two.settle()
    for first, second in (("blue", "red"), ("red", "blue")):
        sides = {"blue": two.blue, "red": two.red}
        two.tick()
        sides[first].tracker.person_edits(f"{first.upper()}-1", summary=f"early {first}")
        two.tick()
        sides[second].tracker.person_edits(f"{second.upper()}-1", summary=f"late {second}")
        for side in two.sides:
            side.wire.trouble = lambda message: (Unreachable("down"), False)
            await side.look()
            await side.worker.run_until_idle()
        for side in two.sides:
            side.wire.trouble = lambda message: None
        await two.settle(seconds=100)
        assert [side.only.summary for side in two.sides] == [f"late {second}"] * 2


async def test_words_are_translated_and_lossy_words_do_not_bounce(two: Pair) -> None:
    two.red.rules = PlainRules({"priority": {"critical": "high", "major": "high"}})
    two.blue.tracker.person_creates(summary="one", priority="critical")
    await two.settle()
    assert (two.blue.only.priority, two.red.only.priority) == ("critical", "high")
    two.red.tracker.person_edits("RED-1", summary="two")
    await two.settle()
    assert (two.blue.only.priority, two.blue.only.summary) == ("critical", "two")


async def test_truncation_there_is_no_edit_of_ours(two: Pair) -> None:
    two.red.tracker.normalise = lambda item: item.model_copy(update={"summary": (item.summary or "")[:5]})
    two.blue.tracker.person_creates(summary="a long summary")
    await two.settle()
    two.red.tracker.person_edits("RED-1", status="done")
    await two.settle()
    assert (two.blue.only.summary, two.blue.only.status) == ("a long summary", "done")
    two.blue.tracker.person_edits("BLUE-1", summary="another long one")
    await two.settle()
    assert (two.blue.only.summary, two.red.only.summary) == ("another long one", "anoth")


async def test_what_the_other_tracker_adds_comes_back(two: Pair) -> None:
    two.red.tracker.normalise = lambda item: item.model_copy(update={"priority": item.priority or "normal"})
    two.blue.tracker.person_creates(summary="one")
    await two.settle()
    assert two.blue.only.priority == "normal"
    two.red.tracker.normalise = lambda item: item.model_copy(
        update={"type": "closed-bug" if item.status == "done" else item.type}
    )
    two.blue.tracker.person_edits("BLUE-1", status="done")
    await two.settle()
    assert two.blue.only.type == "closed-bug"


async def test_comments_both_ways_with_edits_and_deletions(two: Pair) -> None:
    two.red.rules = PlainRules(header=True)
    two.blue.tracker.person_creates(summary="one")
    mine = two.blue.tracker.person_comments("BLUE-1", "hello")
    await two.settle()
    assert two.red.only.comments[0].body == "alice wrote:\n\nhello"
    two.red.tracker.person_comments("RED-1", "hi back")
    await two.settle()
    assert [c.body for c in two.blue.only.comments] == ["hello", "hi back"]
    comment = two.blue.only.comments[0].model_copy(update={"body": "hello, all"})
    two.blue.tracker.person_edits("BLUE-1", comments=(comment, two.blue.only.comments[1]))
    await two.settle()
    assert two.red.only.comments[0].body == "alice wrote:\n\nhello, all"
    two.red.tracker.person_edits("RED-1", comments=(two.red.only.comments[1],))
    await two.settle()
    assert [c.body for c in two.blue.only.comments] == ["hi back"]
    assert mine not in {c.id for c in two.blue.only.comments}
    assert len(two.red.only.comments) == 1


async def test_attachments_travel_by_hash(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="one")
    two.blue.tracker.person_attaches("BLUE-1", "log.txt", b"a log")
    await two.settle()
    attachment = two.red.only.attachments[0]
    assert two.red.tracker.content["RED-1", attachment.id] == b"a log"
    two.red.tracker.person_edits("RED-1", attachments=())
    await two.settle()
    assert two.blue.only.attachments == ()


@pytest.mark.parametrize("call", ["create", "update", "add_comment", "add_attachment"])
@pytest.mark.parametrize("after", [True, False])
async def test_a_lost_answer_of_the_tracker_makes_nothing_twice(two: Pair, call: str, after: bool) -> None:
    two.red.tracker.fail_next(call, Unreachable("time-out"), after=after)
    two.blue.tracker.person_creates(summary="one")
    two.blue.tracker.person_comments("BLUE-1", "hello")
    two.blue.tracker.person_attaches("BLUE-1", "log.txt", b"a log")
    await two.settle(seconds=100)
    two.blue.tracker.person_edits("BLUE-1", summary="two")
    await two.settle(seconds=100)
    item = two.red.only
    assert (item.summary, len(item.comments), len(item.attachments)) == ("two", 1, 1)
    assert (len(two.blue.only.comments), len(two.blue.only.attachments)) == (1, 1)
    assert await two.red.conflicts() == []


@pytest.mark.parametrize("after", [True, False])
async def test_a_lost_message_or_answer_is_sent_again(two: Pair, after: bool) -> None:
    failures = iter([(Unreachable("lost"), after)] * 2)
    for side in two.sides:
        side.wire.trouble = lambda message: next(failures, None)
    two.blue.tracker.person_creates(summary="one")
    await two.settle(seconds=300)
    assert two.red.only.summary == "one"
    assert await two.blue.lanes() == [] == await two.red.lanes()


async def test_a_refused_value_blocks_only_its_item(two: Pair) -> None:
    for summary in ("one", "two"):
        two.blue.tracker.person_creates(summary=summary)
    await two.settle()
    two.blue.tracker.person_edits("BLUE-1", status="refused")
    two.blue.tracker.person_edits("BLUE-2", status="fine")
    await two.settle()
    assert two.red.tracker.items["RED-2"].status == "fine"
    (lane,) = await two.red.lanes()
    assert lane.state is LaneState.BLOCKED
    assert lane.cause["error"] == WriteRefused.__name__
    two.red.tracker.person_edits("RED-1", summary="one, seen")
    await two.settle()
    assert two.blue.tracker.items["BLUE-1"].summary == "one, seen"


async def test_a_deleted_item_ends_its_twin_and_leaves_the_other(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="one")
    await two.settle()
    two.blue.tracker.person_deletes("BLUE-1")
    await two.settle(seconds=10)
    assert two.red.only.summary == "one"
    assert await two.blue.twin("BLUE-1") is None
    assert await two.red.twin("RED-1") is None


async def test_two_existing_items_are_paired_with_consent(two: Pair) -> None:
    two.blue.trigger = None
    two.blue.tracker.person_creates(summary="ours", labels=("a",), priority="high")
    two.red.tracker.person_creates(summary="theirs", labels=("b",), description="kept")
    await two.blue.sync("BLUE-1", pair_with="RED-1")
    await two.settle()
    (lane,) = await two.red.lanes()
    assert lane.state is LaneState.BLOCKED
    assert two.red.only.summary == "theirs"
    two.red.accept_connect = True
    await two.red.ports.store.run(lambda tx: tx.lane_ready(lane.twin_id, lane.direction, two.clock.now()))
    await two.settle()
    for side in two.sides:
        assert (side.only.summary, side.only.description, set(side.only.labels)) == ("ours", "kept", {"a", "b"})


async def test_simultaneous_equal_edits_are_no_conflict(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="one")
    await two.settle()
    for side, key in ((two.blue, "BLUE-1"), (two.red, "RED-1")):
        side.tracker.person_edits(key, summary="same")
    await two.settle()
    assert await two.blue.conflicts() == [] == await two.red.conflicts()


async def test_the_guard_stops_a_mass_deletion_and_lets_it_go_on_when_told(two: Pair) -> None:
    for number in range(30):
        two.blue.tracker.person_creates(summary=str(number))
    await two.settle()
    for number in range(30):
        two.blue.tracker.person_deletes(f"BLUE-{number + 1}")
    await two.settle(seconds=10)
    (hold,) = await two.blue.ports.store.read(lambda tx: tx.holds())
    assert hold.cause["error"] == "GuardStopped"
    assert await two.red.ports.store.read(lambda tx: tx.count_twins("c0ffee")) == 30
    await two.blue.ports.store.run(lambda tx: open_guard(tx, two.blue.connection, datetime(2027, 1, 1, tzinfo=UTC)))
    await two.blue.ports.store.run(lambda tx: tx.lift_hold("connection", "c0ffee"))
    two.red.guard = GuardSettings(min_items=100)
    await two.settle(seconds=10)
    assert await two.red.ports.store.read(lambda tx: tx.count_twins("c0ffee")) == 0
    assert len(two.red.tracker.items) == 30


async def test_what_was_taken_out_of_sync_comes_back_only_by_hand(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="one")
    await two.settle()
    await unsync(two.blue.ports, "BLUE-1")
    two.blue.tracker.person_edits("BLUE-1", summary="two")
    await two.settle(seconds=10)
    assert await two.blue.twin("BLUE-1") is None
    assert await two.red.twin("RED-1") is None
    assert two.red.only.summary == "one"
    await two.blue.sync("BLUE-1")
    await two.settle()
    # With the item that it was in a pair with.
    assert two.red.only.summary == "two"
