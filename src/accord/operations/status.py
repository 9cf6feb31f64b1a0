"""How a node is doing, at a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accord.errors import AccordError
from accord.model import Connection, ConnectionState
from accord.operations.choose import open_questions
from accord.operations.errors import trouble_of
from accord.operations.find import connections_meant
from accord.operations.jobs import JobLine, job_line
from accord.operations.queue import Status, holds_up, queue_lines
from accord.operations.rules import Draft, DraftTold
from accord.operations.terms import terms_in_words
from accord.ports import Direction, Hold, Ports, Transaction

SUCCESSES = ("settle", "incoming")


@dataclass(frozen=True)
class Stop:
    """Why a tracker's or connection's work waits as one, and until when (None: until a person lets it go)."""

    scope: str
    until: datetime | None
    cause: dict[str, Any]


@dataclass(frozen=True)
class TrackerStatus:
    """`trouble`: why it could not be looked at last time, as an error's `to_json()`."""

    name: str
    trouble: dict[str, Any] | None = None
    stop: Stop | None = None


@dataclass(frozen=True)
class ConnectionStatus:
    """Counts are of items: `waiting_out` and `waiting_in` those with something in that lane, `blocked` and `retrying`
    those among them that do not go on, `waiting_for_items` those in sync but for links to items that are not. `asked`
    counts fields whose value a person must choose; `terms` says in words who wins a conflict."""

    name: str
    id: str
    tracker: str
    peer: str | None
    peer_url: str | None
    state: ConnectionState
    paused_because: str | None
    stop: Stop | None
    under_sync: int
    waiting_out: int
    waiting_in: int
    blocked: int
    retrying: int
    oldest_waiting: datetime | None
    last_success: datetime | None
    configured: bool = True
    rules_version: int = 0
    waiting_for_items: int = 0
    asked: int = 0
    terms: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NodeStatus:
    """All trackers and connections of a node, and the jobs that have not ended."""

    trackers: tuple[TrackerStatus, ...]
    connections: tuple[ConnectionStatus, ...]
    jobs: tuple[JobLine, ...] = ()

    @property
    def well(self) -> bool:
        """Whether nothing waits for a person."""
        stopped = any(c.stop or c.blocked or c.asked or c.state is ConnectionState.PAUSED for c in self.connections)
        return not stopped and not any(t.trouble or t.stop for t in self.trackers)


@dataclass(frozen=True)
class StatusTold:
    """How a node is doing, for machines; `drafts` are rules in the files that are not in force, `files` tells (as an
    error's `to_json()`) why the files can't be read, if they can't."""

    node: str
    running: bool
    well: bool
    trackers: tuple[TrackerStatus, ...]
    connections: tuple[ConnectionStatus, ...]
    jobs: tuple[JobLine, ...]
    drafts: tuple[DraftTold, ...]
    files: dict[str, Any] | None = None


def status_told(
    name: str, running: bool, seen: NodeStatus, drafts: Sequence[Draft], files: AccordError | None = None
) -> StatusTold:
    """All of it, under the node's name."""
    told, trouble = tuple(draft.told() for draft in drafts), files.to_json() if files else None
    return StatusTold(name, running, seen.well, seen.trackers, seen.connections, seen.jobs, told, trouble)


async def status(
    ports: Ports, configured: frozenset[str] | None = None, *, connection: str | None = None
) -> NodeStatus:
    """How the node is doing, or only what of it concerns one connection; `configured` are the connections that its
    configuration has (None: all of them). Raises UnknownThing for a connection that is not there."""

    def look(tx: Transaction) -> NodeStatus:
        holds, connections = tx.holds(), connections_meant(tx, connection)
        ids, trackers = {c.id for c in connections}, {c.tracker for c in connections}
        jobs = tx.jobs(open_only=True)
        return NodeStatus(
            tuple(_tracker(tx, n, holds) for n in sorted(ports.trackers) if connection is None or n in trackers),
            tuple(_connection(tx, c, holds, configured is None or c.name in configured) for c in connections),
            tuple(job_line(tx, job) for job in jobs if connection is None or job.connection_id in ids),
        )

    return await ports.store.read(look)


def _tracker(tx: Transaction, name: str, holds: list[Hold]) -> TrackerStatus:
    held = next((h for h in holds if h.scope == "tracker" and h.name == name), None)
    return TrackerStatus(name, trouble_of(tx, name), _stop(held))


def _connection(tx: Transaction, connection: Connection, holds: list[Hold], configured: bool) -> ConnectionStatus:
    lines = queue_lines(tx, [connection])
    own = [h for h in holds if h.scope != "tracker" and holds_up(h, connection)]
    successes = [at for step in SUCCESSES if (at := tx.last_recorded(connection.id, step))]
    return ConnectionStatus(
        name=connection.name,
        id=connection.id,
        tracker=connection.tracker,
        peer=connection.peer_node,
        peer_url=connection.peer_url,
        state=connection.state,
        paused_because=connection.paused_because,
        stop=_stop(own[0] if own else None),
        under_sync=tx.count_twins(connection.id),
        waiting_out=sum(line.direction is Direction.OUT for line in lines),
        waiting_in=sum(line.direction is Direction.IN for line in lines),
        blocked=sum(line.status is Status.BLOCKED for line in lines),
        retrying=sum(line.status is Status.RETRYING for line in lines),
        oldest_waiting=min((line.waiting_since for line in lines), default=None),
        last_success=max(successes, default=None),
        configured=configured,
        rules_version=connection.rules_version,
        waiting_for_items=tx.count_waiting(connection.id),
        asked=sum(not asked.decided for asked in open_questions(tx, [connection])),
        terms=terms_in_words(connection),
    )


def _stop(hold: Hold | None) -> Stop | None:
    return Stop(hold.scope, hold.until, hold.cause) if hold else None
