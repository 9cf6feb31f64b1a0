"""Retry, skip, pause and resume: letting go what stands still."""

from __future__ import annotations

import pytest

from accord.errors import NeedsOperator, RuleFailed, Throttled, UnknownThing, Unreachable
from accord.model import ConnectionState, Item, Kind, Replica
from accord.operations.errors import errors
from accord.operations.history import history
from accord.operations.pause import pause, resume
from accord.operations.queue import Status, queue
from accord.operations.retry import retry
from accord.operations.skip import skip
from accord.operations.status import status
from accord.operations.sync import sync
from accord.operations.unsync import unsync
from accord.ports import Direction, GuardSettings, RuleContext
from tests.operations.conftest import second_connection
from tests.pair import Pair, PlainRules


class BrokenRules(PlainRules):
    """Fail for every item."""

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        raise RuleFailed("No.", file="partner.py", line=1)


@pytest.fixture
async def blocked(synced: Pair) -> Pair:
    """Red's tracker does not take what blue sent."""
    synced.blue.tracker.person_edits("BLUE-1", status="refused")
    await synced.settle()
    (line,) = await queue(synced.red.ports)
    assert line.status is Status.BLOCKED
    return synced


async def test_a_retry_goes_on_where_the_cause_is_mended(blocked: Pair) -> None:
    blocked.red.rules = PlainRules({"status": {"refused": "closed"}})
    done = await retry(blocked.red.ports, "RED-1")
    assert (done.lanes, done.keys) == (1, ("RED-1",))
    await blocked.settle()
    assert blocked.red.only.status == "closed"
    assert await queue(blocked.red.ports) == []


@pytest.mark.parametrize("target", [None, "red-other", "BLUE-1"])
async def test_a_retry_is_of_all_of_a_connection_or_of_an_item(blocked: Pair, target: str | None) -> None:
    blocked.red.rules = PlainRules({"status": {"refused": "closed"}})
    assert (await retry(blocked.red.ports, target)).keys == ("RED-1",)
    await blocked.settle()
    assert blocked.red.only.status == "closed"


async def test_a_retry_does_not_wait_for_what_ends_by_itself(synced: Pair) -> None:
    synced.red.tracker.fail_next("read", Throttled("Slow down.", retry_after=3000))
    synced.blue.tracker.person_edits("BLUE-1", summary="two")
    await synced.settle()
    assert (await retry(synced.red.ports, "RED-1")).lifted == ("tracker red",)
    await synced.settle()
    assert synced.red.only.summary == "two"


async def test_a_retry_resets_the_fuse_against_ping_pong(synced: Pair) -> None:
    synced.red.guard = GuardSettings(writes_per_twin=1)
    synced.blue.tracker.person_edits("BLUE-1", summary="two")
    await synced.settle()
    (group,) = await errors(synced.red.ports)
    assert group.remedy is not None
    assert "accord retry RED-1" in group.remedy
    assert synced.red.only.summary == "Login fails"
    await retry(synced.red.ports, "RED-1")
    await synced.settle()
    assert synced.red.only.summary == "two"


async def test_there_may_be_nothing_to_retry(synced: Pair) -> None:
    assert (await retry(synced.blue.ports)).lanes == 0
    assert (await retry(synced.blue.ports, "BLUE-1")).lanes == 0
    with pytest.raises(UnknownThing, match="BLUE-9"):
        await retry(synced.blue.ports, "BLUE-9")


async def test_a_request_that_is_skipped_stays_unwritten_and_the_next_goes_on(blocked: Pair) -> None:
    skipped = await skip(blocked.red.ports, "RED-1")
    assert (skipped.direction, skipped.remote_key) == (Direction.IN, "BLUE-1")
    await blocked.settle()
    assert await queue(blocked.blue.ports) == [] == await queue(blocked.red.ports)
    assert blocked.red.only.status == "open"
    (line,) = [line for line in await history(blocked.red.ports, "RED-1") if line.step == "skipped"]
    assert line.details["replica"]["status"] == "refused"
    blocked.blue.tracker.person_edits("BLUE-1", summary="two")
    await blocked.settle()
    assert (blocked.red.only.summary, blocked.red.only.status) == ("two", "open")


async def test_an_event_that_nobody_has_yet_can_be_skipped(synced: Pair) -> None:
    synced.blue.rules = BrokenRules()
    synced.blue.tracker.person_edits("BLUE-1", summary="two")
    await synced.settle()
    assert (await skip(synced.blue.ports, "BLUE-1")).direction is Direction.OUT
    assert await queue(synced.blue.ports) == []
    synced.blue.rules = PlainRules()
    synced.blue.tracker.person_edits("BLUE-1", status="done")
    await synced.settle()
    assert (synced.red.only.summary, synced.red.only.status) == ("two", "done")


