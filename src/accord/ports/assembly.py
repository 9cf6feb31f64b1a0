"""All that a step may call, in one value."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from accord.model import Connection
from accord.ports.clock import Clock
from accord.ports.peers import Blobs, Peers
from accord.ports.rules import Rules
from accord.ports.store import Store, Transaction
from accord.ports.trackers import Description, Tracker

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class GuardSettings:
    """When a connection stops before it acts. Shares are of the connection's items under sync, 0 to 1; below
    `min_items` it never stops. `writes_per_twin` bounds the writes to one item within the window."""

    min_items: int = 10
    share_ended: float = 0.2
    share_overwritten: float = 0.5
    min_overwritten: int = 100
    window_minutes: float = 10.0
    writes_per_twin: int = 100


@dataclass(frozen=True)
class Agreement:
    """This side's own part of a connection, from its configuration. `tell_who`: the other side may know the names of
    those who changed what it is told."""

    rules: Rules
    guard: GuardSettings = GuardSettings()
    trigger: str | None = None
    accept_connect: bool = False
    tell_who: bool = False


@dataclass(frozen=True)
class Settings:
    """How patient a node is; all in seconds. `keep_syncs`: of so many syncs of a connection it keeps what
    rules were run on."""

    acknowledgment_timeout: float = 60.0
    deletion_grace: float = 3.0
    retry_first: float = 1.0
    retry_most: float = 300.0
    hop_limit: int = 16
    keep_syncs: int = 0


def nothing_to_load(tx: Transaction, connection: Connection) -> None:
    """For nodes whose rules are all there from the start."""


@dataclass(frozen=True)
class Ports:
    """All that a step may call.

    `load_rules` is called in the transaction in which a connection was read, before `agreement` is asked about it: the
    rules that are in force may have been published a moment ago, by another process. `started_at` is when this process
    began to work: what is older in the database may be of a copy that was brought back.
    """

    store: Store
    clock: Clock
    peers: Peers
    blobs: Blobs
    trackers: dict[str, Tracker]
    agreement: Callable[[Connection], Agreement]
    describe: Callable[[str], Awaitable[Description]]
    new_id: Callable[[], str]
    settings: Settings = Settings()
    load_rules: Callable[[Transaction, Connection], None] = nothing_to_load
    started_at: datetime = LONG_AGO
