"""Who last changed what of an issue, by its journals."""

from __future__ import annotations

from collections.abc import Mapping

from accord.trackers.redmine.layout import CORE, Layout
from accord.trackers.redmine.rest import Row

# Attributes of journals, and the paths of items that they change.
ATTRIBUTES: Mapping[str, str] = {
    "tracker_id": "type",
    "subject": "summary",
    "description": "description",
    "status_id": "status",
    "priority_id": "priority",
    "assigned_to_id": "assignee",
    "due_date": "due",
    "parent_id": "parent",
    **{attribute: f"fields.{name}" for name, attribute in CORE.items()},
}


def changers(row: Row, layout: Layout, account: int) -> dict[str, Row]:
    """The user, as journals name one, who changed each field last: by path, and without the fields that sync's own
    `account` changed last. Of what nobody has changed since the issue was made, journals tell nothing."""
    found: dict[str, Row] = {}
    custom = {str(field.id): f"fields.{name}" for name, field in layout.free.items()}
    custom |= {str(layout.labels.id): "labels"} if layout.labels else {}
    for journal in sorted(row.get("journals") or (), key=lambda one: one["id"]):
        for detail in journal.get("details") or ():
            paths = {"attr": ATTRIBUTES, "cf": custom}.get(str(detail.get("property")), {})
            path = paths.get(str(detail.get("name")))
            if path is None:
                continue
            found.pop(path, None)
            user = journal.get("user")
            if isinstance(user, dict) and user.get("id") != account:
                found[path] = user
    return found
