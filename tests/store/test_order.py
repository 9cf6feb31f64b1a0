"""Whatever happens to a lane, its entries come out in order, once each, and it is never forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accord.ports import LaneState, Stage, Transaction
from accord.store.groups import Group, Job
from accord.store.sqlite import MEMORY, SqliteDatabase
from tests.store.examples import CAUSE, IN, OUT, later, message, twin

TWIN = twin()


@pytest.fixture(scope="module")
def group() -> Iterator[Group]:
    opened = Group(SqliteDatabase(MEMORY))
    yield opened
    opened.database.close()


@dataclass
class Expected:
    """What the two lanes should hold: reasons in the out lane, sequence numbers in the in lane."""

    out: list[str] = field(default_factory=list)
    incoming: list[int] = field(default_factory=list)
    given: int = 0
    received: int = 0
    waiting: bool = False


def act(tx: Transaction, expected: Expected, action: str, number: int) -> None:
    """One thing that happens, to the store and to what is expected of it."""
    at = later(number)
    head = tx.head(TWIN.id, OUT)
    if action == "event":
        assert tx.register_event(TWIN, f"event {number}", at) is not expected.waiting
        expected.out += [] if expected.waiting else [f"event {number}"]
        expected.waiting = True
    elif action == "compose" and head and head.stage is Stage.QUEUED:
        expected.given += 1
        assert tx.next_sequence(TWIN.id) == expected.given
        composed = message(TWIN, expected.given)
        tx.put_entry(replace(head, stage=Stage.COMPOSED, sequence=expected.given, message=composed))
        expected.waiting = False
    elif action == "insert":
        expected.given += 1
        tx.add_composed(TWIN, message(TWIN, expected.given), f"insert {number}", at)
        expected.out.insert(0, f"insert {number}")
    elif action == "settle" and head and head.stage is Stage.COMPOSED:
        tx.remove_entry(head)
        tx.lane_ready(TWIN.id, OUT, at)
        assert head.reason == expected.out.pop(0)
    elif action == "request":
        offset = number % 4 - 1
        receipt = tx.register_request(message(TWIN, expected.received + offset), TWIN, at)
        assert receipt.status == {-1: "duplicate", 0: "duplicate", 1: "registered", 2: "gap"}[offset]
        if offset == 1:
            expected.received += 1
            expected.incoming.append(expected.received)
    elif action == "apply" and (first := tx.head(TWIN.id, IN)):
        tx.remove_entry(first)
        tx.lane_ready(TWIN.id, IN, at)
        assert first.sequence == expected.incoming.pop(0)
    elif action == "block" and head:
        tx.lane_blocked(TWIN.id, OUT, CAUSE)
    elif action == "retry" and head:
        tx.lane_retrying(TWIN.id, OUT, later(10_000), CAUSE)


ACTIONS = ("event", "compose", "insert", "settle", "request", "apply", "block", "retry")


@settings(max_examples=200, deadline=None)
@given(happenings=st.lists(st.tuples(st.sampled_from(ACTIONS), st.integers(0, 999)), max_size=30))
def test_lanes_keep_their_order(group: Group, happenings: list[tuple[str, int]]) -> None:
    class Undone(Exception):
        """Leaves the database as it was, for the next example."""

    def work(tx: Transaction) -> Any:
        expected = Expected()
        for action, number in happenings:
            act(tx, expected, action, number)
            assert [one.reason for one in tx.entries(TWIN.id, OUT)] == expected.out
            assert [one.sequence for one in tx.entries(TWIN.id, IN)] == expected.incoming
            for lane in tx.lanes(busy_only=False):
                assert (lane.state is LaneState.IDLE) is (not tx.entries(TWIN.id, lane.direction))
                assert (lane.due is not None) is (lane.state is LaneState.READY)
                assert lane.last_sequence == (expected.given if lane.direction is OUT else expected.received)
        raise Undone

    job = Job(work)
    group.perform([job])
    with pytest.raises(Undone):
        job.outcome()
