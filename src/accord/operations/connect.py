"""Pairing two items that exist already."""

from __future__ import annotations

from dataclasses import dataclass

from accord.errors import UnknownThing
from accord.model import Connection, Item, Twin
from accord.operations.find import connection_called, connections_meant, item_and_connection
from accord.ports import Direction, HistoryEntry, Ports, Transaction
from accord.steps.detect import bring_under_sync


@dataclass(frozen=True)
class Connected:
    """`approved`: the other side had asked for this pair, and waited for it; otherwise it is asked now."""

    key: str
    remote_key: str
    connection: str
    twin_id: str
    approved: bool


async def connect(ports: Ports, key: str, remote_key: str, connection: str | None = None) -> Connected:
    """Pairs our item `key` with the other side's `remote_key`.

    Both items are then brought to agreement by the rules and the policy. Raises UnknownThing (no such item or
    connection, several connections to choose from, or one of both is under sync already), the tracker's errors.
    """
    asked = await ports.store.read(lambda tx: _asked(tx, key, remote_key, connection))
    if asked is not None:
        return await ports.store.run(lambda tx: _approve(tx, ports, asked, key, remote_key))
    item, chosen = await item_and_connection(ports, key, connection)
    taken = await ports.store.read(lambda tx: tx.twin_of_remote(chosen.id, remote_key))
    if taken is not None and taken.local_key != item.key:
        raise _taken(remote_key, taken, chosen)
    return await ports.store.run(lambda tx: _ask(tx, ports, item, remote_key, chosen))


def _asked(tx: Transaction, key: str, remote_key: str, connection: str | None) -> Twin | None:
    """The twin by which the other side asks for this pair."""
    for chosen in connections_meant(tx, connection):
        for lane in tx.lanes(chosen.id):
            head = tx.head(lane.twin_id, Direction.IN) if lane.direction is Direction.IN else None
            message = head.message if head else None
            if message and message.pair_with == key and message.key == remote_key:
                return tx.twin(lane.twin_id)
    return None


def _approve(tx: Transaction, ports: Ports, twin: Twin, key: str, remote_key: str) -> Connected:
    chosen = connection_called(tx, twin.connection)
    other = tx.live_twin(chosen.id, key)
    if other is not None and other.id != twin.id:
        raise _taken(key, other, chosen)
    now = ports.clock.now()
    tx.put_fact(f"approved.{twin.id}", key)
    tx.lane_ready(twin.id, Direction.IN, now)
    summary = f"the pair {key} and {remote_key} was approved"
    tx.record(HistoryEntry(now, chosen.id, twin.id, "connect", summary, {"item": key, "remote": remote_key}))
    return Connected(key, remote_key, chosen.name, twin.id, approved=True)


def _ask(tx: Transaction, ports: Ports, item: Item, remote_key: str, connection: Connection) -> Connected:
    here = tx.live_twin(connection.id, item.key, item.identity)
    if here is not None and remote_key not in (here.remote_key, here.pair_with):
        raise _taken(item.key, here, connection)
    twin = here or bring_under_sync(ports, connection, item.key, pair_with=remote_key, identity=item.identity)
    if here is None:
        tx.put_twin(twin)
    tx.register_event(twin, "connected by hand", ports.clock.now())
    return Connected(item.key, remote_key, connection.name, twin.id, approved=False)


def _taken(key: str, twin: Twin, connection: Connection) -> UnknownThing:
    pair = (
        f"{twin.local_key or 'an item to be made here'} and {twin.remote_key or twin.pair_with or 'a new item there'}"
    )
    return UnknownThing(
        f"{key} is under sync through {connection.name} already: {pair}.",
        remedy=f"To pair it anew, end that first: accord unsync {twin.local_key or twin.id}.",
        item=key,
    )
