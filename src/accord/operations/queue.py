"""The sync queue as people see it: what waits, for what, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from accord.model import Connection, ConnectionState, Twin
from accord.operations.find import connections_meant
from accord.ports import Direction, Entry, Hold, Lane, LaneState, Ports, Stage, Transaction


class Status(StrEnum):
    """How far a sync has come, in the words that all faces use."""

    QUEUED = "queued"
    SENDING = "sending"
    WAITING = "waiting for the other side"
    APPLYING = "applying"
    SETTLED = "settled"
    RETRYING = "retrying"
    BLOCKED = "blocked"


BY_STAGE = {
    (Direction.OUT, Stage.QUEUED): Status.QUEUED,
    (Direction.OUT, Stage.COMPOSED): Status.SENDING,
    (Direction.OUT, Stage.SENT): Status.WAITING,
    (Direction.OUT, Stage.ACKNOWLEDGED): Status.APPLYING,
    (Direction.IN, Stage.QUEUED): Status.APPLYING,
    (Direction.IN, Stage.APPLIED): Status.SENDING,
}
AT_THE_PEER = "WaitingForPeer"


@dataclass(frozen=True)
class Standing:
    """Where a lane stands. `cause` is an error's `to_json()`: why it waits, and what to do."""

    status: Status
    cause: dict[str, Any] | None = None
    next_try: datetime | None = None


@dataclass(frozen=True)
class QueueLine:
    """One lane that has something in it; `behind` counts the entries after its head."""

    connection: str
    connection_id: str
    twin_id: str
    key: str | None
    remote_key: str | None
    direction: Direction
    status: Status
    reason: str
    waiting_since: datetime
    attempts: int
    behind: int
    next_try: datetime | None = None
    cause: dict[str, Any] | None = None


async def queue(ports: Ports, connection: str | None = None, *, limit: int | None = None) -> list[QueueLine]:
    """What waits, blocked first, then the longest waiting. Raises UnknownThing for a connection that is not there."""
    lines = await ports.store.read(lambda tx: queue_lines(tx, connections_meant(tx, connection)))
    lines.sort(key=lambda line: (line.status is not Status.BLOCKED, line.waiting_since))
    return lines[:limit]


def queue_lines(tx: Transaction, connections: Sequence[Connection]) -> list[QueueLine]:
    """The lines of some connections, in no particular order."""
    holds = tx.holds()
    found = []
    for connection in connections:
        for lane in tx.lanes(connection.id):
            line = _line(tx, connection, lane, holds)
            found += [line] if line else []
    return found


def standing(lane: Lane, head: Entry, connection: Connection, holds: Sequence[Hold]) -> Standing:
    """Where a lane stands, holds and pauses of its connection considered."""
    if lane.state is LaneState.BLOCKED:
        return Standing(Status.BLOCKED, lane.cause)
    if connection.state is not ConnectionState.ACTIVE:
        return Standing(Status.BLOCKED, _paused(connection))
    hold = next((h for h in holds if holds_up(h, connection)), None)
    if hold is not None:
        status = Status.BLOCKED if hold.until is None else Status.RETRYING
        return Standing(status, hold.cause, hold.until)
    if lane.cause is not None and lane.cause.get("error") != AT_THE_PEER:
        return Standing(Status.RETRYING, lane.cause, lane.due)
    return Standing(BY_STAGE[lane.direction, head.stage], lane.cause)


def holds_up(hold: Hold, connection: Connection) -> bool:
    """Whether a hold stops a connection's work."""
    return hold.name == (connection.tracker if hold.scope == "tracker" else connection.id)


def _line(tx: Transaction, connection: Connection, lane: Lane, holds: Sequence[Hold]) -> QueueLine | None:
    entries, twin = tx.entries(lane.twin_id, lane.direction), tx.twin(lane.twin_id)
    if not entries:
        return None
    stands, head = standing(lane, entries[0], connection, holds), entries[0]
    key, remote_key = _keys(twin, head)
    return QueueLine(
        connection=connection.name,
        connection_id=connection.id,
        twin_id=lane.twin_id,
        key=key,
        remote_key=remote_key,
        direction=lane.direction,
        status=stands.status,
        reason=head.reason,
        waiting_since=head.created_at,
        attempts=lane.attempts,
        behind=len(entries) - 1,
        next_try=stands.next_try,
        cause=stands.cause,
    )


def _keys(twin: Twin | None, head: Entry) -> tuple[str | None, str | None]:
    local, remote = (twin.local_key, twin.remote_key or twin.pair_with) if twin else (None, None)
    if head.direction is Direction.IN and head.message:
        return local or head.message.pair_with, remote or head.message.key
    return local, remote


def _paused(connection: Connection) -> dict[str, Any]:
    because = f": {connection.paused_because}" if connection.paused_because else ""
    return {
        "error": "Paused",
        "who": "operator",
        "message": f"Connection {connection.name} is {connection.state}{because}.",
        "remedy": f"accord resume {connection.name}",
    }
