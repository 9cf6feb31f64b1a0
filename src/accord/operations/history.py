"""What happened, when, to which item."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accord.operations.find import connection_called, not_under_sync, twins_ever
from accord.ports import HistoryEntry, Ports, Transaction


@dataclass(frozen=True)
class HistoryLine:
    """What one step did. A step `conflict` has `field`, `kept` and `lost` in its details."""

    at: datetime
    connection: str
    twin_id: str
    step: str
    summary: str
    details: dict[str, Any]


async def history(
    ports: Ports, key: str | None = None, connection: str | None = None, *, limit: int = 100
) -> list[HistoryLine]:
    """The newest first: of an item (its ended twins included), or of all. Raises UnknownThing."""
    return await ports.store.read(lambda tx: _lines(tx, key, connection, limit))


def _lines(tx: Transaction, key: str | None, connection: str | None, limit: int) -> list[HistoryLine]:
    names = {c.id: c.name for c in tx.connections()}
    if key is not None:
        found = _of_item(tx, key, connection, limit)
    elif connection is not None:
        found = tx.history_of_connection(connection_called(tx, connection).id, limit=limit)
    else:
        found = tx.history(limit=limit)
    return [_line(entry, names) for entry in found[:limit]]


def _of_item(tx: Transaction, key: str, connection: str | None, limit: int) -> list[HistoryEntry]:
    twins = twins_ever(tx, key, connection)
    if not twins:
        raise not_under_sync(tx, key, connection)
    found = [entry for twin in twins for entry in tx.history(twin.id, limit=limit)]
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _line(entry: HistoryEntry, names: dict[str, str]) -> HistoryLine:
    name = names.get(entry.connection_id, entry.connection_id)
    return HistoryLine(entry.at, name, entry.twin_id, entry.step, entry.summary, entry.details)
