"""The sync queue as people and steps see it: lanes, entries, leases, holds, history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from accord.model import Message


class Direction(StrEnum):
    """The two lanes of a twin."""

    OUT = "out"
    IN = "in"


class Stage(StrEnum):
    """How far an entry of the sync queue has come."""

    QUEUED = "queued"  # out: no replica made yet. in: registered, not applied yet
    COMPOSED = "composed"  # out: message made and numbered, not known to have arrived
    SENT = "sent"  # out: the peer has it; waiting for its acknowledgment
    ACKNOWLEDGED = "acknowledged"  # out: the acknowledgment is here, not applied yet
    APPLIED = "applied"  # in: applied; the acknowledgment is composed and on its way


class LaneState(StrEnum):
    """`ready` runs when `due`; `blocked` waits for a person, a new change or the other lane."""

    IDLE = "idle"
    READY = "ready"
    BLOCKED = "blocked"


@dataclass(frozen=True)
class Entry:
    """One sync event (out) or sync request (in). `touched` counts the changes that collapsed into it."""

    id: int
    twin_id: str
    direction: Direction
    stage: Stage
    sequence: int | None
    reason: str
    message: Message | None
    acknowledgment: Message | None
    created_at: datetime
    touched: int = 0


@dataclass(frozen=True)
class Lane:
    """The state of one lane and why it stands where it stands. `cause` is an error's `to_json()`."""

    twin_id: str
    connection_id: str
    direction: Direction
    state: LaneState
    due: datetime | None
    attempts: int
    cause: dict[str, Any] | None
    last_sequence: int
    last_acknowledgment: Message | None


@dataclass(frozen=True)
class Lease:
    """The right to work on a twin until `until`. Every checkpoint is fenced by `epoch`."""

    twin_id: str
    connection_id: str
    owner: str
    epoch: int
    until: datetime
    directions: tuple[Direction, ...]


class LeaseLost(Exception):
    """Another worker has taken the twin over: nothing of this checkpoint was written."""


@dataclass(frozen=True)
class Receipt:
    """What became of a received message."""

    status: str  # registered | duplicate | gap
    acknowledgment: Message | None = None
    expected: int | None = None
    detail: str | None = None


@dataclass(frozen=True)
class Hold:
    """A tracker, connection or peer whose work waits as one. `until` None: a person must let it go."""

    scope: str  # tracker | connection | peer
    name: str
    until: datetime | None
    attempts: int
    cause: dict[str, Any]


@dataclass(frozen=True)
class HistoryEntry:
    """What one step did to one twin."""

    at: datetime
    connection_id: str
    twin_id: str
    step: str
    summary: str
    details: dict[str, Any]
