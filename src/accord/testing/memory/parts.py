"""A write taken apart into deeds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from accord.model import Attachment, Comment, Item, Link, WorkLog, flatten, is_empty
from accord.model.paths import LABELS, SCALARS
from accord.testing.memory.deeds import Part, Values, value_at


def creation(item: Item) -> Part:
    values = {path: value for path, value in flatten(item).items() if not is_empty(value)}
    return Part("create", values, dict.fromkeys(values))


def edit(item: Item, values: Values) -> Part:
    """Paths of `item` that are set."""
    return Part("edit", values, {path: value_at(item, path) for path in values})


def edits(before: Item, after: Item, named: Iterable[str]) -> Iterator[Part]:
    """What happened to the `named` attributes of an item, its fields in one part."""
    names = set(named)
    paths = [path for path in SCALARS if path in names]
    values = {path: value_at(after, path) for path in paths}
    if "fields" in names:
        changed = [name for name in after.fields if after.fields[name] != before.fields.get(name)]
        values |= {f"fields.{name}": after.fields[name] for name in changed}
    if "labels" in names:
        values |= label_changes(before.labels, after.labels)
    if values or not names & {"comments", "attachments"}:
        yield edit(before, values)
    if "comments" in names:
        yield from discussion(before.comments, after.comments)
    if "attachments" in names:
        yield from files(before.attachments, after.attachments)


def label_changes(before: tuple[str, ...], after: tuple[str, ...]) -> Values:
    """By path what became of labels: true for those that came, None for those that went."""
    gone: Values = {f"{LABELS}{name}": None for name in before if name not in after}
    return gone | {f"{LABELS}{name}": True for name in after if name not in before}


def discussion(before: tuple[Comment, ...], after: tuple[Comment, ...]) -> Iterator[Part]:
    was, now = {one.id: one for one in before}, {one.id: one for one in after}
    yield from (comment_deleted(one) for one in before if one.id not in now)
    yield from (comment_edited(was[one.id], one.body) for one in after if one.id in was and one != was[one.id])
    yield from (comment_added(one) for one in after if one.id not in was)


def files(before: tuple[Attachment, ...], after: tuple[Attachment, ...]) -> Iterator[Part]:
    was, now = {one.id for one in before}, {one.id for one in after}
    yield from (file_deleted(one) for one in before if one.id not in now)
    yield from (attached(one) for one in after if one.id not in was)


def comment_added(comment: Comment) -> Part:
    return Part("comment", {"id": comment.id, "body": comment.body}, {})


def comment_edited(comment: Comment, body: str) -> Part:
    return Part("edit comment", {"id": comment.id, "body": body}, {"id": comment.id, "body": comment.body})


def comment_deleted(comment: Comment) -> Part:
    return Part("delete comment", {"id": comment.id}, {"id": comment.id, "body": comment.body})


def linked(link: Link) -> Part:
    return Part("link", _lead(link), {})


def unlinked(link: Link) -> Part:
    return Part("unlink", {"id": link.id}, _lead(link))


def _lead(link: Link) -> Values:
    return {"id": link.id, "kind": link.kind, "key": link.key, "url": link.url}


def attached(attachment: Attachment) -> Part:
    return Part("attach", _facts(attachment), {})


def file_deleted(attachment: Attachment) -> Part:
    return Part("delete attachment", {"id": attachment.id}, _facts(attachment))


def time_logged(worklog: WorkLog) -> Part:
    return Part("log time", _spent(worklog), {})


def worklog_edited(before: WorkLog, after: WorkLog) -> Part:
    return Part("edit work log", _spent(after), _spent(before))


def worklog_deleted(worklog: WorkLog) -> Part:
    return Part("delete work log", {"id": worklog.id}, _spent(worklog))


def _spent(worklog: WorkLog) -> Values:
    return {"id": worklog.id, "seconds": worklog.seconds, "body": worklog.body}


def _facts(attachment: Attachment) -> Values:
    return {"id": attachment.id, "name": attachment.name, "sha256": attachment.sha256}
