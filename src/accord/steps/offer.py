"""Attachments travel by hash: the bytes may be fetched by the side to which the hash was told."""

from __future__ import annotations

from accord.model import Connection, Replica, Twin
from accord.ports import Transaction


def offer_blobs(tx: Transaction, connection: Connection, twin: Twin, replica: Replica) -> None:
    """Lets the other side of a connection fetch the attachments that a replica names."""
    for attachment in replica.attachments:
        tx.offer_blob(connection.id, attachment.sha256, twin.local_key or "", attachment.id)
