"""Fields, statuses and what becomes of writes that Redmine does not take."""

from __future__ import annotations

from typing import Any

import pytest

from accord.errors import ConfigurationInvalid, ItemGone, Unauthorized, VersionMismatch, WriteRefused
from accord.model import Item, Patch, Person
from accord.testing.redmine import RedminePerson, RedmineServer
from accord.trackers.redmine import RedmineTracker, rest
from tests.trackers.redmine.conftest import connect


def draft(**values: Any) -> Item:
    return Patch(values={"summary": "Item", **values}).apply(Item())


async def test_an_issue_is_read_whole(
    tracker: RedmineTracker, alice: RedminePerson, redmine_server: RedmineServer
) -> None:
    parent, other = await alice.create("Parent"), await alice.create("Other")
    key = await alice.create("Whole", "One\r\ntwo", parent_issue_id=parent, category_id=1, fixed_version_id=2)
    await alice.set(key, custom={"Labels": ["red", "blue"], "Reviewer": "6", "Found in": "1", "Customer visible": "1"})
    child = await alice.create("Child", parent_issue_id=key)
    await alice.relate(key, "blocks", other)
    await alice.log_time(key, 1.25, "Reading", "2026-11-02")
    item = await tracker.read(key)
    assert (item.summary, item.description, item.type, item.status) == ("Whole", "One\ntwo", "Bug", "New")
    assert item.reporter == Person(username="alice", email="alice@example.net", name="Alice Test")
    assert (item.parent, set(item.labels), item.url) == (parent, {"red", "blue"}, f"{redmine_server.url}issues/{key}")
    fields = ("project", "category", "version", "Reviewer", "Found in", "Customer visible", "Severity")
    assert [item.fields[name] for name in fields] == ["alpha", "Backend", "2.0", "bob", "1.0", True, None]
    assert [(link.kind, link.key) for link in item.links] == [("blocks", other), ("child", child)]
    assert [(link.kind, link.key) for link in (await tracker.read(other)).links] == [("blocked", key)]
    assert [(log.seconds, log.body, str(log.started_at)) for log in item.worklogs] == [
        (4500, "Reading", "2026-11-02 00:00:00+00:00")
    ]
    # The hours of the child are counted for the parent, and are not its own.
    assert (await tracker.read(parent)).worklogs == ()


async def test_a_category_a_version_and_a_parent_are_written(tracker: RedmineTracker, alice: RedminePerson) -> None:
    parent = await alice.create("Parent")
    names = {"fields.category": "Frontend", "fields.version": "2.0", "fields.Found in": "1.0"}
    key = (await tracker.create(draft(parent=parent, **names), "m-1")).id
    item = await tracker.read(key)
    assert (item.parent, item.fields["category"], item.fields["version"]) == (parent, "Frontend", "2.0")
    cleared = {"parent": None, "fields.category": None, "fields.version": None, "fields.Found in": None}
    await tracker.update(key, Patch(values=cleared), item.version)
    item = await tracker.read(key)
    assert (item.parent, item.fields["category"], item.fields["version"], item.fields["Found in"]) == (None,) * 4


async def test_an_issue_moves_to_another_project_with_names_from_there(tracker: RedmineTracker) -> None:
    key = (await tracker.create(draft(), "m-2")).id
    moved = {"fields.project": "beta", "fields.category": "Backend", "fields.version": "1.0"}
    await tracker.update(key, Patch(values=moved), (await tracker.read(key)).version)
    fields = (await tracker.read(key)).fields
    assert (fields["project"], fields["category"], fields["version"]) == ("beta", "Backend", "1.0")


async def test_a_status_is_reached_over_others(tracker: RedmineTracker, alice: RedminePerson) -> None:
    """Support requests go New, In Progress, Resolved, Closed: one that was there tells how."""
    for status in (1, 2, 3):
        await alice.create("Stands there", tracker_id=3)
        key = await alice.create("Goes on", tracker_id=3)
        for step in range(2, status + 1):
            await alice.set(key, status_id=step)
    written = await tracker.create(draft(type="Support", status="Resolved"), "m-3")
    item = await tracker.read(written.id)
    assert item.status == "Resolved"
    asked = await tracker.create(draft(type="Support"), "m-4")
    item = await tracker.read(asked.id)
    await tracker.update(asked.id, Patch(values={"status": "Closed", "summary": "At once"}), item.version)
    item = await tracker.read(asked.id)
    assert (item.status, item.summary) == ("Closed", "At once")
    journals = (await alice.get(asked.id))["journals"]
    assert [detail["new_value"] for one in journals for detail in one["details"] if detail["name"] == "status_id"] == [
        "2", "3", "5",
    ]  # fmt: skip


