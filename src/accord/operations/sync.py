"""Bringing items under sync by hand, and looking at those that are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accord.model import Connection, Twin, TwinState
from accord.operations.find import item_and_connection, twins_called
from accord.ports import Ports, Transaction
from accord.steps.detect import bring_under_sync


@dataclass(frozen=True)
class Registered:
    """A sync event that was registered. `new`: the item came under sync with it."""

    key: str
    remote_key: str | None
    connection: str
    twin_id: str
    new: bool


async def sync(ports: Ports, key: str, connection: str | None = None) -> list[Registered]:
    """Registers a sync event for an item, and brings it under sync first where it is not.

    An item that is under sync through several connections gets one for each, unless `connection` names one. Raises
    UnknownThing (no such item or connection, or several connections to choose from), NeedsOperator, the tracker's
    errors.
    """
    known = await ports.store.read(lambda tx: [twin.id for twin in twins_called(tx, key, connection)])
    registered = await ports.store.run(lambda tx: _register_known(tx, ports, known))
    if registered:
        return registered
    item, chosen = await item_and_connection(ports, key, connection)
    return [await ports.store.run(lambda tx: _register_new(tx, ports, chosen, item.key))]


def _register_known(tx: Transaction, ports: Ports, twin_ids: Sequence[str]) -> list[Registered]:
    names = {c.id: c.name for c in tx.connections()}
    twins = [twin for twin_id in twin_ids if (twin := tx.twin(twin_id)) and twin.state is not TwinState.ENDED]
    return [_register(tx, ports, twin, names[twin.connection]) for twin in twins]


def _register_new(tx: Transaction, ports: Ports, connection: Connection, key: str) -> Registered:
    # It may have come under sync since we looked, or the tracker may know it under another spelling.
    known = tx.live_twin(connection.id, key)
    if known is not None:
        return _register(tx, ports, known, connection.name)
    twin = bring_under_sync(ports, connection, key)
    tx.put_twin(twin)
    return _register(tx, ports, twin, connection.name, new=True)


def _register(tx: Transaction, ports: Ports, twin: Twin, connection: str, *, new: bool = False) -> Registered:
    tx.register_event(twin, "by hand", ports.clock.now())
    return Registered(twin.local_key or "", twin.remote_key, connection, twin.id, new)
