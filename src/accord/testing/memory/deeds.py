"""What was done to items, for those who check from outside that nothing was lost."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from pydantic import JsonValue

from accord.model import Comment, Item, WorkLog, flatten, same
from accord.model.paths import LABELS, SCALARS

By = Literal["sync", "person"]
Act = Literal[
    "create",
    "edit",
    "comment",
    "edit comment",
    "delete comment",
    "attach",
    "delete attachment",
    "log time",
    "edit work log",
    "delete work log",
    "link",
    "unlink",
    "delete",
    "move",
    "hide",
    "show",
]
Values = dict[str, JsonValue]


@dataclass(frozen=True)
class Deed:
    """Something that changed an item; `key` is the item's as of then.

    `values`: by path what was set, as it was asked for (what the tracker made of it may differ); `labels.<name>` is
    true or None. Of comments `id` and `body`, of attachments `id`, `name` and `sha256`; of work logs
    `id`, `seconds` and `body`; of links `id`, `kind`, `key` and `url`; of a move `key`.
    `before`: by path what was there.
    `blind`: what sync overwrote or deleted here though a person had set it after sync last read the item, as the
    person asked for it: field values, comment bodies, sha256 of attachments; of a label its path.
    """

    at: datetime
    by: By
    act: Act
    key: str
    values: Values = field(default_factory=dict)
    before: Values = field(default_factory=dict)
    blind: tuple[JsonValue, ...] = ()


class Part(NamedTuple):
    """One of the things that a write does to an item."""

    act: Act
    values: Values
    before: Values


@dataclass(frozen=True)
class Unseen:
    """What a person asked for at a place of an item, and how to see what is there now."""

    asked: JsonValue
    there: Callable[[Item], JsonValue]


class Unread:
    """By item, what people set after sync last read it."""

    def __init__(self) -> None:
        self._items: dict[str, dict[str, Unseen]] = {}

    def forget(self, item: str) -> None:
        self._items.pop(item, None)

    def add(self, item: str, act: Act, values: Values) -> None:
        unseen = self._items.setdefault(item, {})
        match act:
            case "comment" | "edit comment":
                number = str(values["id"])
                unseen[f"comment {number}"] = Unseen(values["body"], lambda there: body_of(there, number))
            case "attach":
                number = str(values["id"])
                unseen[f"attachment {number}"] = Unseen(values["sha256"], lambda there: has_file(there, number))
            case "edit":
                for path, value in values.items():
                    asked = path if path.startswith(LABELS) else value
                    unseen[path] = Unseen(asked, lambda there, path=path: value_at(there, path))  # type: ignore[misc]

    def lost(self, item: str, before: Item, after: Item) -> tuple[JsonValue, ...]:
        """What of it is not there any more after a write of sync; it is told once."""
        unseen = self._items.get(item, {})
        gone = [name for name, one in unseen.items() if not same(one.there(before), one.there(after))]
        return tuple(unseen.pop(name).asked for name in gone)


def value_at(item: Item, path: str) -> JsonValue:
    """As `flatten` gives it, None where the item has no such path; labels are found whatever their case."""
    if path.startswith(LABELS):
        name = path.removeprefix(LABELS).lower()
        return True if any(label.lower() == name for label in item.labels) else None
    if path in SCALARS:
        value = getattr(item, path)
        return value if value is None or isinstance(value, str) else flatten(item)[path]
    return item.fields.get(path.removeprefix("fields."))


def body_of(item: Item, comment_id: str) -> JsonValue:
    return next((comment.body for comment in item.comments if comment.id == comment_id), None)


def has_file(item: Item, attachment_id: str) -> JsonValue:
    return any(attachment.id == attachment_id for attachment in item.attachments)


def text_of(comment: Comment | WorkLog) -> str:
    """Header and body as one text."""
    return f"{comment.header}\n\n{comment.body}" if comment.header else comment.body