async def test_a_status_out_of_reach_is_refused_with_those_that_are_allowed(tracker: RedmineTracker) -> None:
    key = (await tracker.create(draft(type="Support"), "m-5")).id
    before = await tracker.read(key)
    with pytest.raises(WriteRefused) as refused:
        await tracker.update(key, Patch(values={"status": "Feedback", "summary": "New"}), before.version)
    error = refused.value
    assert (error.item, error.field, error.value) == (key, "status", "Feedback")
    assert "from New not to Feedback" in error.message
    assert error.remedy == "Allowed from there: In Progress."
    assert await tracker.read(key) == before


@pytest.mark.parametrize(
    ("path", "value", "remedy"),
    [
        ("status", "Neww", "Did you mean New?"),
        ("type", "Bugg", "Did you mean Bug?"),
        ("priority", "Hihg", "Did you mean High?"),
        ("assignee", {"username": "alise"}, "Did you mean alice?"),
        ("due", "tomorrow", "2026-12-24"),
        ("parent", "PAY-1", "number of an issue"),
        ("fields.project", "alfa", "alpha"),
        ("fields.category", "Backened", "Did you mean Backend?"),
        ("fields.version", "3.0", "1.0"),
        ("fields.Severity", "Hihg", "Did you mean High?"),
        ("fields.points", 2.5, "whole number"),
        ("fields.Effort", "much", "a number"),
        ("fields.Go-live", "soon", "2026-12-24"),
        ("fields.Customer visible", "perhaps", "true or false"),
        ("fields.Reviewer", "alise", "Did you mean alice?"),
        ("fields.Found in", "9.9", "1.0"),
        ("fields.Platforms", ["Linux", "BeOS"], "macOS"),
        ("fields.Sevrity", "High", "fields.Severity"),
        ("resolution", "fixed", "description"),
    ],
)
async def test_a_value_that_does_not_do_is_named_with_a_remedy(
    tracker: RedmineTracker, alice: RedminePerson, path: str, value: Any, remedy: str
) -> None:
    key = await alice.create("Refuse")
    before = await tracker.read(key)
    with pytest.raises(WriteRefused) as refused:
        await tracker.update(key, Patch(values={"summary": "New", path: value}), before.version)
    assert (refused.value.field, refused.value.item) == (path, key)
    assert remedy in (refused.value.remedy or "")
    assert await tracker.read(key) == before


async def test_what_redmine_itself_refuses_names_the_field(tracker: RedmineTracker, alice: RedminePerson) -> None:
    key = await alice.create("Refuse")
    with pytest.raises(WriteRefused, match="Subject cannot be blank") as refused:
        await tracker.update(key, Patch(values={"summary": None}), None)
    assert refused.value.field == "summary"
    with pytest.raises(WriteRefused, match="Due date must be greater than start date") as refused:
        await tracker.update(key, Patch(values={"due": "2001-01-01"}), None)
    assert (refused.value.field, refused.value.value) == ("due", "2001-01-01")


async def test_text_that_nobody_edited_is_not_written(tracker: RedmineTracker, alice: RedminePerson) -> None:
    text = "h1. Textile\r\n\r\n* one\r\n* two  \r\n\r\n<pre>\r\n code\r\n</pre>\r\n\r\n"
    key = await alice.create("Texts", text)
    await alice.set(key, custom={"Remarks": text})
    before = await alice.get(key)
    item = await tracker.read(key)
    same = {"description": item.description, "fields.Remarks": item.fields["Remarks"]}
    await tracker.update(key, Patch(values={**same, "summary": "New"}), item.version)
    after = await alice.get(key)
    assert (after["description"], after["custom_fields"]) == (text, before["custom_fields"])
    assert [detail["name"] for detail in after["journals"][-1]["details"]] == ["subject"]


