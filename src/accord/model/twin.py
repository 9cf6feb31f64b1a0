"""A pair of items under sync, and what a side remembers of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field, JsonValue

from accord.model.item import Item, Value
from accord.model.replica import Replica


class TwinState(StrEnum):
    """`new` has no item on one side yet, `paired` has both, `ended` is kept only for its history."""

    NEW = "new"
    PAIRED = "paired"
    ENDED = "ended"


class SubItem(StrEnum):
    """The kinds of sub-items that traces pair."""

    COMMENT = "comment"
    ATTACHMENT = "attachment"
    WORKLOG = "worklog"
    LINK = "link"


class Trace(Value):
    """A pair of sub-items: `here` and `there` are digests of what each side last agreed to hold."""

    kind: SubItem
    local_id: str | None = None
    remote_id: str | None = None
    here: str | None = None
    there: str | None = None
    header: str = ""
    ours: bool = False


class Intent(Value):
    """A write that was begun and whose outcome is not yet written down.

    `marker` finds what a create made; `target` is what an update wanted to hold, by path.
    """

    operation: str
    marker: str
    started_at: datetime
    target: dict[str, JsonValue] = Field(default_factory=dict)


class LocalChange(Value):
    """A change made here that the other side has not seen: first told in our state `version`, from value `base`."""

    version: int
    at: datetime
    base: JsonValue = None


class Shadow(Value):
    """What this side last knew of both items.

    `local` is the own item as of the last sync, `received` the last replica applied, `sent` the last one told;
    all three without comments and attachments, which live in `traces`.
    """

    local: Item | None = None
    received: Replica | None = None
    sent: Replica | None = None
    traces: tuple[Trace, ...] = ()
    intents: tuple[Intent, ...] = ()
    unseen: dict[str, LocalChange] = Field(default_factory=dict)


class Twin(Value):
    """A pair of items under sync through one connection, as one side sees it.

    `version` counts the states told by this side, `peer_version` the latest of the other side's that was applied.
    `known_version` is the tracker's own version of the item as last read: a hint that reports it costs nothing.
    """

    id: str
    connection: str
    state: TwinState = TwinState.NEW
    local_key: str | None = None
    local_url: str | None = None
    remote_key: str | None = None
    remote_url: str | None = None
    pair_with: str | None = None
    started_here: bool = True
    version: int = 0
    peer_version: int = 0
    known_version: str | None = None
    hops: int = 0
    shadow: Shadow = Shadow()
    created_at: datetime
    updated_at: datetime
