"""What a write replaced, as Redmine's journal tells it, and how it is put back."""

from __future__ import annotations

from typing import Any

from accord.trackers.redmine.rest import Row

# Attributes whose name in the journal is not the one that they are written by.
WRITTEN_AS = {"parent_id": "parent_issue_id"}
Detail = tuple[str, str]


def last_journal(row: Row) -> int:
    """The number of an issue's newest journal, 0 where there is none."""
    return max((int(one["id"]) for one in row.get("journals") or ()), default=0)


def journals_after(row: Row, last: int) -> list[Row]:
    """An issue's journals that came after the one with this number, oldest first."""
    return sorted((one for one in row.get("journals") or () if one["id"] > last), key=lambda one: int(one["id"]))


def contested(journals: list[Row], me: int, row: Row) -> Row | None:
    """Our journal of the write `row`, if somebody else's before it changed one of the fields that it wrote."""
    ours = next((one for one in journals if (one.get("user") or {}).get("id") == me and one.get("details")), None)
    if ours is None:
        return None
    written = {("cf", str(field["id"])) for field in row.get("custom_fields", ())}
    written |= {("attr", name) for name in row}
    earlier = [one for one in journals if one["id"] < ours["id"]]
    changed = {_written(detail) for one in earlier for detail in one.get("details") or ()}
    return ours if changed & written else None


def restoring(ours: Row, after: Row) -> Row:
    """What undoes our journal: each attribute and custom field as it was before."""
    row: Row = {}
    fields: dict[str, Any] = {}
    now = {str(one["id"]): one for one in after.get("custom_fields") or ()}
    for detail in ours.get("details") or ():
        kind, name = _written(detail)
        old, new = detail.get("old_value"), detail.get("new_value")
        if kind == "attr":
            row[name] = "" if old is None else old
        elif kind == "cf" and now.get(name, {}).get("multiple"):
            there = fields.get(name, list(now[name].get("value") or ()))
            fields[name] = [one for one in there if one != new] + ([old] if old is not None else [])
        elif kind == "cf":
            fields[name] = old or ""
    if fields:
        row["custom_fields"] = [{"id": int(name), "value": value or ""} for name, value in fields.items()]
    return row


def _written(detail: Row) -> Detail:
    name = str(detail["name"])
    return str(detail["property"]), WRITTEN_AS.get(name, name)
