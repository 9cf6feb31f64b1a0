"""Who changed what, by journals as Redmine tells them."""

from __future__ import annotations

from typing import Any

from accord.trackers.redmine.changers import changers
from accord.trackers.redmine.layout import Layout
from accord.trackers.redmine.names import CustomField

SYNC, ALICE, BOB = 1, {"id": 5, "name": "Alice Test"}, {"id": 6, "name": "Bob Test"}
LAYOUT = Layout({"Severity": CustomField(3, "Severity")}, None, CustomField(9, "Tags", multiple=True))


def journal(number: int, user: dict[str, Any], *names: str, kind: str = "attr") -> dict[str, Any]:
    details = [{"property": kind, "name": name, "old_value": "1", "new_value": "2"} for name in names]
    return {"id": number, "user": user, "notes": "", "details": details}


def test_each_field_has_its_last_changer() -> None:
    row = {"journals": [journal(2, BOB, "subject"), journal(1, ALICE, "subject", "status_id", "done_ratio")]}
    assert changers(row, LAYOUT, SYNC) == {"summary": BOB, "status": ALICE, "fields.done_ratio": ALICE}


def test_custom_fields_and_labels_are_named_as_the_item_names_them() -> None:
    row = {"journals": [journal(1, ALICE, "3", "9", "77", kind="cf")]}
    assert changers(row, LAYOUT, SYNC) == {"fields.Severity": ALICE, "labels": ALICE}


def test_what_sync_changed_last_is_nobodys() -> None:
    row = {"journals": [journal(1, ALICE, "subject", "due_date"), journal(2, {"id": SYNC}, "subject")]}
    assert changers(row, LAYOUT, SYNC) == {"due": ALICE}


def test_an_issue_that_nobody_has_changed() -> None:
    assert changers({}, LAYOUT, SYNC) == {}
    assert changers({"journals": [{"id": 1, "user": ALICE, "notes": "A comment."}]}, LAYOUT, SYNC) == {}
