"""What travels between nodes under `/peer/v1`."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field, JsonValue

from accord.model.replica import Replica, Wire

PROTOCOL_VERSION = 1


class Kind(StrEnum):
    """What a message is for."""

    SYNC = "sync"
    ACKNOWLEDGMENT = "acknowledgment"
    UNSYNC = "unsync"


class Change(Wire):
    """One path of the replica that was changed on the sender's side, by people or by its tracker: when, first told in
    which state version, and the value it replaced (for `labels.<name>`: whether the label was there). `chosen`: it is
    a person's answer to what was asked of both sides; `gives_way`: by which the receiver's value holds, perhaps as the
    sender's tracker shows it. `by` is the name of who made it, where the sender knows and tells."""

    at: datetime
    by: str | None = None
    version: int
    base: JsonValue = None
    chosen: bool = False
    gives_way: bool = False


class AskedThere(Wire):
    """A path of the sender's replica that waits for a person to choose: `other` is what it would be with the
    receiver's value, as far as the sender knows that."""

    other: JsonValue = None


class Removal(Wire):
    """A comment or attachment that is no longer shown: the sender's id of it, and the receiver's where known."""

    id: str | None = None
    twin_id: str | None = None


class ConflictNote(Wire):
    """A conflict as it is told to the other side, field and values as they are here. `told` are the paths of our
    replica by which the losing value would have been told; `kept_at` and `lost_at` when people wrote the two, `kept_by`
    and `lost_by` who did, where the sender knows and tells."""

    path: str
    kept: JsonValue = None
    lost: JsonValue = None
    winner: str = ""
    told: dict[str, JsonValue] = Field(default_factory=dict)
    kept_at: datetime | None = None
    lost_at: datetime | None = None
    kept_by: str | None = None
    lost_by: str | None = None


class Message(Wire):
    """One sync event on its way, or the acknowledgment of one.

    `sequence` numbers the events of one lane without gaps; an acknowledgment carries the number that it answers.
    `version` counts the states that this side has told of the twin, `seen` is the highest of the other side's that
    had been applied when this was made: together they tell which edits are concurrent.

    `told_at` is when this was composed, by the sender's own clock, and `told_before` the same of what it composed
    before this for the twin: who has heard of something in between knows that the sender has lost its memory. `again`:
    this may have been handed over before. `back`: it was told because the sender's rules asked for it when they saw the
    receiver's last message, or acknowledges such a one.

    `changed` and `removed` name all that changed on this side and is not known to have been seen by the other. What
    else differs from an earlier replica came from the other side itself, perhaps as this side's tracker rendered it,
    so nobody mistakes it for an edit. `questions` are all paths whose value on either side waits for a person: neither
    side writes it. `missing` are ids of the receiver's attachments whose bytes it could not give, for their item was
    out of its reach.
    """

    protocol: int = PROTOCOL_VERSION
    kind: Kind
    connection: str
    twin: str
    sequence: int
    version: int
    seen: int
    replica: Replica | None = None
    key: str | None = None
    url: str | None = None
    pair_with: str | None = None
    deleted: bool = False
    skipped: bool = False
    changed: dict[str, Change] = Field(default_factory=dict)
    removed: dict[str, tuple[Removal, ...]] = Field(default_factory=dict)
    missing: tuple[str, ...] = ()
    conflicts: tuple[ConflictNote, ...] = ()
    questions: dict[str, AskedThere] = Field(default_factory=dict)
    hops: int = 0
    told_at: datetime | None = None
    told_before: datetime | None = None
    again: bool = False
    back: bool = False
    trace_id: str | None = None

    def dump(self) -> dict[str, Any]:
        """JSON-ready, fields that were not set left out."""
        body = self.model_dump(mode="json", exclude_unset=True)
        return body | {"protocol": self.protocol}
