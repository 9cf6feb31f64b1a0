"""Telling the other side that a twin has ended here: both items stay as they are."""

from __future__ import annotations

from datetime import datetime

from accord.model import Kind, Message, Twin
from accord.ports import Transaction


def bid_farewell(tx: Transaction, ended: Twin, reason: str, now: datetime) -> bool:
    """Lets the other side know as soon as it can be reached; False where it can't have heard of the twin."""
    if ended.started_here and tx.next_sequence(ended.id) == 1:
        return False
    tx.add_composed(ended, _farewell(tx, ended), reason, now)
    return True


def _farewell(tx: Transaction, twin: Twin) -> Message:
    return Message(
        kind=Kind.UNSYNC,
        connection=twin.connection,
        twin=twin.id,
        sequence=tx.next_sequence(twin.id),
        version=twin.version + 1,
        seen=twin.peer_version,
        key=twin.local_key,
        url=twin.local_url,
    )