async def test_what_the_other_side_may_have_is_not_taken_back(synced: Pair) -> None:
    synced.blue.wire.trouble = lambda message: (Unreachable("down"), True)
    synced.blue.tracker.person_edits("BLUE-1", summary="two")
    await synced.blue.look()
    await synced.blue.worker.run_until_idle()
    with pytest.raises(NeedsOperator, match="numbered without gaps"):
        await skip(synced.blue.ports, "BLUE-1")
    synced.blue.wire.trouble = lambda message: None
    await synced.settle(seconds=10)
    assert synced.red.only.summary == "two"


async def test_telling_of_the_end_can_be_skipped(synced: Pair) -> None:
    synced.blue.wire.trouble = lambda message: (Unreachable("gone for good"), False)
    await unsync(synced.blue.ports, "BLUE-1")
    await synced.blue.worker.run_until_idle()
    await skip(synced.blue.ports, "BLUE-1")
    assert await queue(synced.blue.ports) == []
    synced.blue.wire.trouble = lambda message: None
    synced.red.tracker.person_edits("RED-1", summary="still sending")
    await synced.settle()
    assert await synced.red.twin("RED-1") is None
    assert Kind.UNSYNC not in {message.kind for message in synced.blue.wire.sent}


async def test_where_both_wait_one_is_to_be_named(synced: Pair) -> None:
    for side in synced.sides:
        await pause(side.ports, f"{side.tracker.name}-other")
    await resume(synced.blue.ports, "blue-other")
    synced.blue.tracker.person_edits("BLUE-1", summary="two")
    await synced.settle()
    await sync(synced.red.ports, "RED-1")
    with pytest.raises(UnknownThing, match="Both an event and a request wait for RED-1"):
        await skip(synced.red.ports, "RED-1")
    assert (await skip(synced.red.ports, "RED-1", direction=Direction.IN)).direction is Direction.IN


async def test_nothing_to_skip(synced: Pair) -> None:
    with pytest.raises(UnknownThing, match="Nothing waits for BLUE-1"):
        await skip(synced.blue.ports, "BLUE-1")


async def test_a_skip_waits_for_the_step_under_way_but_not_for_ever(blocked: Pair) -> None:
    await retry(blocked.red.ports, "RED-1")
    assert await blocked.red.worker.claim(1)
    with pytest.raises(NeedsOperator, match="RED-1 is being worked on just now"):
        await skip(blocked.red.ports, "RED-1")
    blocked.tick(31)
    await skip(blocked.red.ports, "RED-1")
    await blocked.settle()
    assert await queue(blocked.red.ports) == []


async def test_a_paused_connection_catches_up_when_it_is_resumed(synced: Pair) -> None:
    assert (await pause(synced.red.ports, "red-other")).state is ConnectionState.PAUSED
    synced.blue.tracker.person_edits("BLUE-1", summary="two")
    await synced.settle()
    assert synced.red.only.summary == "Login fails"
    assert (await retry(synced.red.ports)).stopped == ("red-other",)
    await synced.settle()
    assert synced.red.only.summary == "Login fails"
    await resume(synced.red.ports, "red-other")
    await synced.settle()
    assert synced.red.only.summary == "two"


async def test_what_the_guard_stopped_happens_once_it_is_accepted(synced: Pair) -> None:
    synced.blue.guard = GuardSettings(min_items=0, share_ended=0.1)
    synced.blue.tracker.person_deletes("BLUE-1")
    await synced.settle(seconds=10)
    stop = (await status(synced.blue.ports)).connections[0].stop
    assert stop is not None
    assert (stop.until, stop.cause["error"]) == (None, "GuardStopped")

    assert (await retry(synced.blue.ports)).stopped == ("blue-other",)
    again = await resume(synced.blue.ports, "blue-other")
    assert again.allowed_until is None
    await synced.settle(seconds=10)
    assert (await status(synced.blue.ports)).connections[0].stop is not None

    resumed = await resume(synced.blue.ports, "blue-other", accept=True)
    assert resumed.lifted is not None
    assert resumed.allowed_until is not None
    assert (resumed.allowed_until - synced.clock.now()).total_seconds() == 600
    await synced.settle(seconds=10)
    assert await synced.red.twin("RED-1") is None
    assert synced.red.only.key == "RED-1"


async def test_a_connection_that_is_not_in_force_can_be_neither_paused_nor_resumed(two: Pair) -> None:
    await second_connection(two.blue, state=ConnectionState.PENDING)
    for change in (pause, resume):
        with pytest.raises(NeedsOperator, match="third is pending"):
            await change(two.blue.ports, "third")
