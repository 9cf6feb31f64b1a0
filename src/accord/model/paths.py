"""An item or a replica seen as a flat mapping from path to JSON value, which is what merge and patches work on.

Paths: a scalar field's name (`summary`), `fields.<name>`, in replicas `custom.<name>`, and `labels.<name>` (true) for
each label that is there: a set merges member by member. Sub-items have traces, so they are not among them.
"""

from __future__ import annotations

from typing import Any

from pydantic import JsonValue

from accord.model.item import Item
from accord.model.replica import Replica

SCALARS = (
    "type",
    "summary",
    "description",
    "status",
    "resolution",
    "priority",
    "assignee",
    "reporter",
    "due",
    "parent",
)
LABELS = "labels."
COMMENT = "comment."
LONG_TEXT = frozenset({"description"})

Flat = dict[str, JsonValue]


def flatten(thing: Item | Replica) -> Flat:
    """All scalar paths of an item and its labels; of a replica, only those that were set."""
    dumped: dict[str, Any] = thing.model_dump(mode="json", include={*SCALARS, "fields", "custom"})
    named = thing.model_fields_set if isinstance(thing, Replica) else set(SCALARS)
    flat: Flat = {name: dumped[name] for name in SCALARS if name in named}
    for group in ("fields", "custom"):
        for name, value in (dumped.get(group) or {}).items():
            flat[f"{group}.{name}"] = value
    flat.update({f"{LABELS}{label}": True for label in thing.labels})
    return flat


def with_bodies(item: Item) -> Flat:
    """The same, and the body of each comment as `comment.<id>`: where a person decides about one, it is a value too."""
    return flatten(item) | {f"{COMMENT}{comment.id}": comment.body for comment in item.comments}


def is_empty(value: JsonValue) -> bool:
    """Trackers differ in how they say nothing; to sync these are one."""
    return value is None or value == "" or value == [] or value == {}


def same(one: JsonValue, other: JsonValue) -> bool:
    """Equal to a reader: empties are alike, people are the same by username or else e-mail, line ends do not count."""
    if is_empty(one) and is_empty(other):
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        for identity in ("username", "email"):
            if one.get(identity) and other.get(identity):
                return one[identity] == other[identity]
    if isinstance(one, str) and isinstance(other, str):
        return one.replace("\r\n", "\n").rstrip() == other.replace("\r\n", "\n").rstrip()
    return one == other


def differing(before: Flat, after: Flat) -> set[str]:
    """Paths whose values are not the same; a path that only one side has counts where its value is not empty."""
    return {path for path in before.keys() | after.keys() if not same(before.get(path), after.get(path))}