async def test_nothing_is_sent_where_nothing_differs(tracker: RedmineTracker, alice: RedminePerson) -> None:
    key = await alice.create("Same")
    item, before = await tracker.read(key), await alice.get(key)
    calls = tracker.calls
    await tracker.update(key, Patch(values={"summary": "Same", "status": "New"}), item.version)
    assert tracker.calls - calls == 1
    assert await alice.get(key) == before


class Intruder:
    """Somebody who writes between the connector's last look and its write."""

    def __init__(self, tracker: RedmineTracker, monkeypatch: pytest.MonkeyPatch, act: Any) -> None:
        rest, self.acted = tracker._rest, False
        put = rest.put

        async def put_after(key: str, values: dict[str, Any], **how: Any) -> None:
            if not self.acted:
                self.acted = True
                await act(key)
            await put(key, values, **how)

        monkeypatch.setattr(rest, "put", put_after)


async def test_a_person_who_comes_between_the_look_and_the_write_wins(
    tracker: RedmineTracker, alice: RedminePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await alice.create("Race", "First")
    await alice.set(key, custom={"Labels": ["red"], "Severity": "Low"})
    item = await tracker.read(key)

    async def edit(key: str) -> None:
        await alice.set(key, description="By hand", custom={"Labels": ["red", "blue"], "Severity": "Medium"})

    Intruder(tracker, monkeypatch, edit)
    values = {
        "summary": "By sync",
        "description": "By sync",
        "fields.Severity": "High",
        "assignee": {"username": "bob"},
    }
    with pytest.raises(VersionMismatch):
        await tracker.update(key, Patch(values=values, labels_added=("green",)), item.version)
    after = await tracker.read(key)
    assert (after.summary, after.description, after.assignee) == ("Race", "By hand", None)
    assert (set(after.labels), after.fields["Severity"]) == ({"red", "blue"}, "Medium")


async def test_a_person_who_writes_something_else_meanwhile_is_no_hindrance_and_shows(
    tracker: RedmineTracker, alice: RedminePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await alice.create("Race", "First")
    item = await tracker.read(key)
    Intruder(tracker, monkeypatch, lambda key: alice.set(key, description="By hand"))
    written = await tracker.update(key, Patch(values={"summary": "By sync"}), item.version)
    after = await tracker.read(key)
    assert (after.summary, after.description) == ("By sync", "By hand")
    assert written.version != after.version


async def test_without_a_field_for_it_the_mark_is_at_the_end_of_the_description(
    redmine_server: RedmineServer, alice: RedminePerson
) -> None:
    tracker = connect(redmine_server, marker_field=None)
    text = "One\n\ntwo"
    key = (await tracker.create(draft(description=text), "mark-1")).id
    empty = (await tracker.create(draft(), "mark-2")).id
    assert [await tracker.find(mark) for mark in ("mark-1", "mark-2", "mark")] == [key, empty, None]
    item = await tracker.read(key)
    assert (item.description, item.marker) == (text, "mark-1")
    assert (await tracker.read(empty)).description is None
    await tracker.update(key, Patch(values={"description": "Three"}), item.version)
    assert (await alice.get(key))["description"].replace("\r\n", "\n") == "Three\n\n<!-- accord:mark-1 -->"
    assert await tracker.find("mark-1") == key
    await tracker.close()


async def test_projects_that_are_not_named_are_out_of_reach(
    redmine_server: RedmineServer, alice: RedminePerson
) -> None:
    tracker = connect(redmine_server, projects=["beta"], default_project=None)
    inside, outside = await alice.create("In", project_id="beta"), await alice.create("Out")
    assert (await tracker.read(inside)).fields["project"] == "beta"
    with pytest.raises(ItemGone, match="not synced"):
        await tracker.read(outside)
    told = {hint.key for hint in (await tracker.changes(None)).hints}
    assert inside in told
    assert outside not in told
    made = await tracker.create(draft(), "m-6")
    assert (await tracker.read(made.id)).fields["project"] == "beta"
    await tracker.close()


async def test_without_a_project_the_item_has_nowhere_to_go(redmine_server: RedmineServer) -> None:
    tracker = connect(redmine_server, default_project=None)
    with pytest.raises(WriteRefused, match="into which project") as refused:
        await tracker.create(draft(), "m-7")
    assert refused.value.field == "fields.project"
    await tracker.close()


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("marker_field", "Sync mrak", "Did you mean Sync mark?"),
        ("marker_field", "Severity", "format Text"),
        ("labels_field", "Severity", "multiple values"),
        ("projects", ["alfa"], "Did you mean alpha?"),
    ],
)
async def test_settings_that_do_not_fit_are_told(
    redmine_server: RedmineServer, setting: str, value: Any, words: str
) -> None:
    tracker = connect(redmine_server, **{setting: value})
    with pytest.raises(ConfigurationInvalid) as invalid:
        await tracker.changes(None)
    assert invalid.value.field == setting
    assert words in str(invalid.value)
    await tracker.close()


