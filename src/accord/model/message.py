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


class ConflictNote(Wire):
    """A conflict as it is told to the other side, in replica paths."""

    path: str
    kept: JsonValue = None
    lost: JsonValue = None
    winner: str = ""


class Message(Wire):
    """One sync event on its way, or the acknowledgment of one.

    `sequence` numbers the events of one lane without gaps; an acknowledgment carries the number that it answers.
    `version` counts the states that this side has told of the twin, `seen` is the highest of the other side's that
    had been applied when this was made: together they tell which edits are concurrent. `taken` names what in the
    replica differs only because this side took over the other's change (for sets: the members), so that nobody
    mistakes it for an edit. `changed` gives the time of each change that the other side has not seen yet.
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
    taken: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    changed: dict[str, datetime] = Field(default_factory=dict)
    conflicts: tuple[ConflictNote, ...] = ()
    hops: int = 0
    trace_id: str | None = None

    def dump(self) -> dict[str, Any]:
        """JSON-ready, fields that were not set left out."""
        body = self.model_dump(mode="json", exclude_unset=True)
        return body | {"protocol": self.protocol}
