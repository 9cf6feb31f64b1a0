"""One item as sync knows it: its pairs, and where their sync stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accord.model import Twin, TwinState
from accord.operations.find import not_under_sync, twins_ever, twins_here, twins_there
from accord.operations.progress import progress_of
from accord.operations.queue import Status
from accord.ports import Ports, Transaction


@dataclass(frozen=True)
class PairLine:
    """A pair of items, under sync or (state `ended`) no longer. `status` is that of our last event; `cause` tells why
    it does not go on, as an error's `to_json()`; `asked` are fields whose value a person must choose."""

    connection: str
    twin_id: str
    key: str | None
    remote_key: str | None
    remote_url: str | None
    state: TwinState
    status: Status
    cause: dict[str, Any] | None
    asked: tuple[str, ...]
    since: datetime
    updated_at: datetime


async def pairs_of(ports: Ports, key: str, connection: str | None = None) -> list[PairLine]:
    """The pairs of an item, by its key here or there; where it is under sync no more, those of the past.

    Raises UnknownThing, with near keys.
    """

    def look(tx: Transaction) -> list[PairLine]:
        live = twins_here(tx, key, connection) or twins_there(tx, key, connection)
        found = live or twins_ever(tx, key, connection)
        if not found:
            raise not_under_sync(tx, key, connection)
        names = {c.id: c.name for c in tx.connections()}
        return [_line(tx, twin, names.get(twin.connection, twin.connection)) for twin in found]

    return await ports.store.read(look)


def _line(tx: Transaction, twin: Twin, connection: str) -> PairLine:
    stands = progress_of(tx, twin.id)
    return PairLine(
        connection=connection,
        twin_id=twin.id,
        key=twin.local_key,
        remote_key=twin.remote_key or twin.pair_with,
        remote_url=twin.remote_url,
        state=twin.state,
        status=stands.status,
        cause=stands.cause,
        asked=tuple(sorted(twin.shadow.questions)),
        since=twin.created_at,
        updated_at=twin.updated_at,
    )
