"""Rules as they were published, what the other side last told, and work in the background: values of the store."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from accord.model import Item, Replica
from accord.ports.queue import Direction


@dataclass(frozen=True)
class RulesSource:
    """The complete source of one connection's rules: its tables as TOML in one canonical spelling, and the text of its
    script, if it has one. `script_name` is for readers only."""

    table: str
    script: str | None = None
    script_name: str | None = field(default=None, compare=False)


@dataclass(frozen=True)
class RulesVersion:
    """A source that was published. Numbers count from 1 within a connection; the highest is in force.

    `diff` is a unified diff against the version before. `by_itself`: nobody asked for it.
    """

    connection_id: str
    number: int
    at: datetime
    who: str
    why: str
    source: RulesSource
    diff: str = ""
    by_itself: bool = False


@dataclass(frozen=True)
class Received:
    """The last replica of the other side's that was applied to a twin: `version` is its state version there, `at` when
    it was told, by the other side's clock where that is known. `rules`: our version under which it was applied."""

    twin_id: str
    replica: Replica
    version: int
    rules: int
    at: datetime


@dataclass(frozen=True)
class Sample:
    """What rules were run on in one sync: our item as it was before and, incoming, the other side's replica."""

    at: datetime
    connection_id: str
    twin_id: str
    direction: Direction
    rules: int
    first_sync: bool
    item: Item
    replica: Replica | None = None


class JobState(StrEnum):
    """`running` goes on whenever a node is up; the last two are final."""

    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Job:
    """Work in the background: every item of a connection that was under sync when it began is looked at anew.

    `pace` is in items a second; `total` was counted at the start, `done` counts items whose sync event is registered;
    `after` is the id of the last twin among them. It goes on at `next_at` at the earliest.
    """

    id: int
    connection_id: str
    state: JobState
    rules: int
    pace: float
    total: int
    done: int
    after: str
    next_at: datetime
    created_at: datetime
    updated_at: datetime
