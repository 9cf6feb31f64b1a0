"""What scripts are given: the names of fields, and which of them may be assigned."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from accord.model.paths import SCALARS
from accord.rules.values import close_to, nearest

PARTS = ("labels", "comments", "attachments", "worklogs", "links")
FREE = {"item": ("fields",), "replica": ("fields", "custom")}
# What scripts see of the item here and can't change.
SEEN = ("created_at", "updated_at")
READ_ONLY = {"item": ("url", *SEEN), "replica": ("key",)}
GIVEN = {
    "item": ("key", "url", *SCALARS, *PARTS, "fields", *SEEN),
    "replica": ("key", "url", *SCALARS, *PARTS, "fields", "custom"),
    "context": ("connection", "now", "first_sync", "people", "fields", "previous", "remote_key", "remote_url"),
}
# What other trackers and tools call it -> what it is called here.
CALLED = {
    "title": "summary",
    "subject": "summary",
    "name": "summary",
    "body": "description",
    "text": "description",
    "state": "status",
    "tags": "labels",
    "label": "labels",
    "owner": "assignee",
    "assigned_to": "assignee",
    "creator": "reporter",
    "author": "reporter",
    "issuetype": "type",
    "typeName": "type",
    "kind": "type",
    "duedate": "due",
    "due_date": "due",
    "dueDate": "due",
    "parentId": "parent",
    "customFields": "fields",
    "custom_fields": "fields",
    "comment": "comments",
    "attachment": "attachments",
    "files": "attachments",
    "relations": "links",
    "issuelinks": "links",
    "time_entries": "worklogs",
    "worklog": "worklogs",
}
CALLED_ELSEWHERE = {"user": "person", "users": "people", "today": "now", "time": "now", "date": "now"}
METHODS = ("person", "option", "twin", "unsync", "sync_back")


def misspelt_field(kind: str, name: str, own: Collection[str] = ()) -> str:
    """The nearest right name of a field, or where the tracker's own fields (`own`, as far as known) are."""
    if kind == "context":
        return called(name, CALLED_ELSEWHERE) or nearest(name, (*METHODS, *GIVEN[kind]))
    in_fields = f'{kind}.fields["{name}"]'
    if name in own:
        return f"It is one of the tracker's own: {in_fields}."
    if name in CALLED:
        return called(name, CALLED)
    close = close_to(name, GIVEN[kind])
    if close:
        return f"Did you mean {' or '.join(repr(one) for one in close)}?"
    return f"If it is one of the tracker's own: {in_fields}. {nearest(name, GIVEN[kind])}"


def called(name: str, names: Mapping[str, str]) -> str:
    """What is elsewhere called so, if it is here at all."""
    return f"It is called {names[name]!r} here." if name in names else ""
