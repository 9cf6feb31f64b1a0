"""What an item looks like, read from a real Roundup."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import pytest

from accord.errors import ConfigurationInvalid, Forbidden, ItemGone, Unauthorized, Unreachable
from accord.model import Comment, Patch, Person
from accord.testing.roundup import RoundupPerson, RoundupServer
from accord.trackers.roundup import RoundupTracker
from tests.trackers.roundup.conftest import connect


async def test_every_property_has_its_place(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create(
        "Printer on fire",
        "It *burns*.",
        status="in-progress",
        priority="urgent",
        keyword=["red", "blue"],
        assignedto="bob",
        duedate="2026-12-24",
        project="alpha",
        severity="high",
        storypoints=2.5,
        points=3,
        estimate="2d 3:00",
        visible=True,
    )
    item = await tracker.read(key)
    assert item.key == key
    assert item.url == f"{alice.url}/issue{key}"
    assert (item.summary, item.description) == ("Printer on fire", "It *burns*.")
    assert (item.status, item.priority, item.labels) == ("in-progress", "urgent", ("blue", "red"))
    assert item.assignee == Person(username="bob", email="bob@example.net", name="Bob Test")
    assert item.reporter == Person(username="alice", email="alice@example.net", name="Alice Test")
    assert item.due == date(2026, 12, 24)
    assert item.fields == {
        "project": "alpha",
        "severity": "high",
        "storypoints": 2.5,
        "points": 3,
        "estimate": "+ 2d 3:00",
        "visible": True,
        "nosy": ["alice", "bob"],
    }
    assert item.links == ()
    assert (item.comments, item.attachments, item.marker) == ((), (), None)


async def test_who_was_last_at_an_issue_is_told_unless_it_was_sync(
    tracker: RoundupTracker, alice: RoundupPerson
) -> None:
    key = await alice.create("Plain", "...")
    made = await tracker.read(key)
    assert (made.who_changed("summary"), made.updated_by and made.updated_by.username) == ("Alice Test", "alice")
    await tracker.update(key, Patch.of({"summary": "By sync"}), made.version)
    assert (await tracker.read(key)).updated_by is None


async def test_what_is_written_is_what_is_read(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Plain", "...")
    values = {
        "summary": "Ünïcode & <tags>",
        "description": "# Title\n\n- one\n- two\n\n```\ncode\n```",
        "status": "resolved",
        "priority": "wish",
        "assignee": {"email": "CAROL@example.net"},
        "due": "2027-01-31",
        "fields.project": "beta",
        "fields.storypoints": 0,
        "fields.points": -7,
        "fields.visible": False,
        "fields.nosy": ["bob", "carol"],
        "fields.estimate": "+ 1w",
    }
    await tracker.update(key, Patch(values=values, labels_added=("green",)), None)
    item = await tracker.read(key)
    assert (item.summary, item.description) == (values["summary"], values["description"])
    assert (item.status, item.priority, item.labels) == ("resolved", "wish", ("green",))
    assert item.assignee is not None
    assert item.assignee.username == "carol"
    assert item.due == date(2027, 1, 31)
    named = ("project", "storypoints", "points", "visible", "nosy")
    assert {name: item.fields[name] for name in named} == {name: values[f"fields.{name}"] for name in named}

    await tracker.update(key, Patch(values=dict.fromkeys(values), labels_removed=("green",)), item.version)
    item = await tracker.read(key)
    assert (item.summary, item.description, item.priority, item.assignee, item.due) == (None,) * 5
    assert item.labels == ()
    assert all(item.fields[name] in (None, []) for name in named)


async def test_browsers_line_ends_are_not_seen(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Lines", "one\r\ntwo")
    await alice.comment(key, "three\r\n\r\nfour")
    item = await tracker.read(key)
    assert item.description == "one\ntwo"
    assert item.comments[0].body == "three\n\nfour"


async def test_the_version_tells_every_change(
    tracker: RoundupTracker, alice: RoundupPerson, admin: RoundupPerson
) -> None:
    key = await alice.create("Versions", "text")
    comment = await alice.comment(key, "first")
    file = await alice.attach(key, "a.txt", b"a")
    description = (await alice.comments(key))[0]["id"]
    versions = [(await tracker.read(key)).version]
    assert (await tracker.read(key)).version == versions[0]

    await alice.set(key, title="Versions!")
    versions.append((await tracker.read(key)).version)
    await alice.set(key, title="Versions")
    versions.append((await tracker.read(key)).version)
    for text in ("second", "third", "second"):  # all within a second of Roundup's clock
        await alice.edit_comment(comment, text)
        versions.append((await tracker.read(key)).version)
    await alice.edit_comment(description, "text!")
    versions.append((await tracker.read(key)).version)
    await alice.put("file", file, name="b.txt")
    versions.append((await tracker.read(key)).version)
    await alice.detach(key, file)
    versions.append((await tracker.read(key)).version)
    await admin.retire(comment, classname="msg")
    versions.append((await tracker.read(key)).version)
    assert all(one != other for one, other in pairwise(versions))
    assert (await tracker.read(key)).comments == ()


async def test_what_is_retired_is_gone(tracker: RoundupTracker, alice: RoundupPerson, admin: RoundupPerson) -> None:
    key = await alice.create("Retired", "...")
    await admin.retire(key)
    for gone in (key, "999999", "1/../2", "issue1", ""):
        with pytest.raises(ItemGone):
            await tracker.read(gone)
    await admin.restore(key)
    assert (await tracker.read(key)).summary == "Retired"


async def test_people_who_left_still_have_a_name(
    tracker: RoundupTracker, alice: RoundupPerson, admin: RoundupPerson
) -> None:
    dave = await admin.new("user", username="dave", address="dave@example.net", realname="Dave Test")
    key = await alice.create("Dave's", "...", assignedto="dave")
    await admin.retire(dave, classname="user")
    assert (await tracker.read(key)).assignee == Person(username="dave", email="dave@example.net", name="Dave Test")


async def test_a_simple_account_reads_all_but_addresses(roundup_server: RoundupServer, alice: RoundupPerson) -> None:
    key = await alice.create("For Carol", "...", assignedto="bob")
    tracker = connect(roundup_server, "carol")
    item = await tracker.read(key)
    assert item.assignee == Person(username="bob", name="Bob Test")
    written = await tracker.add_comment(key, Comment(body="Hello"), "mark")
    await tracker.delete_comment(key, written.id)  # it may not retire the message, but takes it off
    assert (await tracker.read(key)).comments == ()
    await tracker.close()


async def test_the_description_of_the_tracker(tracker: RoundupTracker) -> None:
    described = await tracker.describe()
    assert described.fields["description"].kind == "rich_text"
    assert described.fields["status"].options[:3] == ("unread", "deferred", "chatting")
    assert described.fields["assignee"].kind == "person"
    assert described.fields["due"].kind == "date"
    assert described.fields["labels"].kind == "labels"
    assert described.fields["fields.visible"].kind == "boolean"
    assert described.fields["fields.storypoints"].kind == "number"
    assert described.fields["fields.severity"].options == ("low", "medium", "high", "critical")
    assert not described.fields["reporter"].writable
    assert Person(username="bob", email="bob@example.net", name="Bob Test") in described.people
    assert not {"fields.messages", "fields.files", "fields.externalid"} & described.fields.keys()


async def test_a_wrong_password_is_told_without_it(roundup_server: RoundupServer) -> None:
    tracker = connect(roundup_server, password="wrong-password-1234")
    with pytest.raises(Unauthorized) as caught:
        await tracker.read("1")
    assert "wrong-password-1234" not in str(caught.value)
    await tracker.close()


async def test_settings_that_fit_no_tracker(roundup_server: RoundupServer) -> None:
    tracker = connect(roundup_server, **{"class": "isue"})
    with pytest.raises(ConfigurationInvalid, match="Did you mean issue"):
        await tracker.describe()
    await tracker.close()
    elsewhere = connect(roundup_server, url=roundup_server.url.replace("/tracker/", "/nothing/"))
    with pytest.raises((Unreachable, ItemGone, Forbidden)):
        await elsewhere.describe()
    await elsewhere.close()
