"""Trying again at once what would wait: for a person who has just put something right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accord.errors import UnknownThing
from accord.model import Connection, ConnectionState
from accord.operations.find import connection_called, connections_meant, twin_called
from accord.operations.queue import holds_up
from accord.ports import Hold, Lane, LaneState, Ports, Transaction


@dataclass(frozen=True)
class Retried:
    """What tries again. `stopped` are connections that a person must let go with `resume` first."""

    lanes: int
    keys: tuple[str, ...]
    lifted: tuple[str, ...]
    stopped: tuple[str, ...]


async def retry(ports: Ports, target: str | None = None, *, connection: str | None = None) -> Retried:
    """Lets what waits of a connection, of an item, or (None) of all go on at once; with `connection`, of an item there,
    or (None) of all there.

    Lanes are due now, their attempts forgotten, the fuse of their items reset, and holds that end by themselves are
    lifted. A connection that the guard stopped stays so. Raises UnknownThing, with the nearest name.
    """
    connections, twin_id = await ports.store.read(lambda tx: _meant(tx, target, connection))

    def work(tx: Transaction) -> Retried:
        lifted, stopped = _lift(tx, connections)
        lanes = [lane for c in connections for lane in tx.lanes(c.id) if _waits(lane, twin_id)]
        keys = dict.fromkeys(_again(tx, ports, lane) for lane in lanes)
        return Retried(len(lanes), tuple(keys), lifted, stopped)

    return await ports.store.run(work)


def _meant(tx: Transaction, target: str | None, connection: str | None) -> tuple[list[Connection], str | None]:
    if target is None:
        return connections_meant(tx, connection), None
    if connection is not None:
        return [connection_called(tx, connection)], twin_called(tx, target, connection).id
    try:
        return [connection_called(tx, target)], None
    except UnknownThing:
        twin = twin_called(tx, target)
        return [connection_called(tx, twin.connection)], twin.id


def _waits(lane: Lane, twin_id: str | None) -> bool:
    """All of an item that is named; of more than one, what met an error."""
    if twin_id is not None:
        return lane.twin_id == twin_id
    return lane.state is LaneState.BLOCKED or lane.cause is not None


def _again(tx: Transaction, ports: Ports, lane: Lane) -> str:
    tx.lane_ready(lane.twin_id, lane.direction, ports.clock.now())
    twin = tx.twin(lane.twin_id)
    if twin is None:
        return lane.twin_id
    if twin.writes:
        tx.put_twin(twin.model_copy(update={"writes": 0, "writes_since": None}))
    return twin.local_key or twin.remote_key or twin.id


def _lift(tx: Transaction, connections: Sequence[Connection]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Lifts holds that would end by themselves; names these, and the connections that stay stopped."""
    lifted, stopped = [], {c.name for c in connections if c.state is ConnectionState.PAUSED}
    for hold in tx.holds():
        held = [c for c in connections if holds_up(hold, c)]
        if held and hold.until is not None:
            tx.lift_hold(hold.scope, hold.name)
            lifted.append(_described(hold, held))
        elif held:
            stopped.update(c.name for c in held)
    return tuple(lifted), tuple(sorted(stopped))


def _described(hold: Hold, held: Sequence[Connection]) -> str:
    return f"{hold.scope} {hold.name if hold.scope == 'tracker' else held[0].name}"
