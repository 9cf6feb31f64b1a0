"""What people mean by a name: connections by name or id, twins by the key of either item or by their own id."""

from __future__ import annotations

from collections.abc import Sequence

from accord.errors import ItemGone, NeedsOperator, UnknownThing
from accord.model import Connection, ConnectionState, Item, Twin, TwinState
from accord.ports import Ports, Transaction
from accord.rules.values import nearest

IN_FORCE = (ConnectionState.ACTIVE, ConnectionState.PAUSED)
SEARCHED_FOR_NAMES = 2_000


def connection_called(tx: Transaction, name: str) -> Connection:
    """A connection that was not removed, by its name or id. Raises UnknownThing with the nearest name."""
    known = [c for c in tx.connections() if c.state is not ConnectionState.REMOVED]
    for connection in known:
        if name in (connection.name, connection.id):
            return connection
    raise UnknownThing(
        f"There is no connection {name!r}.",
        remedy=nearest(name, [c.name for c in known]) or "Agree on one first: accord invite, accord accept.",
        field="connection",
        value=name,
    )


def connections_meant(tx: Transaction, name: str | None) -> list[Connection]:
    """The connection of this name, or all that were not removed. Raises UnknownThing."""
    if name is not None:
        return [connection_called(tx, name)]
    return [c for c in tx.connections() if c.state is not ConnectionState.REMOVED]


def twins_called(tx: Transaction, key: str, connection: str | None = None, *, live: bool = True) -> list[Twin]:
    """Twins whose own id, local key or (if there are none) remote key is `key`; ended ones only if `live` is false."""
    meant = connections_meant(tx, connection)
    ids = {c.id for c in meant}
    itself = tx.twin(key)
    if itself is not None and itself.connection in ids and not (live and itself.state is TwinState.ENDED):
        return [itself]
    if live:
        found = [twin for c in meant if (twin := tx.live_twin(c.id, key))]
        return found or [t for t in tx.twins(live=True) if t.remote_key == key and t.connection in ids]
    every = [t for t in tx.twins(live=False) if t.connection in ids]
    return [t for t in every if t.local_key == key] or [t for t in every if t.remote_key == key]


def twin_called(tx: Transaction, key: str, connection: str | None = None) -> Twin:
    """The one live twin that is meant. Raises UnknownThing: there is none (with near ones), or several."""
    found = twins_called(tx, key, connection)
    if not found:
        raise not_under_sync(tx, key, connection)
    if len(found) > 1:
        raise several(tx, key, found)
    return found[0]


def not_under_sync(tx: Transaction, key: str, connection: str | None = None) -> UnknownThing:
    """Names near keys that are under sync."""
    through = f" through {connection}" if connection else ""
    ids = {c.id for c in connections_meant(tx, connection)}
    known = [t.local_key for t in tx.twins(limit=SEARCHED_FOR_NAMES) if t.local_key and t.connection in ids]
    return UnknownThing(
        f"{key} is not under sync{through}.",
        remedy=nearest(key, known) or f"Bring it under sync: accord sync {key}.",
        item=key,
    )


def several(tx: Transaction, key: str, twins: Sequence[Twin]) -> UnknownThing:
    """Names what there is to choose from."""
    names = {c.id: c.name for c in tx.connections()}
    choices = sorted({names.get(t.connection, t.connection) for t in twins})
    if len(choices) > 1:
        return ambiguous(key, choices)
    pairs = ", ".join(f"{t.id} ({t.local_key or '?'} and {t.remote_key or '?'})" for t in twins)
    return UnknownThing(f"{key} belongs to several twins.", remedy=f"Name one by its id: {pairs}.", item=key)


def ambiguous(key: str, connections: Sequence[str]) -> UnknownThing:
    """More than one connection could be meant."""
    return UnknownThing(
        f"{key} could be meant for several connections: {', '.join(connections)}.",
        remedy=f"Choose one: --connection {connections[0]}.",
        item=key,
        field="connection",
    )


async def item_and_connection(ports: Ports, key: str, connection: str | None = None) -> tuple[Item, Connection]:
    """An item as its tracker has it now, and the one connection through which it may come under sync.

    Raises UnknownThing (no such item or connection, or several connections), NeedsOperator (the connection is not
    in force yet), and the tracker's errors.
    """
    candidates = await ports.store.read(lambda tx: [c for c in connections_meant(tx, connection) if _ready(c)])
    candidates = [c for c in candidates if connection or _configured(ports, c)]
    if not candidates:
        raise await _none_in_force(ports, connection)
    items: dict[str, Item | None] = {c.tracker: None for c in candidates}
    for tracker in items:
        items[tracker] = await _existing(ports, tracker, key)
    found = [(item, c) for c in candidates if (item := items[c.tracker])]
    if not found:
        raise await _no_such_item(ports, key, list(items), connection)
    if len(found) > 1:
        raise ambiguous(key, [c.name for _, c in found])
    return found[0]


def _ready(connection: Connection) -> bool:
    return connection.state in IN_FORCE


def _configured(ports: Ports, connection: Connection) -> bool:
    try:
        ports.agreement(connection)
    except UnknownThing:
        return False
    return connection.tracker in ports.trackers


async def _existing(ports: Ports, tracker: str, key: str) -> Item | None:
    try:
        return await ports.trackers[tracker].read(key)
    except ItemGone:
        return None


async def _none_in_force(ports: Ports, connection: str | None) -> NeedsOperator:
    def look(tx: Transaction) -> list[str]:
        return [c.name for c in connections_meant(tx, connection) if c.state is ConnectionState.PENDING]

    pending = await ports.store.read(look)
    if pending:
        return NeedsOperator(
            f"Connection {', '.join(pending)} is still pending: the invitation was not accepted yet.",
            remedy="Have the code accepted on the other node: accord accept CODE CONNECTION.",
        )
    return NeedsOperator(
        "There is no connection in force.", remedy="Agree on one first: accord invite here, accord accept there."
    )


async def _no_such_item(ports: Ports, key: str, trackers: Sequence[str], connection: str | None) -> UnknownThing:
    near = (await ports.store.read(lambda tx: not_under_sync(tx, key, connection))).remedy or ""
    return UnknownThing(
        f"There is no item {key} in {', '.join(trackers)}.",
        remedy=near if near.startswith("Did") else "Look at the spelling of its key.",
        item=key,
    )
