"""What sub-items (comments, attachments, work logs, links) hold: what counts as content, and how people read it."""

from __future__ import annotations

import hashlib

from accord.markup import spelled
from accord.model import (
    Attachment,
    Comment,
    Link,
    ReplicaAttachment,
    ReplicaComment,
    ReplicaLink,
    ReplicaWorkLog,
    WorkLog,
)

Local = Comment | Attachment | WorkLog | Link
Remote = ReplicaComment | ReplicaAttachment | ReplicaWorkLog | ReplicaLink
# What history holds in place of the text of what was deleted.
DELETED = "(deleted)"


def digest(sub: Local | Remote) -> str:
    """What counts as the content of a sub-item, in 16 hex digits."""
    return hashlib.sha256(_content(sub).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _content(sub: Local | Remote) -> str:
    if isinstance(sub, Comment | ReplicaComment):
        return f"{int(sub.internal)}\n{spelled(sub.body).strip()}"
    if isinstance(sub, WorkLog | ReplicaWorkLog):
        # Many trackers keep but the day.
        return f"{sub.seconds}\n{sub.started_at.date() if sub.started_at else ''}\n{_plain(sub.body)}"
    if isinstance(sub, Link | ReplicaLink):
        return f"{sub.kind}\n{sub.key or sub.url}"
    return f"{sub.sha256}\n{sub.name}"


def _plain(text: str) -> str:
    return text.replace("\r", "").strip()


def without_header(sub: Local, header: str) -> Local:
    """A comment or work log as people wrote it, where sync put `header` before its text."""
    if isinstance(sub, Comment | WorkLog) and header and not sub.header and sub.body.startswith(header):
        blank = "\n" if isinstance(sub, Comment) else None
        return sub.model_copy(update={"header": header, "body": sub.body[len(header) :].lstrip(blank)})
    return sub


def header_before(sub: Local, wrote: str) -> str | None:
    """The header under which the content with the digest `wrote` stands here; None if something else does."""
    first = sub.body.partition("\n")[0] if isinstance(sub, Comment | WorkLog) else ""
    return next((header for header in ("", first) if digest(without_header(sub, header)) == wrote), None)


def header_of(sub: Local) -> str:
    """What sync put, or is to put, before the text."""
    return sub.header if isinstance(sub, Comment | WorkLog) else ""


def marker_of(sub: Local) -> str | None:
    """The mark that it carries. A link carries none: it is known by what it says."""
    return None if isinstance(sub, Link) else sub.marker


def other_end(sub: Local) -> str | None:
    """The key of our item to which a link leads."""
    return sub.key or None if isinstance(sub, Link) else None


def says_all(sub: Local) -> bool:
    """Whether two of its kind that are alike are one and the same: there is no sense in linking two items twice."""
    return isinstance(sub, Link)


def text_of(sub: Local) -> str:
    """How a sub-item is shown to people."""
    if isinstance(sub, WorkLog):
        return f"{sub.seconds // 60} min: {sub.body}" if sub.body else f"{sub.seconds // 60} min"
    if isinstance(sub, Link):
        return f"{sub.kind} {sub.key or sub.url}".strip()
    return sub.body if isinstance(sub, Comment) else sub.name
