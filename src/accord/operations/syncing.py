"""Bringing items under sync, pairing two that exist, and ending a twin."""

from __future__ import annotations

from accord.errors import ItemGone, UnknownThing
from accord.model import Connection, Kind, Message, Twin, TwinState
from accord.operations import finding
from accord.ports import Direction, HistoryEntry, Ports, Transaction
from accord.steps.detect import bring_under_sync


async def sync(ports: Ports, key: str, name: str | None = None) -> Twin:
    """Registers a sync event for an item, which comes under sync if it is not. Raises UnknownThing, ItemGone."""

    def known(tx: Transaction) -> tuple[Connection | None, Twin | None]:
        try:
            return None, finding.twin(tx, key, name)
        except UnknownThing:
            return finding.connection(tx, name), None

    connection, twin = await ports.store.read(known)
    if twin is None and connection is not None:
        await _must_exist(ports, connection, key)

    def work(tx: Transaction) -> Twin:
        there = finding.twin(tx, key, name) if connection is None else tx.live_twin(connection.id, key)
        if there is None:
            assert connection is not None
            there = bring_under_sync(ports, connection, key)
            tx.put_twin(there)
        tx.register_event(there, "by hand", ports.clock.now())
        return there

    return await ports.store.run(work)


async def connect(ports: Ports, key: str, remote_key: str, name: str | None = None) -> Twin:
    """Pairs our item with one of the other side's, both existing. If that side has asked for this very pair, this is
    our consent. Raises UnknownThing, ItemGone."""
    connection = await ports.store.read(lambda tx: finding.connection(tx, name))
    await _must_exist(ports, connection, key)

    def work(tx: Transaction) -> Twin:
        asked = _asked_for(tx, connection, key, remote_key)
        if asked:
            tx.put_fact(f"approved.{asked.id}", key)
            tx.lane_ready(asked.id, Direction.IN, ports.clock.now())
            return asked
        if tx.live_twin(connection.id, key):
            raise UnknownThing(
                f"{key} is under sync already.", remedy=f"To pair it anew: accord unsync {key} first.", item=key
            )
        twin = bring_under_sync(ports, connection, key, pair_with=remote_key)
        tx.put_twin(twin)
        tx.register_event(twin, "connected by hand", ports.clock.now())
        return twin

    return await ports.store.run(work)


def _asked_for(tx: Transaction, connection: Connection, key: str, remote_key: str) -> Twin | None:
    for lane in tx.lanes(connection.id):
        entry = tx.head(lane.twin_id, Direction.IN) if lane.direction is Direction.IN else None
        message = entry.message if entry else None
        if message and message.pair_with == key and message.key == remote_key:
            return tx.twin(lane.twin_id)
    return None


async def unsync(ports: Ports, key: str, name: str | None = None) -> Twin:
    """Ends a twin at once, without touching either item; the other side is told. Raises UnknownThing."""
    now = ports.clock.now()

    def work(tx: Transaction) -> Twin:
        twin = finding.twin(tx, key, name)
        tx.revoke(twin.id)
        ended = twin.model_copy(update={"state": TwinState.ENDED, "updated_at": now})
        told = twin.version > 0 or not twin.started_here
        sequence = tx.next_sequence(twin.id)
        for direction in Direction:
            tx.clear_lane(twin.id, direction)
        tx.put_twin(ended)
        if told:
            tx.add_composed(ended, _unsync_message(ended, sequence), "unsync by hand", now)
        summary = f"{twin.local_key} was taken out of sync"
        tx.record(HistoryEntry(now, twin.connection, twin.id, "ended", summary, {"item": twin.local_key}))
        return ended

    return await ports.store.run(work)


def _unsync_message(twin: Twin, sequence: int) -> Message:
    return Message(
        kind=Kind.UNSYNC,
        connection=twin.connection,
        twin=twin.id,
        sequence=sequence,
        version=twin.version + 1,
        seen=twin.peer_version,
        key=twin.local_key,
    )


async def _must_exist(ports: Ports, connection: Connection, key: str) -> None:
    try:
        await ports.trackers[connection.tracker].read(key)
    except ItemGone as gone:
        gone.remedy = gone.remedy or f"Check the key in the tracker {connection.tracker}."
        raise
