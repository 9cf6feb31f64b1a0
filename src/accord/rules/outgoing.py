"""What the mapping table lets out: a replica that names only what the table names."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from pydantic import ValidationError

from accord.errors import RuleFailed
from accord.model import Comment, Item, Replica, ReplicaAttachment, ReplicaComment
from accord.model.paths import SCALARS
from accord.rules.labels import send_labels
from accord.rules.table import AttachmentsEntry, CommentsEntry, FieldEntry, MappingTable, ValueEntry
from accord.rules.values import send_value, to_json


def outgoing(table: MappingTable, item: Item) -> Replica:
    """The replica of an item. Key and address are always told: without them nobody could name the item.

    Raises RuleFailed where a value can't travel under the name that the table gives it.
    """
    named: dict[str, Any] = {"key": item.key, "url": item.url}
    for path, entry in table.entries():
        if entry.direction.sends:
            _put(named, entry.travels_as or path, _sent(entry, path, item))
    if table.labels and table.labels.direction.sends:
        named["labels"] = send_labels(table.labels, item.labels)
    if table.comments and table.comments.direction.sends:
        named["comments"] = tuple(_comment(c) for c in item.comments if _leaves(table.comments, c))
    if table.attachments and table.attachments.direction.sends:
        named["attachments"] = _attachments(table.attachments, item)
    return _replica(named)


def allowed(entry: AttachmentsEntry, size: int | None, media_type: str) -> bool:
    """Whether a file of `size` bytes may pass, in either direction."""
    if entry.max_size is not None and (size or 0) > entry.max_size:
        return False
    return not entry.types or any(fnmatchcase(media_type, pattern) for pattern in entry.types)


def look(thing: Item | Replica, path: str) -> Any:
    """The value at a path; None where there is none."""
    if path in SCALARS:
        return getattr(thing, path)
    group, _, name = path.partition(".")
    return getattr(thing, group).get(name)


def _sent(entry: FieldEntry, path: str, item: Item) -> Any:
    value = look(item, path)
    return send_value(entry, value, item.key, item.url) if isinstance(entry, ValueEntry) else value


def _put(named: dict[str, Any], target: str, value: Any) -> None:
    if target in SCALARS:
        named[target] = value
        return
    group, _, name = target.partition(".")
    named.setdefault(group, {})[name] = to_json(value)


def _leaves(entry: CommentsEntry, comment: Comment) -> bool:
    return not (entry.public_only and comment.internal)


def _comment(comment: Comment) -> ReplicaComment:
    return ReplicaComment(
        id=comment.id,
        body=comment.body,
        author=comment.author,
        internal=comment.internal,
        created_at=comment.created_at,
    )


def _attachments(entry: AttachmentsEntry, item: Item) -> tuple[ReplicaAttachment, ...]:
    return tuple(
        ReplicaAttachment(
            id=a.id,
            name=a.name,
            size=a.size or 0,
            sha256=a.sha256,
            media_type=a.media_type,
            author=a.author,
            created_at=a.created_at,
        )
        for a in item.attachments
        if a.sha256 and allowed(entry, a.size, a.media_type)
    )


def _replica(named: dict[str, Any]) -> Replica:
    try:
        return Replica.model_validate(named)
    except ValidationError as invalid:
        first = invalid.errors(include_url=False)[0]
        path = ".".join(str(part) for part in first["loc"])
        raise RuleFailed(
            f"What is sent as {path} does not fit: {first['msg'].lower()}.",
            field=path,
            value=first["input"],
            remedy='Let it travel under a free name: as = "custom.<name>".',
        ) from None
