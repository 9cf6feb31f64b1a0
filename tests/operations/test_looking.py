"""Queue, errors, status and history: what people see."""

from __future__ import annotations

import json

import pytest

from accord.errors import RuleFailed, Throttled, Unauthorized, UnknownThing, Unreachable
from accord.model import Item, Replica
from accord.operations.errors import errors
from accord.operations.history import history
from accord.operations.pause import pause
from accord.operations.queue import Status, queue
from accord.operations.status import status
from accord.operations.unsync import unsync
from accord.ports import Direction, RuleContext
from tests.pair import Pair, PlainRules, SideUnderTest


class BrokenRules(PlainRules):
    """Fail for every item."""

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        raise RuleFailed(f"No value for {item.key}.", file="partner.py", line=3, remedy="Mend line 3.", item=item.key)


async def edited(two: Pair, **values: object) -> None:
    two.blue.tracker.person_edits("BLUE-1", **values)
    await two.blue.look()
    await two.blue.worker.run_until_idle()


async def only_line(side: SideUnderTest) -> tuple[Status, str | None]:
    (line,) = await queue(side.ports)
    return line.status, line.key


async def test_an_event_is_seen_at_each_stage(synced: Pair) -> None:
    synced.blue.tracker.person_edits("BLUE-1", summary="two")
    await synced.blue.look()
    assert await only_line(synced.blue) == (Status.QUEUED, "BLUE-1")
    await synced.blue.worker.run_until_idle()
    assert await only_line(synced.blue) == (Status.WAITING, "BLUE-1")
    assert await only_line(synced.red) == (Status.APPLYING, "RED-1")
    await synced.settle()
    assert await queue(synced.blue.ports) == [] == await queue(synced.red.ports)


async def test_a_retry_says_when_and_why(synced: Pair) -> None:
    synced.blue.wire.trouble = lambda message: (Unreachable("The line is dead."), False)
    await edited(synced, summary="two")
    (line,) = await queue(synced.blue.ports)
    assert (line.status, line.attempts, line.direction) == (Status.RETRYING, 1, Direction.OUT)
    assert line.cause is not None
    assert line.cause["message"] == "The line is dead."
    assert line.next_try is not None
    assert (line.next_try - synced.clock.now()).total_seconds() == 1.0


async def test_a_block_says_what_to_do_and_its_items_are_counted(synced: Pair) -> None:
    synced.red.tracker.person_creates(summary="another")
    await edited(synced, status="refused")
    await synced.red.worker.run_until_idle()
    (line,) = await queue(synced.red.ports)
    assert (line.status, line.key, line.remote_key) == (Status.BLOCKED, "RED-1", "BLUE-1")
    (group,) = await errors(synced.red.ports)
    assert (group.error, group.who, group.blocked, group.keys) == ("WriteRefused", "tracker owner", 1, ["RED-1"])
    assert group.where == {"field": "status", "value": "refused"}
    seen = await status(synced.red.ports)
    assert (seen.connections[0].blocked, seen.connections[0].waiting_in, seen.well) == (1, 1, False)


async def test_one_cause_of_many_items_is_one_error(two: Pair) -> None:
    two.blue.rules, two.blue.trigger = BrokenRules(), "*"
    for number in range(3):
        two.blue.tracker.person_creates(summary=str(number))
    await two.settle()
    (group,) = await errors(two.blue.ports)
    assert (group.count, group.keys) == (3, ["BLUE-1", "BLUE-2", "BLUE-3"])
    assert (group.where, group.remedy) == ({"file": "partner.py", "line": 3}, "Mend line 3.")


async def test_a_hold_shows_on_all_that_it_stops(synced: Pair) -> None:
    synced.red.tracker.fail_next("read", Throttled("Slow down.", retry_after=120))
    await edited(synced, summary="two")
    await synced.red.worker.run_until_idle()
    (line,) = await queue(synced.red.ports)
    assert line.status is Status.RETRYING
    assert line.next_try is not None
    assert (line.next_try - synced.clock.now()).total_seconds() == 120
    (tracker,) = (await status(synced.red.ports)).trackers
    assert tracker.stop is not None
    assert tracker.stop.cause["message"] == "Slow down."


async def test_a_paused_connection_shows_why_nothing_goes_on(synced: Pair) -> None:
    await pause(synced.blue.ports, "blue-other", "migration")
    await edited(synced, summary="two")
    (line,) = await queue(synced.blue.ports)
    assert line.status is Status.BLOCKED
    assert line.cause is not None
    assert line.cause["message"] == "Connection blue-other is paused: migration."
    assert (await errors(synced.blue.ports))[0].remedy == "accord resume blue-other"


async def test_status_counts_and_tells_the_last_success(synced: Pair) -> None:
    settled_at = synced.clock.now()
    synced.tick(60)
    synced.blue.tracker.person_edits("BLUE-1", summary="two")
    await synced.blue.look()
    synced.tick(60)
    (connection,) = (await status(synced.blue.ports, frozenset())).connections
    assert (connection.under_sync, connection.waiting_out, connection.waiting_in) == (1, 1, 0)
    assert connection.last_success == settled_at
    assert connection.oldest_waiting is not None
    assert (synced.clock.now() - connection.oldest_waiting).total_seconds() == 60
    assert not connection.configured


async def test_a_tracker_out_of_reach_is_an_error_of_its_own(synced: Pair) -> None:
    trouble = Unauthorized("The password was changed.").to_json()
    await synced.blue.ports.store.run(lambda tx: tx.put_fact("trouble.blue", json.dumps(trouble)))
    (group,) = await errors(synced.blue.ports)
    assert (group.connection, group.error, group.count) == (None, "Unauthorized", 0)
    assert not (await status(synced.blue.ports)).well


async def test_history_is_by_item_and_outlives_the_pair(synced: Pair) -> None:
    synced.blue.tracker.person_creates(summary="another")
    await synced.blue.sync("BLUE-2")
    await synced.settle()
    await unsync(synced.blue.ports, "BLUE-1")
    lines = await history(synced.blue.ports, "BLUE-1")
    assert [line.step for line in lines] == ["ended", "settle", "outgoing"]
    assert {line.connection for line in lines} == {"blue-other"}
    assert len(await history(synced.blue.ports)) == 5
    assert len(await history(synced.blue.ports, limit=2)) == 2
    with pytest.raises(UnknownThing):
        await history(synced.blue.ports, "BLUE-9")


async def test_unknown_connections_are_named(two: Pair) -> None:
    for look in (queue, errors):
        with pytest.raises(UnknownThing, match="blue-othe"):
            await look(two.blue.ports, "blue-othe")


async def test_the_queue_lists_what_is_blocked_first_and_the_oldest_next(two: Pair) -> None:
    for number in (1, 2, 3):
        two.blue.tracker.person_creates(summary=str(number))
        await two.blue.sync(f"BLUE-{number}")
        two.tick()
    twin = await two.blue.twin("BLUE-3")
    await two.blue.ports.store.run(lambda tx: tx.lane_blocked(twin.id, Direction.OUT, {"error": "X", "message": "x"}))
    assert [line.key for line in await queue(two.blue.ports)] == ["BLUE-3", "BLUE-1", "BLUE-2"]
    assert [line.key for line in await queue(two.blue.ports, limit=1)] == ["BLUE-3"]
