"""From what people type to connections and twins, with the nearest right names where there is none."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from accord.errors import UnknownThing
from accord.model import Connection, ConnectionState, Twin
from accord.ports import Transaction


def connections(tx: Transaction) -> list[Connection]:
    """Those that are not removed, by name."""
    there = [c for c in tx.connections() if c.state is not ConnectionState.REMOVED]
    return sorted(there, key=lambda c: c.name)


def connection(tx: Transaction, name: str | None) -> Connection:
    """By name; without one, the only one there is. Raises UnknownThing."""
    there = connections(tx)
    if name is None and len(there) == 1:
        return there[0]
    found = next((c for c in there if c.name == name), None)
    if found:
        return found
    names = [c.name for c in there]
    if name is None:
        remedy = f"Name one with --connection: {', '.join(names)}." if names else "Make one: accord invite, or accept."
        raise UnknownThing("It is not clear which connection is meant.", remedy=remedy, field="connection")
    raise UnknownThing(f"There is no connection {name!r}.", remedy=nearest(name, names), field="connection", value=name)


def twin(tx: Transaction, key: str, name: str | None = None) -> Twin:
    """The live twin of an item, by its key here, its key there, or the twin's id. Raises UnknownThing."""
    asked = [connection(tx, name)] if name else connections(tx)
    found = [t for c in asked if (t := tx.live_twin(c.id, key)) is not None]
    by_id = tx.twin(key)
    if by_id is not None and by_id.connection in {c.id for c in asked}:
        found.append(by_id)
    if not found:
        found = [t for c in asked for t in tx.twins(c.id) if t.remote_key == key]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(c.name for c in asked if c.id in {t.connection for t in found})
        raise UnknownThing(
            f"{key} is under sync through several connections: {names}.", remedy="Name one with --connection.", item=key
        )
    keys = [t.local_key for c in asked for t in tx.twins(c.id, limit=1000) if t.local_key]
    raise UnknownThing(f"{key} is not under sync.", remedy=nearest(key, keys, f"accord sync {key}"), item=key)


def nearest(name: str, names: Iterable[str], otherwise: str = "accord status") -> str:
    """What to type instead."""
    close = difflib.get_close_matches(name, list(names), n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else f"See: {otherwise}."
