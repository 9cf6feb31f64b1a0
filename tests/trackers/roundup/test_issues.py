"""Creating and changing issues."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.errors import Forbidden, ItemGone, VersionMismatch, WriteRefused
from accord.model import Attachment, Comment, Item, Patch, Person
from accord.testing.roundup import RoundupPerson, RoundupServer
from accord.trackers.roundup import RoundupTracker
from accord.trackers.roundup.messages import DESCRIPTION, message_id
from tests.trackers.roundup.conftest import connect


async def test_a_new_issue_has_all_of_the_draft(tracker: RoundupTracker) -> None:
    draft = Item(
        summary="New",
        description="Why\n\nand what",
        status="deferred",
        labels=("red", "red"),
        assignee=Person(username="bob"),
        fields={"project": "alpha", "points": 5, "severity": None},
    )
    key = (await tracker.create(draft, "twin-1")).id
    item = await tracker.read(key)
    assert (item.summary, item.description, item.status, item.labels) == (
        "New",
        "Why\n\nand what",
        "deferred",
        ("red",),
    )
    assert (item.fields["project"], item.fields["points"], item.marker) == ("alpha", 5, "twin-1")
    assert item.comments == ()
    assert await tracker.find("twin-1") == key
    assert await tracker.find("twin-") is None
    assert await tracker.find("TWIN-1") is None


async def test_a_description_that_was_sent_before_a_crash_is_used_again(
    tracker: RoundupTracker, roundup_server: RoundupServer
) -> None:
    syncbot = roundup_server.user("syncbot")
    orphan = await syncbot.new(
        "msg", content="older text", author="syncbot", messageid=message_id(DESCRIPTION, "twin-2")
    )
    key = (await tracker.create(Item(summary="New", description="the text"), "twin-2")).id
    assert [message["id"] for message in await syncbot.comments(key)] == [orphan]
    assert (await tracker.read(key)).description == "the text"


async def test_a_description_whose_text_roundup_lost_is_used_again(
    tracker: RoundupTracker, roundup_server: RoundupServer
) -> None:
    syncbot = roundup_server.user("syncbot")
    mark = message_id(DESCRIPTION, "twin-3")
    orphan = await syncbot.new("msg", content="cut off", author="syncbot", messageid=mark)
    (stored,) = roundup_server.home.glob(f"**/files/msg/*/msg{orphan}")
    stored.unlink()
    key = (await tracker.create(Item(summary="New", description="the text"), "twin-3")).id
    assert (await tracker.read(key)).description == "the text"


async def test_an_update_of_another_version_is_refused(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Before", "text")
    version = (await tracker.read(key)).version
    await alice.set(key, priority="urgent")
    with pytest.raises(VersionMismatch):
        await tracker.update(key, Patch(values={"summary": "Sync"}), version)
    with pytest.raises(VersionMismatch):
        await tracker.update(key, Patch(values={"description": "Sync"}), version)
    item = await tracker.read(key)
    assert (item.summary, item.description) == ("Before", "text")
    await tracker.update(key, Patch(values={"summary": "Sync"}), item.version)
    assert (await tracker.read(key)).summary == "Sync"


async def test_an_edited_description_is_not_overwritten(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Title", "text")
    version = (await tracker.read(key)).version
    await alice.edit_comment((await alice.comments(key))[0]["id"], "edited by alice")
    with pytest.raises(VersionMismatch):
        await tracker.update(key, Patch(values={"summary": "Sync", "description": "Sync"}), version)
    item = await tracker.read(key)
    assert (item.summary, item.description) == ("Title", "edited by alice")


async def test_labels_of_others_stay(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Labels", "...", keyword=["red"])
    await tracker.update(key, Patch(labels_added=("blue", "brand new"), labels_removed=("red", "never was")), None)
    await alice.set(key, keyword=["+green"])
    assert (await tracker.read(key)).labels == ("blue", "brand new", "green")


async def test_labels_are_created_only_where_that_is_wanted(
    roundup_server: RoundupServer, alice: RoundupPerson
) -> None:
    key = await alice.create("Labels", "...")
    tracker = connect(roundup_server, create_labels=False)
    with pytest.raises(WriteRefused, match=r"no keyword 'gren'") as caught:
        await tracker.update(key, Patch(labels_added=("gren",)), None)
    assert (caught.value.field, caught.value.item) == ("labels", key)
    assert "green" in (caught.value.remedy or "")
    await tracker.close()


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("status", "resolvd", "no status 'resolvd'.*Did you mean resolved"),
        ("assignee", {"username": "bobb"}, "no user 'bobb'.*bob"),
        ("fields.points", 2.5, "a whole number"),
        ("fields.storypoints", "many", "a number"),
        ("fields.visible", "perhaps", "true or false"),
        ("due", "tomorrow", "2026-12-24"),
        ("fields.projekt", "alpha", "Did you mean fields.project"),
        ("resolution", "done", "has no resolution"),
        ("fields.messages", ["1"], "has no fields.messages"),
        ("fields.creator", "bob", "has no fields.creator"),
    ],
)
async def test_what_roundup_would_not_take_is_told(
    tracker: RoundupTracker, alice: RoundupPerson, path: str, value: object, told: str
) -> None:
    key = await alice.create("Refusals", "...")
    with pytest.raises(WriteRefused, match=told) as caught:
        await tracker.update(key, Patch.model_validate({"values": {path: value, "summary": "no"}}), None)
    assert caught.value.item == key
    assert (await tracker.read(key)).summary == "Refusals"


async def test_an_item_that_is_not_there(tracker: RoundupTracker) -> None:
    with pytest.raises(ItemGone):
        await tracker.update("424242", Patch(values={"summary": "x"}), None)
    with pytest.raises(ItemGone):
        await tracker.add_comment("../user/1", Comment(body="x"), "m")


async def test_a_retired_item_takes_no_writes(
    tracker: RoundupTracker, alice: RoundupPerson, admin: RoundupPerson, file: Path
) -> None:
    key = await alice.create("Retired", "...")
    await admin.retire(key)
    for write in (
        tracker.update(key, Patch(values={"summary": "x"}), None),
        tracker.add_comment(key, Comment(body="x"), f"late-{key}"),
        tracker.add_attachment(key, Attachment(name="late"), file, f"late-{key}"),
    ):
        with pytest.raises(ItemGone):
            await write


async def test_what_the_account_may_not_write(roundup_server: RoundupServer) -> None:
    # An anonymous visitor may look, but not write.
    tracker = connect(roundup_server)
    key = (await tracker.create(Item(summary="Locked"), "twin-locked")).id
    await tracker.close()
    admin = roundup_server.user("admin")
    if "eve" not in [one.username for one in (await connect(roundup_server).describe()).people]:
        await admin.new("user", username="eve", password="eve-password", address="eve@example.net", roles="Anonymous")
    eve = connect(roundup_server, "eve")
    with pytest.raises(Forbidden):
        await eve.update(key, Patch(values={"summary": "Mine"}), None)
    await eve.close()


async def test_a_description_is_made_on_demand_and_moves_no_status(
    tracker: RoundupTracker, alice: RoundupPerson
) -> None:
    key = (await tracker.create(Item(summary="Bare", status="resolved"), "twin-3")).id
    await alice.comment(key, "A comment that came first")
    await tracker.update(key, Patch(values={"status": "resolved"}), None)
    assert (await tracker.read(key)).description is None

    await tracker.update(key, Patch(values={"description": "At last"}), (await tracker.read(key)).version)
    item = await tracker.read(key)
    assert (item.description, item.status) == ("At last", "resolved")
    assert [comment.body for comment in item.comments] == ["A comment that came first"]

    await tracker.update(key, Patch(values={"description": None}), item.version)
    item = await tracker.read(key)
    assert (item.description, item.status) == (None, "resolved")
    await tracker.update(key, Patch(values={"description": "Again"}), item.version)
    item = await tracker.read(key)
    assert (item.description, len(item.comments)) == ("Again", 1)


async def test_dates_do_not_depend_on_the_time_zone_of_the_account(
    roundup_server: RoundupServer, admin: RoundupPerson, alice: RoundupPerson
) -> None:
    await admin.new(
        "user", username="tokyo", address="t@example.net", roles="User", timezone="9", password="tokyo-password"
    )
    tracker = connect(roundup_server, "tokyo")
    key = await alice.create("Dates", "...")
    cursor = (await tracker.changes(None)).cursor
    await tracker.update(key, Patch(values={"due": "2026-12-24"}), None)
    assert str((await tracker.read(key)).due) == "2026-12-24"
    assert [hint.key for hint in (await tracker.changes(cursor)).hints] == [key]
    await tracker.close()
