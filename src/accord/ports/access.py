"""Who may use a node from outside, and what was done by whom: values of the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """What a token may do; each role may do all that those before it may."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, other: Role) -> bool:
        """Whether this role may do what `other` may."""
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(other)


@dataclass(frozen=True)
class Token:
    """Lets its bearer use the API. `digest` is the SHA-256 (hex) of its secret part, which is kept nowhere.

    `connection_id` None: all connections, and the node itself.
    """

    id: str
    name: str
    role: Role
    connection_id: str | None
    digest: str = field(repr=False)
    created_at: datetime
    created_by: str
    expires_at: datetime
    revoked_at: datetime | None = None


class Outcome(StrEnum):
    """How an act ended. `begun` is followed by another line of the same act, unless the process was killed."""

    BEGUN = "begun"
    DONE = "done"
    REFUSED = "refused"  # nothing was changed
    FAILED = "failed"  # some of it may have been


@dataclass(frozen=True)
class Act:
    """One line of the audit log: somebody changed something, or tried to. Lines of one act have the same `act`.

    `who` is the name of a token or of an account of the machine, `via` the face (api, cli), `origin` the address or
    machine that it came from; `connection` and `item` are what it was about, by their names. `error` is an error's
    `to_json()`.
    """

    act: str
    at: datetime
    who: str
    via: str
    origin: str
    what: str
    outcome: Outcome
    connection: str | None = None
    item: str | None = None
    details: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
