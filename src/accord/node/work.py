"""Working on one twin under a lease: whatever its lanes have due, step by step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import structlog

from accord.errors import AccordError
from accord.model import TwinState
from accord.ports import Direction, Hold, LaneState, Lease, LeaseLost, Ports, Stage, Transaction
from accord.queue.retry import Block, Decision, HoldAll, Retry, decide
from accord.steps.acknowledge import deliver_acknowledgment
from accord.steps.incoming import incoming
from accord.steps.outgoing import outgoing
from accord.steps.send import send
from accord.steps.settle import settle
from accord.steps.situation import Situation

log = structlog.get_logger("accord.node")

Step = Callable[[Situation], Awaitable[None]]

STEPS: dict[tuple[Direction, Stage], Step] = {
    (Direction.OUT, Stage.QUEUED): outgoing,
    (Direction.OUT, Stage.COMPOSED): send,
    (Direction.OUT, Stage.SENT): send,
    (Direction.OUT, Stage.ACKNOWLEDGED): settle,
    (Direction.IN, Stage.QUEUED): incoming,
    (Direction.IN, Stage.APPLIED): deliver_acknowledgment,
}
AT_PEER = frozenset({Stage.COMPOSED, Stage.SENT, Stage.APPLIED})
STEPS_PER_LEASE = 50


async def work_on(ports: Ports, lease: Lease, random: Callable[[], float]) -> None:
    """Runs due steps of both lanes of one twin until nothing is due, then frees the twin."""
    try:
        for _ in range(STEPS_PER_LEASE):
            situation = await _next(ports, lease)
            if situation is None or not await _advance(situation, random):
                break
        await ports.store.run(lambda tx: tx.release(lease))
    except LeaseLost:
        log.warning("lease.lost", twin=lease.twin_id)


async def _next(ports: Ports, lease: Lease) -> Situation | None:
    """What is due now: what came in goes before what goes out."""
    now = ports.clock.now()

    def look(tx: Transaction) -> Situation | None:
        twin, connection = tx.twin(lease.twin_id), tx.connection(lease.connection_id)
        if twin is None or connection is None:
            return None
        ports.load_rules(tx, connection)
        for direction in (Direction.IN, Direction.OUT):
            lane = tx.lane(lease.twin_id, direction)
            if lane is None or lane.state is not LaneState.READY or lane.due is None or lane.due > now:
                continue
            entry = tx.head(lease.twin_id, direction)
            if entry is not None:
                return Situation(ports, lease, connection, twin, lane, entry)
        return None

    return await ports.store.read(look)


async def _advance(situation: Situation, random: Callable[[], float]) -> bool:
    """Runs one step. False if all work of this twin's tracker, connection or peer is to wait."""
    entry = situation.entry
    step = STEPS[entry.direction, entry.stage]
    if situation.twin.state is TwinState.ENDED and entry.stage is Stage.QUEUED:
        await situation.checkpoint(lambda tx: tx.clear_lane(entry.twin_id, entry.direction))
        return True
    try:
        await step(situation)
    except LeaseLost:
        raise
    except AccordError as error:
        return await _failed(situation, error, step.__name__, random)
    except Exception as error:
        log.exception("step.bug", step=step.__name__, twin=entry.twin_id, item=situation.twin.local_key)
        bug = AccordError(
            f"Accord met a bug of its own: {type(error).__name__}.", remedy="Please report it with the node's log."
        )
        return await _failed(situation, bug, step.__name__, random)
    return True


async def _failed(situation: Situation, error: AccordError, step: str, random: Callable[[], float]) -> bool:
    error.item = error.item or situation.twin.local_key or situation.twin.remote_key
    error.step = error.step or step
    error.side = error.side or situation.connection.name
    at_peer = situation.entry.stage in AT_PEER
    decision = decide(error, situation.lane.attempts, at_peer, situation.ports.settings, random())
    cause = error.to_json()
    log.info("step.failed", decision=type(decision).__name__, twin=situation.twin.id, **cause)
    await situation.checkpoint(lambda tx: _carry_out(tx, situation, decision, cause))
    return not isinstance(decision, HoldAll)


def _carry_out(tx: Transaction, situation: Situation, decision: Decision, cause: dict[str, Any]) -> None:
    twin_id, direction, now = situation.twin.id, situation.entry.direction, situation.now()
    tx.count(f"step.failed.{cause['error']}")
    head = tx.head(twin_id, direction)
    moved_on = head is not None and (head.stage, head.touched) != (situation.entry.stage, situation.entry.touched)
    if moved_on and not isinstance(decision, HoldAll):
        # Something arrived while the step ran: a new change, or the acknowledgment.
        tx.lane_ready(twin_id, direction, now)
    elif isinstance(decision, Retry):
        tx.lane_retrying(twin_id, direction, now + timedelta(seconds=decision.delay), cause)
    elif isinstance(decision, Block):
        tx.lane_blocked(twin_id, direction, cause)
    else:
        until = None if decision.delay is None else now + timedelta(seconds=decision.delay)
        tx.put_hold(Hold(decision.scope, _held(situation, decision.scope), until, 0, cause))
        tx.lane_retrying(twin_id, direction, until or now, cause)


def _held(situation: Situation, scope: str) -> str:
    return situation.connection.tracker if scope == "tracker" else situation.connection.id
