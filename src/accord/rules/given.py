"""What scripts are given: the names of fields, and which of them may be assigned."""

from __future__ import annotations

from accord.model.paths import SCALARS
from accord.rules.values import nearest

PARTS = ("labels", "comments", "attachments")
FREE = {"item": ("fields",), "replica": ("fields", "custom")}
# What scripts see of the item here and can't change.
SEEN = ("created_at", "updated_at", "links", "worklogs")
READ_ONLY = {"item": ("url", *SEEN), "replica": ("key",)}
GIVEN = {
    "item": ("key", "url", *SCALARS, *PARTS, "fields", *SEEN),
    "replica": ("key", "url", *SCALARS, *PARTS, "fields", "custom"),
    "context": ("connection", "now", "first_sync", "people", "fields", "previous", "remote_key", "remote_url"),
}
METHODS = ("person", "option", "twin", "unsync", "sync_back")


def misspelt_field(kind: str, name: str) -> str:
    """The nearest right name of a field, or where the tracker's own fields are."""
    if kind == "context":
        return nearest(name, (*GIVEN[kind], *METHODS))
    close = nearest(name, GIVEN[kind])
    if close.startswith("Did"):
        return close
    return f'A field of the tracker\'s own is in {kind}.fields: {kind}.fields["{name}"]. {close}'
