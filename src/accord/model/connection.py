"""An agreement between two sides to keep some items in agreement, as one of them keeps it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from accord.model.item import Value


class Side(StrEnum):
    """Which end of the agreement: the side that invited, or the one that accepted. Ties fall to the initiator."""

    INITIATOR = "initiator"
    ACCEPTOR = "acceptor"

    @property
    def other(self) -> Side:
        return Side.ACCEPTOR if self is Side.INITIATOR else Side.INITIATOR


class Policy(StrEnum):
    """How a conflict on a field is resolved. Part of the agreement, so both sides reach the same answer."""

    LATEST = "latest"
    INITIATOR = "initiator"
    ACCEPTOR = "acceptor"
    MERGE = "merge"


class ConnectionState(StrEnum):
    """`pending` until the invitation is accepted; `paused` by a person or the guard; `removed` for good."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class Connection(Value):
    """`id` is shared by both sides; `name` is this side's own and the key of its rules in `accord.toml`.

    `rules_version` is the version of its rules that was in force when it was read from the database (0: none yet).
    """

    id: str
    name: str
    tracker: str
    side: Side
    state: ConnectionState = ConnectionState.PENDING
    policy: Policy = Policy.LATEST
    peer_node: str | None = None
    peer_url: str | None = None
    peer_key: str | None = None
    paused_because: str | None = None
    created_at: datetime
    rules_version: int = 0
