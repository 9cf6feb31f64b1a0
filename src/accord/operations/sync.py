"""Bringing items under sync by hand, and looking at those that are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from accord.model import Connection, Item, Twin, TwinState
from accord.operations.find import items_called, no_such_item, only_one, twins_here, twins_there
from accord.ports import Ports, Transaction
from accord.steps.detect import bring_back_under_sync


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
    known = await ports.store.read(lambda tx: twins_here(tx, key, connection))
    # An item of ours goes before the other side's item of the same key.
    found = [] if known else await items_called(ports, key, connection)
    if found:
        item, chosen = only_one(key, found)
        return [await ports.store.run(lambda tx: _register_new(tx, ports, chosen, item))]
    known = known or await ports.store.read(lambda tx: twins_there(tx, key, connection))
    registered = await ports.store.run(lambda tx: _register_known(tx, ports, known))
    if not registered:
        raise await no_such_item(ports, key, connection)
    return registered


def _register_known(tx: Transaction, ports: Ports, known: Sequence[Twin]) -> list[Registered]:
    names = {c.id: c.name for c in tx.connections()}
    live = [twin for one in known if (twin := tx.twin(one.id)) and twin.state is not TwinState.ENDED]
    return [_register(tx, ports, twin, names[twin.connection]) for twin in live]


def _register_new(tx: Transaction, ports: Ports, connection: Connection, item: Item) -> Registered:
    # It may have come under sync since we looked, or the tracker may know it under another spelling.
    known = tx.live_twin(connection.id, item.key, item.identity)
    if known is not None:
        return _register(tx, ports, known, connection.name)
    twin = bring_back_under_sync(tx, ports, connection, item)
    tx.put_twin(twin)
    return _register(tx, ports, twin, connection.name, new=True)


def _register(tx: Transaction, ports: Ports, twin: Twin, connection: str, *, new: bool = False) -> Registered:
    tx.register_event(twin, "by hand", ports.clock.now())
    return Registered(twin.local_key or "", twin.remote_key, connection, twin.id, new)
