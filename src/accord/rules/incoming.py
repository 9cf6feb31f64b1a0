"""What the mapping table lets in: the item as it should be, by a replica."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from accord.errors import RuleFailed
from accord.model import Attachment, Comment, Item, Person, Replica, ReplicaAttachment, ReplicaComment, is_empty
from accord.model.paths import SCALARS
from accord.ports import RuleContext
from accord.rules.labels import receive_labels
from accord.rules.outgoing import allowed, look
from accord.rules.people import People
from accord.rules.table import CommentAuthor, FieldEntry, MappingTable, PeopleTable, PersonEntry, ValueEntry
from accord.rules.values import reads_value, receive_value, to_json

LONGEST_HEADER = 200


def incoming(table: MappingTable, people: PeopleTable, replica: Replica, item: Item, context: RuleContext) -> Item:
    """The draft. What the replica does not name stays as it is; comments and attachments become the replica's.

    Raises RuleFailed, naming the field, where a value is in no pair or does not fit.
    """
    receiver = _Receiver(People(people, context.people), replica, item, context)
    update: dict[str, Any] = {"comments": (), "attachments": ()}
    fields = dict(item.fields)
    for path, entry in table.entries():
        if not receiver.applies(path, entry):
            continue
        value = receiver.value(path, entry)
        if path in SCALARS:
            update[path] = _fitting(path, value)
        elif not is_empty(to_json(value)) or path.removeprefix("fields.") in item.fields:
            fields[path.removeprefix("fields.")] = to_json(value)
    if table.labels and table.labels.direction.receives and "labels" in replica.model_fields_set:
        update["labels"] = receive_labels(table.labels, replica.labels, item.labels)
    if table.comments and table.comments.direction.receives:
        update["comments"] = tuple(_comment(c, table.comments.author) for c in replica.comments)
    if table.attachments and table.attachments.direction.receives:
        entry_ = table.attachments
        files = (a for a in replica.attachments if allowed(entry_, a.size, a.media_type))
        update["attachments"] = tuple(_attachment(a) for a in files)
    return item.model_copy(update={**update, "fields": fields})


def named(replica: Replica, path: str) -> bool:
    """Whether the replica says anything about a path; null is something."""
    if path in SCALARS:
        return path in replica.model_fields_set
    group, _, name = path.partition(".")
    return name in getattr(replica, group)


class _Receiver:
    """One replica on its way into one item."""

    def __init__(self, people: People, replica: Replica, item: Item, context: RuleContext) -> None:
        self._people, self._replica, self._item, self._context = people, replica, item, context

    def applies(self, path: str, entry: FieldEntry) -> bool:
        if not entry.direction.receives or (entry.only_on_create and self._item.key):
            return False
        independent = isinstance(entry, ValueEntry) and not reads_value(entry)
        return independent or named(self._replica, entry.travels_as or path)

    def value(self, path: str, entry: FieldEntry) -> Any:
        source = entry.travels_as or path
        value = look(self._replica, source) if named(self._replica, source) else None
        if isinstance(entry, PersonEntry):
            return self._person(path, value, entry.strict)
        if not isinstance(entry, ValueEntry):
            return value
        info = self._context.fields.get(path)
        if info is not None and info.kind == "person" and isinstance(value, dict | Person):
            return self._person(path, value, entry.strict)
        return receive_value(entry, value, self._replica.key, self._replica.url, path)

    def _person(self, path: str, value: Any, strict: bool) -> Person | None:
        theirs = _as_person(path, value)
        if theirs is None:
            return None
        ours = self._people.match(theirs)
        if ours is None and strict:
            raise RuleFailed(
                f"{path} received {theirs.label()!r}, whom nobody here matches.",
                field=path,
                value=theirs.email or theirs.username or theirs.name,
                remedy="Add a line for them to the connection's people table.",
            )
        return ours or self._people.default()


def _as_person(path: str, value: Any) -> Person | None:
    if value is None or isinstance(value, Person):
        return value
    parts = {name: value.get(name) for name in Person.model_fields} if isinstance(value, dict) else value
    try:
        return Person.model_validate(parts)
    except ValidationError:
        raise RuleFailed(f"{path} received something that is no person.", field=path, value=value) from None


@cache
def _adapter(path: str) -> TypeAdapter[Any]:
    annotation: Any = Item.model_fields[path].annotation
    return TypeAdapter(annotation)


def _fitting(path: str, value: Any) -> Any:
    try:
        return _adapter(path).validate_python(value)
    except ValidationError as invalid:
        problem = invalid.errors(include_url=False)[0]["msg"].lower()
        raise RuleFailed(
            f"{path} received a value that does not fit: {problem}.",
            field=path,
            value=value,
            remedy="Check under which name it travels (as), or add pairs of values.",
        ) from None


def _comment(theirs: ReplicaComment, author: CommentAuthor) -> Comment:
    return Comment(
        id=theirs.id,
        body=theirs.body,
        header=_header(theirs.author) if author is CommentAuthor.HEADER else "",
        author=theirs.author,
        internal=theirs.internal,
        created_at=theirs.created_at,
    )


def _header(author: Person | None) -> str:
    """One line, whatever a name from outside holds."""
    return f"{' '.join(author.label().split())[:LONGEST_HEADER]} wrote:" if author else ""


def _attachment(theirs: ReplicaAttachment) -> Attachment:
    return Attachment(
        id=theirs.id,
        name=theirs.name,
        size=theirs.size,
        sha256=theirs.sha256,
        media_type=theirs.media_type,
        author=theirs.author,
        created_at=theirs.created_at,
    )
