"""An agreement between two sides to keep some items in agreement, as one of them keeps it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from pydantic import Field

from accord.model.item import Value
from accord.model.paths import LABELS


class Side(StrEnum):
    """Which end of the agreement: the side that invited, or the one that accepted. Ties fall to the initiator."""

    INITIATOR = "initiator"
    ACCEPTOR = "acceptor"

    @property
    def other(self) -> Side:
        return Side.ACCEPTOR if self is Side.INITIATOR else Side.INITIATOR


class Policy(StrEnum):
    """How a conflict on a field is resolved. Part of the agreement, so both sides reach the same answer.

    `latest`: the later edit wins; `initiator`, `acceptor`: always that side; `merge`: both edits of a text, where they
    do not overlap; `ask`: neither, both values stay where they are until a person chooses.
    """

    LATEST = "latest"
    INITIATOR = "initiator"
    ACCEPTOR = "acceptor"
    MERGE = "merge"
    ASK = "ask"


class ConnectionState(StrEnum):
    """`pending` until the invitation is accepted; `paused` by a person or the guard; `removed` for good."""

    PENDING = "pending"
    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"


class Connection(Value):
    """`id` is shared by both sides; `name` is this side's own and the key of its rules in `accord.toml`.

    `policy` decides the conflicts of all fields but those in `policies`: by path of the replica, which both sides know
    (`labels`: each of them). Both were agreed upon with the invitation, and stay as they are.
    `rules_version` is the version of its rules that was in force when it was read from the database (0: none yet).
    """

    id: str
    name: str
    tracker: str
    side: Side
    state: ConnectionState = ConnectionState.PENDING
    policy: Policy = Policy.LATEST
    policies: dict[str, Policy] = Field(default_factory=dict)
    peer_node: str | None = None
    peer_url: str | None = None
    peer_key: str | None = None
    paused_because: str | None = None
    created_at: datetime
    rules_version: int = 0

    def policy_of(self, told: Collection[str]) -> Policy:
        """The policy of a field that is told as these paths of the replica: that of the connection where none was
        agreed for them, or not the same for all."""
        agreed = {self.policies.get(_group(path), self.policy) for path in told}
        return agreed.pop() if len(agreed) == 1 else self.policy

    def states(self, told: Collection[str]) -> bool:
        """Whether a policy was agreed for one of these paths of the replica."""
        return any(_group(path) in self.policies for path in told)


def _group(path: str) -> str:
    return "labels" if path.startswith(LABELS) else path
