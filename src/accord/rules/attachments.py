"""Files: which of them pass, in either direction."""

from __future__ import annotations

from fnmatch import fnmatchcase

from accord.model import Attachment, Item, Replica, ReplicaAttachment
from accord.rules.conditions import fits
from accord.rules.entries import AttachmentsEntry
from accord.rules.table import PeopleTable


def sent_attachments(entry: AttachmentsEntry, people: PeopleTable, item: Item) -> tuple[ReplicaAttachment, ...]:
    """Those that leave. A file whose bytes are not known does not."""
    return tuple(_told(file, people) for file in item.attachments if file.sha256 and _passes(entry, file))


def received_attachments(entry: AttachmentsEntry, replica: Replica) -> tuple[Attachment, ...]:
    """Those that come in."""
    return tuple(_here(file) for file in replica.attachments if _passes(entry, file))


def _passes(entry: AttachmentsEntry, file: Attachment | ReplicaAttachment) -> bool:
    if entry.max_size is not None and (file.size or 0) > entry.max_size:
        return False
    if entry.types and not any(fnmatchcase(file.media_type, pattern) for pattern in entry.types):
        return False
    parts = {"name": file.name, "type": file.media_type, "author": file.author}
    wanted = all(fits(getattr(entry.only, name), value) for name, value in parts.items())
    return wanted and not any(
        getattr(entry.never, name) is not None and fits(getattr(entry.never, name), value)
        for name, value in parts.items()
    )


def _told(file: Attachment, people: PeopleTable) -> ReplicaAttachment:
    return ReplicaAttachment(
        id=file.id,
        name=file.name,
        size=file.size or 0,
        sha256=file.sha256 or "",
        media_type=file.media_type,
        author=people.shared(file.author),
        created_at=file.created_at,
    )


def _here(theirs: ReplicaAttachment) -> Attachment:
    return Attachment(
        id=theirs.id,
        name=theirs.name,
        size=theirs.size,
        sha256=theirs.sha256,
        media_type=theirs.media_type,
        author=theirs.author,
        created_at=theirs.created_at,
    )
