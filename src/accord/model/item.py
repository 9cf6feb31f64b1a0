"""The neutral shape in which every connector reads and writes a work item."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field, JsonValue


class Value(BaseModel):
    """An immutable value: equal when its parts are equal."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(Value):
    """Someone known to a tracker, by whichever of these the tracker tells."""

    username: str | None = None
    email: str | None = None
    name: str | None = None

    def label(self) -> str:
        """What people call them: name, else username, else e-mail."""
        return self.name or self.username or self.email or "somebody"

    def known_as(self) -> str | None:
        """The name or username, None where there is none: never an address."""
        return next((one for one in (self.name, self.username) if one and "@" not in one), None)


class Comment(Value):
    """A comment. `header` is text that sync put before `body` ("Alice wrote:"); rules never see it in `body`."""

    id: str = ""
    body: str = ""
    header: str = ""
    author: Person | None = None
    internal: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None
    marker: str | None = None


class Attachment(Value):
    """A file on an item. `sha256` is lower-case hex, None where the tracker does not tell it; bytes stream apart."""

    id: str = ""
    name: str = ""
    size: int | None = None
    sha256: str | None = None
    media_type: str = "application/octet-stream"
    author: Person | None = None
    created_at: datetime | None = None
    marker: str | None = None


class WorkLog(Value):
    """Time spent on an item, in seconds. `header` is text that sync put before `body`, as with comments."""

    id: str = ""
    seconds: int = 0
    body: str = ""
    header: str = ""
    author: Person | None = None
    started_at: datetime | None = None
    marker: str | None = None


class Link(Value):
    """A relation to another item: `kind` in the tracker's own words, `key` of the other end. A web link has no key, but
    an address only. `mirrored`: it belongs to the item at its other end, where it has the same id."""

    id: str = ""
    kind: str = ""
    key: str = ""
    url: str | None = None
    mirrored: bool = False


class Item(Value):
    """One work item. Rich text is GitHub-flavoured Markdown; `fields` holds all else by the tracker's own names.

    `version` is opaque: two reads with equal versions saw the same fields. `marker` is what sync wrote to
    recognise an item that it created, where the tracker has a place for it. `identity` is what stays when the key
    changes (an item moved to another project); None where keys never change.
    `changed_by` is who last changed a field, by path (`labels`: any of them), `updated_by` who last changed the item:
    as far as the tracker tells, and without what sync's own account did.
    """

    key: str = ""
    identity: str | None = None
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
    links: tuple[Link, ...] = ()
    comments: tuple[Comment, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    worklogs: tuple[WorkLog, ...] = ()
    fields: dict[str, JsonValue] = Field(default_factory=dict)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    updated_by: Person | None = None
    changed_by: dict[str, Person] = Field(default_factory=dict)
    version: str | None = None
    marker: str | None = None

    def who_changed(self, path: str) -> str | None:
        """The name of who wrote what a path holds, None where the tracker does not tell."""
        by = self.changed_by.get(path) or self.changed_by.get(path.partition(".")[0]) or self.updated_by
        return by.known_as() if by else None
