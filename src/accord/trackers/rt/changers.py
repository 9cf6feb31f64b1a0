"""Who last changed what of a ticket, by its transactions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accord.trackers.rt.layout import CORE, Layout
from accord.trackers.rt.names import SYSTEM
from accord.trackers.rt.rest import Row, name_of

# Fields as transactions name them, and the paths of items that they change.
ATTRIBUTES: Mapping[str, str] = {
    "Subject": "summary",
    "Status": "status",
    "Priority": "priority",
    "Owner": "assignee",
    "Requestor": "reporter",
    "Due": "due",
    **{attribute: f"fields.{name}" for name, attribute in CORE.items()},
}
CHANGING = frozenset({"Set", "Status", "AddWatcher", "DelWatcher", "SetWatcher"})


def path_of(transaction: Row, layout: Layout) -> str | None:
    """The path that a transaction changed, None where it is none of an item's."""
    field = str(transaction.get("Field") or "")
    if transaction.get("Type") == "CustomField":
        if layout.labels and field == layout.labels.id:
            return "labels"
        if layout.description and field == layout.description.id:
            return "description"
        return next((f"fields.{name}" for name, one in layout.free.items() if one.id == field), None)
    return ATTRIBUTES.get(field) if transaction.get("Type") in CHANGING else None


def changers(history: Sequence[Row], layout: Layout, account: str) -> dict[str, str]:
    """The name of who changed each field last: by path, and without the fields that sync's own `account` or RT itself
    changed last."""
    found: dict[str, str] = {}
    for transaction in history:
        path = path_of(transaction, layout)
        if path is not None:
            found.pop(path, None)
            who = name_of(transaction.get("Creator"))
            if who not in {account, SYSTEM}:
                found[path] = who
    return found
