"""Giving up what stands at the head of a lane, so that the next can go on. It stays in the item's history."""

from __future__ import annotations

from dataclasses import dataclass

from accord.errors import NeedsOperator, UnknownThing
from accord.model import Kind, Twin
from accord.operations.find import check_ours, twins_ever, twins_here, twins_there
from accord.operations.leased import leased
from accord.ports import Direction, Entry, Lane, LaneState, Lease, Ports, Stage, Transaction
from accord.steps import record
from accord.steps.situation import Situation
from accord.steps.skip import skip as skip_request


@dataclass(frozen=True)
class Skipped:
    """What was given up: a request of the other side (`in`), or an own event (`out`)."""

    key: str | None
    remote_key: str | None
    twin_id: str
    direction: Direction
    reason: str


async def skip(ports: Ports, key: str, connection: str | None = None, direction: Direction | None = None) -> Skipped:
    """Gives up the head of an item's blocked lane (or of its only one that waits), or of the lane `direction`.

    Raises UnknownThing (not under sync, nothing waits, or it is not clear which lane is meant) and NeedsOperator
    (it can't be taken back any more, or is being worked on).
    """
    twin, head = await ports.store.read(lambda tx: _chosen(tx, key, connection, direction))
    _check(twin, head)
    async with leased(ports, twin) as lease:
        situation = await ports.store.read(lambda tx: _situation(tx, ports, lease, head.direction))
        _check(situation.twin, situation.entry)
        if head.direction is Direction.IN:
            await skip_request(situation)
        else:
            await situation.checkpoint(lambda tx: _drop(tx, situation))
    return Skipped(twin.local_key, twin.remote_key, twin.id, head.direction, head.reason)


def _chosen(tx: Transaction, key: str, connection: str | None, direction: Direction | None) -> tuple[Twin, Entry]:
    """The entry that is meant: of a twin that has something waiting, its end waiting to be told included."""
    found: list[tuple[Twin, Lane, Entry]] = []
    live = twins_here(tx, key, connection) or twins_there(tx, key, connection)
    for twin in live or twins_ever(tx, key, connection):
        for each in Direction:
            lane, head = tx.lane(twin.id, each), tx.head(twin.id, each)
            if lane and head and direction in (None, each):
                found.append((twin, lane, head))
    found = [one for one in found if one[1].state is LaneState.BLOCKED] or found
    if not found:
        raise UnknownThing(f"Nothing waits for {key}.", remedy="See what does: accord queue.", item=key)
    if len({twin.id for twin, _, _ in found}) > 1:
        raise UnknownThing(f"Several twins of {key} wait.", remedy="Name one: --connection.", item=key)
    if len(found) > 1:
        raise UnknownThing(
            f"Both an event and a request wait for {key}.",
            remedy="Choose: --direction out (ours) or --direction in (theirs).",
            item=key,
        )
    check_ours(found[0][0], key)
    return found[0][0], found[0][2]


def _check(twin: Twin, head: Entry) -> None:
    farewell = head.message is not None and head.message.kind is Kind.UNSYNC
    if head.stage is Stage.QUEUED or farewell:
        return
    key = twin.local_key or twin.remote_key
    if head.direction is Direction.IN:
        raise NeedsOperator(
            f"What {twin.remote_key} sent is applied already; only its acknowledgment is on its way.",
            remedy="It is delivered by itself: accord queue shows when.",
            item=key,
        )
    raise NeedsOperator(
        f"Message {head.sequence} of {key} was handed to the other side, or may have been: messages of an item are "
        "numbered without gaps, so it can't be taken back.",
        remedy=f"Its operator can skip it there. Or change {key} again, or end the pair: accord unsync {key}.",
        item=key,
    )


def _situation(tx: Transaction, ports: Ports, lease: Lease, direction: Direction) -> Situation:
    twin, connection = tx.twin(lease.twin_id), tx.connection(lease.connection_id)
    lane, head = tx.lane(lease.twin_id, direction), tx.head(lease.twin_id, direction)
    if twin is None or connection is None or lane is None or head is None:
        raise UnknownThing("It has just gone on by itself.", remedy="See: accord queue.")
    return Situation(ports, lease, connection, twin, lane, head)


def _drop(tx: Transaction, situation: Situation) -> None:
    twin = situation.twin
    tx.remove_entry(situation.entry)
    tx.lane_ready(twin.id, Direction.OUT, situation.now())
    tx.record(record.entry(situation, "skipped", f"skipped an event of {twin.local_key}", item=twin.local_key))
