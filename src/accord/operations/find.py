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


def twins_here(tx: Transaction, key: str, connection: str | None = None) -> list[Twin]:
    """Live twins by our item's key, or the twin with this id."""
    meant = connections_meant(tx, connection)
    itself = tx.twin(key)
    if itself is not None and itself.connection in {c.id for c in meant} and itself.state is not TwinState.ENDED:
        return [itself]
    return [twin for c in meant if (twin := tx.live_twin(c.id, key))]


def twins_there(tx: Transaction, key: str, connection: str | None = None) -> list[Twin]:
    """Live twins by the other side's key."""
    return [twin for c in connections_meant(tx, connection) if (twin := tx.twin_of_remote(c.id, key))]


def twins_ever(tx: Transaction, key: str, connection: str | None = None) -> list[Twin]:
    """Twins by id, our key or (if there are none) the other side's, those that ended among them."""
    ids = {c.id for c in connections_meant(tx, connection)}
    every = [t for t in tx.twins(live=False) if t.connection in ids]
    return [t for t in every if key in (t.id, t.local_key)] or [t for t in every if t.remote_key == key]


def twin_called(tx: Transaction, key: str, connection: str | None = None) -> Twin:
    """The one live twin that is meant. Raises UnknownThing: there is none (with near ones), or several."""
    found = twins_here(tx, key, connection) or twins_there(tx, key, connection)
    if not found:
        raise not_under_sync(tx, key, connection)
    if len(found) > 1:
        raise several(tx, key, found)
    return found[0]


def check_ours(twin: Twin, key: str) -> None:
    """Both trackers may have an item of the same key: what can't be undone is done by our item's key only.

    Raises UnknownThing.
    """
    if twin.local_key is not None and key not in (twin.local_key, twin.id):
        raise UnknownThing(
            f"{key} is the other side's key of {twin.local_key}.",
            remedy=f"If that is meant, use our key: {twin.local_key}.",
            item=key,
        )


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
    found = await items_called(ports, key, connection)
    if not found:
        raise await no_such_item(ports, key, connection)
    return only_one(key, found)


async def items_called(ports: Ports, key: str, connection: str | None = None) -> list[tuple[Item, Connection]]:
    """An item of ours with each connection through which it may come under sync; empty if there is no such item.

    Raises UnknownThing (no such connection), NeedsOperator (it is not in force yet), and the tracker's errors.
    """
    candidates = await ports.store.read(lambda tx: [c for c in connections_meant(tx, connection) if _ready(c)])
    candidates = [c for c in candidates if connection or _configured(ports, c)]
    if not candidates:
        raise await _none_in_force(ports, connection)
    items: dict[str, Item | None] = {c.tracker: None for c in candidates}
    for tracker in items:
        items[tracker] = await _existing(ports, tracker, key)
    return [(item, c) for c in candidates if (item := items[c.tracker])]


def only_one(key: str, found: Sequence[tuple[Item, Connection]]) -> tuple[Item, Connection]:
    """Raises UnknownThing if several connections could be meant."""
    if len(found) > 1:
        raise ambiguous(key, [connection.name for _, connection in found])
    return found[0]


async def the_connection(ports: Ports, name: str | None) -> Connection:
    """The connection of this name, or the only one in force. Raises UnknownThing, NeedsOperator."""
    meant = await ports.store.read(lambda tx: connections_meant(tx, name))
    chosen = [connection for connection in meant if _ready(connection)]
    if not chosen:
        raise await _none_in_force(ports, name)
    if len(chosen) > 1:
        names = ", ".join(connection.name for connection in chosen)
        raise NeedsOperator(
            f"There are several connections: {names}.", remedy=f"Choose one: --connection {chosen[0].name}."
        )
    return chosen[0]


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


async def no_such_item(ports: Ports, key: str, connection: str | None = None) -> UnknownThing:
    """Names the trackers that were asked, and a near key."""
    meant = await ports.store.read(lambda tx: connections_meant(tx, connection))
    near = (await ports.store.read(lambda tx: not_under_sync(tx, key, connection))).remedy or ""
    return UnknownThing(
        f"There is no item {key} in {', '.join(sorted({c.tracker for c in meant if _ready(c)}))}.",
        remedy=near if near.startswith("Did") else "Look at the spelling of its key.",
        item=key,
    )