async def test_a_key_that_is_not_known_is_told(redmine_server: RedmineServer) -> None:
    tracker = connect(redmine_server, api_key="0" * 40)
    with pytest.raises(Unauthorized) as refused:
        await tracker.changes(None)
    assert "0" * 40 not in str(refused.value)
    await tracker.close()


async def test_an_account_without_rights_reads_names_and_says_what_it_may_not(
    redmine_server: RedmineServer, alice: RedminePerson
) -> None:
    """Carol is no administrator: she is told neither logins nor the kinds of custom fields."""
    tracker = connect(redmine_server, "carol")
    key = await alice.create("For Carol", assigned_to_id=6)
    await alice.set(key, custom={"Severity": "High"})
    item = await tracker.read(key)
    assert item.assignee == Person(name="Bob Test")
    assert item.fields["Severity"] == "High"
    hidden = await redmine_server.user("syncbot").create("Hidden", project_id="hidden")
    with pytest.raises(ItemGone, match="does not show") as gone:
        await tracker.read(hidden)
    assert gone.value.item == hidden
    with pytest.raises(WriteRefused, match="no project 'hidden'"):
        await tracker.create(draft(**{"fields.project": "hidden"}), "m-8")
    await tracker.close()


async def test_somebody_new_is_known_at_once(
    tracker: RedmineTracker, redmine_server: RedmineServer, alice: RedminePerson
) -> None:
    key, admin = await alice.create("For Dora"), redmine_server.user("admin")
    await tracker.read(key)
    user = {
        "login": "dora",
        "firstname": "Dora",
        "lastname": "New",
        "mail": "dora@example.net",
        "password": "dora-word",
    }
    made = (await admin.call("POST", "users.json", json={"user": user}))["user"]
    member = {"user_id": made["id"], "role_ids": [4]}
    await admin.call("POST", "projects/alpha/memberships.json", json={"membership": member})
    await alice.set(key, assigned_to_id=made["id"])
    assert (await tracker.read(key)).assignee == Person(username="dora", email="dora@example.net", name="Dora New")
    await tracker.update(key, Patch(values={"assignee": {"username": "bob"}}), None)
    await admin.call("DELETE", f"users/{made['id']}.json")


async def test_an_issue_that_shall_be_private_is_never_shown_to_all(
    redmine_server: RedmineServer, alice: RedminePerson
) -> None:
    tracker = connect(redmine_server, "carol")
    with pytest.raises(WriteRefused, match="private") as refused:
        await tracker.create(draft(**{"fields.private": True}), "m-9")
    assert "permission" in (refused.value.remedy or "")
    assert await tracker.find("m-9") is None
    await tracker.close()


async def test_a_key_that_is_good_no_more_does_not_show_what_visitors_see(
    redmine_server: RedmineServer, alice: RedminePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Redmine takes whoever has a wrong key for a visitor, who sees no private notes."""
    monkeypatch.setattr(rest, "KNOWN_SECONDS", 0.0)
    key, tracker = await alice.create("Still there"), connect(redmine_server)
    await alice.comment(key, "Private", private=True)
    cursor = (await tracker.changes(None)).cursor
    assert len((await tracker.read(key)).comments) == 1
    tracker._rest.http._headers["X-Redmine-API-Key"] = "0" * 40
    await tracker.close()
    with pytest.raises(Unauthorized):
        await tracker.read(key)
    hidden = await redmine_server.user("syncbot").create("Hidden", project_id="hidden")
    with pytest.raises(Unauthorized):
        await tracker.read(hidden)
    with pytest.raises(Unauthorized):
        await tracker.changes(cursor)
    await tracker.close()
