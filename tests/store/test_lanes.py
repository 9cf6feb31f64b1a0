"""The sync queue: what goes into a lane, in which order it comes out, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from accord.errors import UnknownThing
from accord.model import Kind
from accord.ports import Lane, LaneState, Receipt, Stage, Transaction
from accord.store import SqlStore
from tests.store.examples import CAUSE, IN, NOW, OUT, acknowledgment, later, message, twin

TWIN = twin()


def out(tx: Transaction) -> Lane:
    lane = tx.lane(TWIN.id, OUT)
    assert lane
    return lane


def incoming(tx: Transaction) -> Lane:
    lane = tx.lane(TWIN.id, IN)
    assert lane
    return lane


def sent(tx: Transaction, due: float = 100) -> None:
    """An event on its way, whose acknowledgment is awaited until `due`."""
    tx.register_event(TWIN, "changed", NOW)
    head = tx.head(TWIN.id, OUT)
    assert head
    tx.put_entry(replace(head, stage=Stage.SENT, sequence=1, message=message(TWIN, 1)))
    tx.lane_ready(TWIN.id, OUT, later(due))


async def test_an_event_makes_the_out_lane_due(store: SqlStore) -> None:
    assert await store.run(lambda tx: tx.register_event(TWIN, "changed", NOW)) is True

    lane = await store.read(out)
    assert (lane.connection_id, lane.state, lane.due, lane.attempts) == ("c-blue", LaneState.READY, NOW, 0)
    head = await store.read(lambda tx: tx.head(TWIN.id, OUT))
    assert head
    assert (head.stage, head.reason, head.sequence, head.touched) == (Stage.QUEUED, "changed", None, 0)
    assert (head.message, head.created_at) == (None, NOW)


async def test_events_collapse_into_the_one_that_waits_and_are_counted_in_it(store: SqlStore) -> None:
    def work(tx: Transaction) -> tuple[bool, bool]:
        tx.register_event(TWIN, "changed", NOW)
        return tx.register_event(TWIN, "again", later(1)), tx.register_event(TWIN, "and again", later(2))

    assert await store.run(work) == (False, False)
    [only] = await store.read(lambda tx: tx.entries(TWIN.id, OUT))
    assert (only.reason, only.touched) == ("changed", 2)


async def test_an_event_behind_one_on_its_way_waits_for_the_acknowledgment(store: SqlStore) -> None:
    def work(tx: Transaction) -> bool:
        sent(tx)
        return tx.register_event(TWIN, "changed", later(5))

    assert await store.run(work) is True
    assert (await store.read(out)).due == later(100)
    entries = await store.read(lambda tx: tx.entries(TWIN.id, OUT))
    assert [one.stage for one in entries] == [Stage.SENT, Stage.QUEUED]


async def test_an_event_lets_a_blocked_lane_try_at_once(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        tx.register_event(TWIN, "changed", NOW)
        tx.lane_blocked(TWIN.id, OUT, CAUSE)
        tx.register_event(TWIN, "changed", later(5))

    await store.run(work)
    lane = await store.read(out)
    assert (lane.state, lane.due, lane.cause) == (LaneState.READY, later(5), CAUSE)


async def test_an_event_lets_a_lane_that_could_not_compose_try_at_once(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        tx.register_event(TWIN, "changed", NOW)
        tx.lane_retrying(TWIN.id, OUT, later(600), CAUSE)
        tx.register_event(TWIN, "changed", later(5))

    await store.run(work)
    assert (await store.read(out)).due == later(5)


async def test_an_event_never_puts_off_what_is_due_already(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        tx.register_event(TWIN, "changed", NOW)
        tx.register_event(TWIN, "changed", later(5))

    await store.run(work)
    assert (await store.read(out)).due == NOW


async def test_an_event_lets_a_blocked_in_lane_try_at_once_but_not_one_that_backs_off(store: SqlStore) -> None:
    def block(tx: Transaction) -> None:
        tx.register_request(message(TWIN, 1), TWIN, NOW)
        tx.lane_blocked(TWIN.id, IN, CAUSE)
        tx.register_event(TWIN, "changed", later(5))

    def back_off(tx: Transaction) -> None:
        tx.lane_retrying(TWIN.id, IN, later(600), CAUSE)
        tx.register_event(TWIN, "changed", later(6))

    await store.run(block)
    assert (await store.read(incoming)).due == later(5)
    await store.run(back_off)
    assert (await store.read(incoming)).due == later(600)


async def test_requests_are_registered_in_order_without_gaps(store: SqlStore) -> None:
    def work(tx: Transaction) -> list[Receipt]:
        return [tx.register_request(message(TWIN, number), TWIN, later(number)) for number in (1, 3, 2)]

    first, early, second = await store.run(work)
    assert first == Receipt("registered")
    assert early == Receipt("gap", expected=2)
    assert second == Receipt("registered")
    lane = await store.read(incoming)
    assert (lane.state, lane.due, lane.last_sequence) == (LaneState.READY, later(1), 2)
    entries = await store.read(lambda tx: tx.entries(TWIN.id, IN))
    assert [(one.sequence, one.message, one.reason) for one in entries] == [
        (1, message(TWIN, 1), "sync"),
        (2, message(TWIN, 2), "sync"),
    ]


async def test_a_first_request_must_be_number_one(store: SqlStore) -> None:
    assert await store.run(lambda tx: tx.register_request(message(TWIN, 2), TWIN, NOW)) == Receipt("gap", expected=1)
    assert await store.read(lambda tx: tx.head(TWIN.id, IN)) is None


async def test_a_duplicate_is_answered_with_the_acknowledgment_of_just_that_message(store: SqlStore) -> None:
    def work(tx: Transaction) -> list[Receipt]:
        for number in (1, 2):
            tx.register_request(message(TWIN, number), TWIN, NOW)
        tx.clear_lane(TWIN.id, IN)
        tx.remember_acknowledgment(TWIN.id, acknowledgment(TWIN, 1))
        tx.remember_acknowledgment(TWIN.id, acknowledgment(TWIN, 2))
        return [tx.register_request(message(TWIN, number), TWIN, later(5)) for number in (2, 1)]

    latest, older = await store.run(work)
    assert latest == Receipt("duplicate", acknowledgment=acknowledgment(TWIN, 2), detail="idle")
    assert older == Receipt("duplicate", detail="idle")
    lane = await store.read(incoming)
    assert (lane.state, lane.last_acknowledgment) == (LaneState.IDLE, acknowledgment(TWIN, 2))


async def test_a_duplicate_of_a_request_that_is_stuck_tells_so(store: SqlStore) -> None:
    def work(tx: Transaction) -> Receipt:
        tx.register_request(message(TWIN, 1), TWIN, NOW)
        tx.lane_blocked(TWIN.id, IN, CAUSE)
        return tx.register_request(message(TWIN, 1), TWIN, later(5))

    assert await store.run(work) == Receipt("duplicate", detail="blocked")
    assert (await store.read(incoming)).state is LaneState.BLOCKED


async def test_a_new_request_lets_a_waiting_in_lane_try_at_once(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        tx.register_request(message(TWIN, 1), TWIN, NOW)
        tx.lane_retrying(TWIN.id, IN, later(600), CAUSE)
        tx.register_request(message(TWIN, 2, Kind.UNSYNC), TWIN, later(5))

    await store.run(work)
    lane = await store.read(incoming)
    assert (lane.due, lane.attempts, lane.cause) == (later(5), 1, CAUSE)


async def test_an_acknowledgment_is_no_request(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="acknowledgment"):
        await store.run(lambda tx: tx.register_request(acknowledgment(TWIN, 1), TWIN, NOW))


async def test_a_composed_event_goes_before_those_that_wait(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        tx.register_event(TWIN, "changed", NOW)
        tx.lane_retrying(TWIN.id, OUT, later(600), CAUSE)
        assert tx.next_sequence(TWIN.id) == 1
        made = tx.add_composed(TWIN, message(TWIN, 1, Kind.UNSYNC), "unsync", later(5))
        assert made == tx.head(TWIN.id, OUT)
        assert (made.stage, made.sequence, made.message) == (Stage.COMPOSED, 1, message(TWIN, 1, Kind.UNSYNC))
        assert tx.next_sequence(TWIN.id) == 2

    await store.run(work)
    lane = await store.read(out)
    assert (lane.state, lane.due, lane.last_sequence) == (LaneState.READY, later(5), 1)
    assert [one.reason for one in await store.read(lambda tx: tx.entries(TWIN.id))] == ["unsync", "changed"]


async def test_an_entry_goes_through_its_stages(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        sent(tx)
        head = tx.head(TWIN.id, OUT)
        assert head
        tx.put_entry(replace(head, stage=Stage.ACKNOWLEDGED, acknowledgment=acknowledgment(TWIN, 1)))

    await store.run(work)
    head = await store.read(lambda tx: tx.head(TWIN.id, OUT))
    assert head
    assert (head.stage, head.message, head.acknowledgment) == (
        Stage.ACKNOWLEDGED,
        message(TWIN, 1),
        acknowledgment(TWIN, 1),
    )
    assert await store.read(lambda tx: tx.next_sequence(TWIN.id)) == 2


async def test_a_change_is_noticed_by_a_step_that_has_read_the_entry(store: SqlStore) -> None:
    def work(tx: Transaction) -> int:
        tx.register_event(TWIN, "changed", NOW)
        before = tx.head(TWIN.id, OUT)
        assert before
        tx.register_event(TWIN, "changed", later(1))
        tx.put_entry(replace(before, stage=Stage.QUEUED))
        after = tx.head(TWIN.id, OUT)
        assert after
        return after.touched

    assert await store.run(work) == 1


async def test_a_lane_is_idle_once_it_is_empty(store: SqlStore) -> None:
    def work(tx: Transaction) -> LaneState:
        tx.register_event(TWIN, "changed", NOW)
        tx.lane_retrying(TWIN.id, OUT, later(600), CAUSE)
        head = tx.head(TWIN.id, OUT)
        assert head
        tx.remove_entry(head)
        removed = out(tx).state
        tx.lane_ready(TWIN.id, OUT, later(5))
        return removed

    assert await store.run(work) is LaneState.IDLE
    lane = await store.read(out)
    assert (lane.state, lane.due, lane.attempts, lane.cause) == (LaneState.IDLE, None, 0, None)
    assert await store.read(lambda tx: tx.lanes()) == []
    assert await store.read(lambda tx: tx.lanes("c-blue", busy_only=False)) == [lane]


async def test_a_lane_with_more_in_it_goes_on(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        sent(tx)
        tx.register_event(TWIN, "changed", later(5))
        tx.lane_retrying(TWIN.id, OUT, later(600), CAUSE)
        head = tx.head(TWIN.id, OUT)
        assert head
        tx.remove_entry(head)
        tx.lane_ready(TWIN.id, OUT, later(6))

    await store.run(work)
    lane = await store.read(out)
    assert (lane.state, lane.due, lane.attempts, lane.cause) == (LaneState.READY, later(6), 0, None)


async def test_attempts_are_counted_and_the_cause_is_shown(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        tx.register_event(TWIN, "changed", NOW)
        tx.lane_retrying(TWIN.id, OUT, later(1), CAUSE)
        tx.lane_retrying(TWIN.id, OUT, later(2), CAUSE)
        tx.lane_blocked(TWIN.id, OUT, CAUSE | {"item": "ITEM-1"})

    await store.run(work)
    [lane] = await store.read(lambda tx: tx.lanes("c-blue"))
    assert (lane.state, lane.due, lane.attempts, lane.cause) == (
        LaneState.BLOCKED,
        None,
        2,
        CAUSE | {"item": "ITEM-1"},
    )
    assert await store.read(lambda tx: tx.lanes("c-other")) == []


async def test_a_cleared_lane_still_knows_its_duplicates(store: SqlStore) -> None:
    def work(tx: Transaction) -> Receipt:
        tx.register_request(message(TWIN, 1), TWIN, NOW)
        tx.clear_lane(TWIN.id, IN)
        return tx.register_request(message(TWIN, 1), TWIN, later(5))

    assert await store.run(work) == Receipt("duplicate", detail="idle")
    assert await store.read(lambda tx: tx.entries(TWIN.id)) == []


async def test_an_entry_that_was_skipped_meanwhile_can_not_come_back(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        tx.register_event(TWIN, "changed", NOW)
        gone = tx.head(TWIN.id, OUT)
        assert gone
        tx.clear_lane(TWIN.id, OUT)
        tx.register_event(TWIN, "changed", NOW)
        tx.remove_entry(gone)
        tx.put_entry(replace(gone, stage=Stage.SENT))

    with pytest.raises(UnknownThing, match="no longer in the sync queue"):
        await store.run(work)


async def test_a_twin_without_lanes(store: SqlStore) -> None:
    def work(tx: Transaction) -> tuple[object, ...]:
        tx.lane_ready("nobody", OUT, NOW)
        return tx.lane("nobody", OUT), tx.head("nobody", OUT), tx.next_sequence("nobody"), tx.lanes(busy_only=False)

    assert await store.run(work) == (None, None, 1, [])


async def test_what_a_newer_peer_adds_to_a_message_is_kept(store: SqlStore) -> None:
    strange = message(TWIN, 1, replica={"summary": "é\u0000☃", "priority": None, "mood": {"so": ["so"]}}, novelty=1)
    await store.run(lambda tx: tx.register_request(strange, TWIN, NOW))

    head = await store.read(lambda tx: tx.head(TWIN.id, IN))
    assert head
    assert head.message
    assert head.message.dump() == strange.dump()
    assert "priority" in head.message.dump()["replica"]
    assert "status" not in head.message.dump()["replica"]
