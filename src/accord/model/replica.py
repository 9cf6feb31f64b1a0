"""The structured, versioned message that outgoing rules make of an item."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from accord.model.item import Person

SCHEMA_VERSION = 1


class Wire(BaseModel):
    """A part of a message: what a newer peer adds is kept, at every level, and travels on."""

    model_config = ConfigDict(frozen=True, extra="allow")


class ReplicaComment(Wire):
    """A comment as the sender holds it. `twin_id` is the receiver's own id of it, where the sender knows one;
    `version` the sender's state version that told its last change by people there (0: none)."""

    id: str
    body: str = ""
    author: Person | None = None
    internal: bool = False
    created_at: datetime | None = None
    twin_id: str | None = None
    version: int = 0


class ReplicaAttachment(Wire):
    """A file as the sender holds it; its bytes are fetched apart by `sha256` (lower-case hex)."""

    id: str
    name: str
    size: int = 0
    sha256: str
    media_type: str = "application/octet-stream"
    author: Person | None = None
    created_at: datetime | None = None
    twin_id: str | None = None
    version: int = 0


class ReplicaWorkLog(Wire):
    """Time spent, in seconds, as the sender holds it."""

    id: str
    seconds: int = 0
    body: str = ""
    author: Person | None = None
    started_at: datetime | None = None
    twin_id: str | None = None
    version: int = 0


class ReplicaLink(Wire):
    """A link as the sender holds it: `key` of the other end, as the sender calls it. A web link has only `url`."""

    id: str = ""
    kind: str = ""
    key: str = ""
    url: str | None = None
    twin_id: str | None = None
    version: int = 0


class Replica(Wire):
    """What one side sends of an item. A field that was never set is absent: it says nothing, unlike null (empty).

    `twins`: of the keys that stand in links and parent, those that are under sync through the same connection, each
    with the id of its twin, which both sides share: a key may change, or not be known over there yet."""

    schema_version: int = SCHEMA_VERSION
    key: str | None = None
    url: str | None = None
    type: str | None = None
    summary: str | None = None
    description: str | None = None
    status: str | None = None
    resolution: str | None = None
    priority: str | None = None
    labels: tuple[str, ...] = ()
    assignee: Person | None = None
    reporter: Person | None = None
    due: date | None = None
    parent: str | None = None
    links: tuple[ReplicaLink, ...] = ()
    comments: tuple[ReplicaComment, ...] = ()
    attachments: tuple[ReplicaAttachment, ...] = ()
    worklogs: tuple[ReplicaWorkLog, ...] = ()
    fields: dict[str, JsonValue] = Field(default_factory=dict)
    custom: dict[str, JsonValue] = Field(default_factory=dict)
    twins: dict[str, str] = Field(default_factory=dict)

    def dump(self) -> dict[str, Any]:
        """JSON-ready; absent fields stay absent, unknown parts are kept."""
        return self.model_dump(mode="json", exclude_unset=True)
