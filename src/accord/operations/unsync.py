"""Ending a twin: both items stay as they are, and go their own ways."""

from __future__ import annotations

from dataclasses import dataclass

from accord.model import Twin, TwinState
from accord.operations.find import check_ours, not_under_sync, twin_called
from accord.ports import HistoryEntry, Ports, Transaction
from accord.steps.farewell import bid_farewell
from accord.steps.situation import end_twin


@dataclass(frozen=True)
class Unsynced:
    """A pair that is no longer under sync. `telling`: the other side is told as soon as it can be reached."""

    key: str | None
    remote_key: str | None
    twin_id: str
    telling: bool


async def unsync(ports: Ports, key: str, connection: str | None = None) -> Unsynced:
    """Ends the twin of an item at once, whatever waits for it, and lets the other side know.

    Raises UnknownThing: it is not under sync, or several connections could be meant.
    """
    found = await ports.store.read(lambda tx: twin_called(tx, key, connection))
    check_ours(found, key)
    return await ports.store.run(lambda tx: _end(tx, ports, tx.twin(found.id) or found))


def _end(tx: Transaction, ports: Ports, twin: Twin) -> Unsynced:
    if twin.state is TwinState.ENDED:
        raise not_under_sync(tx, twin.local_key or twin.id)
    now = ports.clock.now()
    ended = end_twin(tx, twin, now)
    telling = bid_farewell(tx, ended, "taken out of sync by hand", now)
    summary = f"{twin.local_key or 'nothing here'} and {twin.remote_key or 'nothing there'} were taken out of sync"
    details = {"item": twin.local_key, "remote": twin.remote_key}
    tx.record(HistoryEntry(now, twin.connection, twin.id, "ended", summary, details))
    return Unsynced(twin.local_key, twin.remote_key, twin.id, telling)
