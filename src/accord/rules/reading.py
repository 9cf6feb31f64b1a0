"""Fields by their path: `summary`, `labels`, `fields.severity`, and in replicas `custom.urgency`."""

from __future__ import annotations

from typing import Any

from accord.model import Item, Replica
from accord.model.paths import SCALARS

READABLE = ("key", "url", *SCALARS, "labels")


def is_path(path: str, *, theirs: bool) -> bool:
    """Whether an item (or, `theirs`, a replica) could have something there."""
    group, dot, name = path.partition(".")
    return path in READABLE or bool(dot and name and group in (("fields", "custom") if theirs else ("fields",)))


def look(thing: Item | Replica, path: str) -> Any:
    """The value at a path; None where there is none."""
    if path in READABLE:
        return getattr(thing, path)
    group, _, name = path.partition(".")
    return getattr(thing, group, {}).get(name)


def names(replica: Replica, path: str) -> bool:
    """Whether the replica says anything about a path; null is something."""
    if path in READABLE:
        return path in replica.model_fields_set
    group, _, name = path.partition(".")
    return name in getattr(replica, group)
