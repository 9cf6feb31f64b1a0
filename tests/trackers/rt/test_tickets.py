"""Tickets: statuses, people, fields, and what RT says in answers that are no errors."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from accord.errors import ConfigurationInvalid, ItemGone, VersionMismatch, WriteRefused
from accord.model import Comment, Item, Patch, Person
from accord.testing.rt import RTPerson, RTServer
from accord.trackers.rt import RTTracker
from tests.trackers.rt.conftest import connect


def draft(summary: str = "Ticket", **values: object) -> Item:
    return Patch.model_validate({"values": {"summary": summary, **values}}).apply(Item())


@pytest.fixture
async def desk(rt_server: RTServer) -> AsyncIterator[RTTracker]:
    """Where each status leads to all others, though RT's buttons lead to few."""
    statuses = ("new", "deferred", "open", "feedback", "testing", "resolved", "rejected", "closed")
    tracker = connect(rt_server, queues=["Desk"], default_queue=None, statuses=statuses)
    yield tracker
    await tracker.close()


async def test_a_status_that_no_button_leads_to_is_reached(desk: RTTracker) -> None:
    key = (await desk.create(draft(status="feedback"), "a1")).id
    item = await desk.read(key)
    assert (item.status, item.fields["queue"]) == ("feedback", "Desk")
    await desk.update(key, Patch(values={"status": "rejected", "summary": "Both"}), item.version)
    item = await desk.read(key)
    assert (item.status, item.summary) == ("rejected", "Both")


async def test_a_new_ticket_goes_to_a_status_that_it_can_not_be_made_with(tracker: RTTracker) -> None:
    assert (await tracker.read((await tracker.create(draft(status="stalled"), "a2")).id)).status == "stalled"


async def test_a_status_that_is_not_there_is_refused_with_those_that_are(tracker: RTTracker) -> None:
    written = await tracker.create(draft(), "a3")
    with pytest.raises(WriteRefused) as refused:
        await tracker.update(written.id, Patch(values={"status": "opn"}), None)
    assert (refused.value.field, refused.value.value, refused.value.item) == ("status", "opn", written.id)
    assert "Did you mean open" in str(refused.value)


async def test_a_way_that_the_lifecycle_does_not_have_is_refused_with_those_it_has(
    rt_server: RTServer, alice: RTPerson
) -> None:
    tracker = connect(rt_server, statuses=["new", "open", "resolved", "testing"])
    key = await alice.create("Of the default lifecycle")
    with pytest.raises(WriteRefused) as refused:
        await tracker.update(key, Patch(values={"status": "testing", "summary": "Not this"}), None)
    assert refused.value.field == "status"
    assert "isn't a valid status" in refused.value.message
    assert "it offers the account: open, resolved, rejected" in (refused.value.remedy or "")
    assert (await tracker.read(key)).summary == "Of the default lifecycle"
    await tracker.close()


async def test_an_owner_who_may_not_own_tickets_is_refused_by_name(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("For a customer")
    with pytest.raises(WriteRefused) as refused:
        await tracker.update(key, Patch(values={"assignee": {"username": "carol"}}), None)
    assert refused.value.field == "assignee"
    assert "may not own tickets" in refused.value.message


async def test_what_rt_would_cut_a_text_off_at_is_replaced(tracker: RTTracker) -> None:
    key = (await tracker.create(draft("one\0two", description="three\0four"), "a5")).id
    await tracker.add_comment(key, Comment(body="five\ud800six"), "a6")
    item = await tracker.read(key)
    assert (item.summary, item.description) == ("one\ufffdtwo", "three\ufffdfour")
    (comment,) = item.comments
    assert (comment.body[:4], comment.body[-3:]) == ("five", "six")


async def test_nobody_is_nobody(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Unassigned")
    item = await tracker.read(key)
    assert (item.assignee, item.due, item.fields["starts"]) == (None, None, None)
    await tracker.update(
        key, Patch(values={"assignee": {"email": "BOB@example.net"}, "due": "2026-12-24"}), item.version
    )
    item = await tracker.read(key)
    assert item.assignee == Person(username="bob", email="bob@example.net", name="Bob Test")
    await tracker.update(key, Patch(values={"assignee": None, "due": None}), item.version)
    assert (await alice.get(key))["Due"].startswith("1970-01-01")
    assert ((await tracker.read(key)).assignee, (await tracker.read(key)).due) == (None, None)


async def test_a_customer_whom_rt_does_not_know_yet_becomes_requestor(tracker: RTTracker) -> None:
    written = await tracker.create(draft(reporter={"email": "new.customer@example.com"}), "a4")
    reporter = (await tracker.read(written.id)).reporter
    assert reporter is not None
    assert reporter.email == "new.customer@example.com"
    with pytest.raises(WriteRefused) as refused:
        await tracker.update(written.id, Patch(values={"reporter": {"name": "Nobody Knows"}}), None)
    assert (refused.value.field, refused.value.value) == ("reporter", "Nobody Knows")


async def test_another_requestor_leaves_the_others_alone(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Two customers", Requestor=["carol", "bob"])
    first = (await tracker.read(key)).reporter
    await tracker.update(key, Patch(values={"reporter": {"username": "alice"}}), None)
    there = {one["id"] for one in (await alice.get(key))["Requestor"]}
    assert first is not None
    assert there == {"alice"} | ({"carol", "bob"} - {first.username})


async def test_priorities_go_by_their_names(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Urgent", Priority=77)
    assert (await tracker.read(key)).priority == "77"
    await tracker.update(key, Patch(values={"priority": "High"}), None)
    assert (await alice.get(key))["Priority"] == "100"
    with pytest.raises(WriteRefused, match="Did you mean High"):
        await tracker.update(key, Patch(values={"priority": "Hihg"}), None)


async def test_due_is_a_day_where_people_are(rt_server: RTServer, alice: RTPerson) -> None:
    tracker = connect(rt_server, time_zone="America/New_York")
    key = await alice.create("Due over there")
    await tracker.update(key, Patch(values={"due": "2026-12-24"}), None)
    assert (await alice.get(key))["Due"] == "2026-12-24T05:00:00Z"
    assert str((await tracker.read(key)).due) == "2026-12-24"
    await tracker.close()


async def test_a_deleted_ticket_is_gone_though_rt_shows_it(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Delete me")
    await alice.delete(key)
    assert (await alice.get(key))["Status"] == "deleted"
    with pytest.raises(ItemGone, match=f"Ticket {key} was deleted"):
        await tracker.read(key)


async def test_a_merged_ticket_is_gone_and_its_messages_are_comments_of_the_other(
    tracker: RTTracker, alice: RTPerson
) -> None:
    one = (await tracker.create(draft("One"), "b1")).id
    two = (await tracker.create(draft("Two"), "b2")).id
    mailed = await alice.create("The same again", "It still burns.")
    await alice.merge(mailed, two)
    await alice.merge(one, two)
    for key in (one, mailed):
        with pytest.raises(ItemGone, match=f"Ticket {key} was merged into ticket {two}"):
            await tracker.read(key)
    item = await tracker.read(two)
    assert [comment.body for comment in item.comments] == ["It still burns."]
    assert await tracker.find("b1") is None


async def test_what_the_account_may_not_see_is_gone(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Moves out of sight")
    assert (await tracker.read(key)).summary == "Moves out of sight"
    await alice.set(key, Queue="Hidden")
    with pytest.raises(ItemGone, match="does not show"):
        await tracker.read(key)


async def test_only_the_queues_that_were_named_are_synced(desk: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("In Alpha")
    with pytest.raises(ItemGone, match="in the queue Alpha, which is not synced"):
        await desk.read(key)
    assert await desk.matching("Subject LIKE 'Alpha'", [key]) == set()
    assert (await desk.describe()).fields["fields.queue"].options == ("Desk",)


async def test_a_person_who_writes_the_same_at_the_same_instant_wins(
    tracker: RTTracker, alice: RTPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RT compares versions, and writes: in between, another of its processes may."""
    key = await alice.create("Contested")
    item = await tracker.read(key)
    put = tracker._rest.put

    async def overtaken(key: str, values: dict[str, object], etag: str | None) -> list[str]:
        if etag is not None:
            await alice.set(key, Subject="By hand", custom={"Severity": "Low"})
        return await put(key, values, None)

    monkeypatch.setattr(tracker._rest, "put", overtaken)
    with pytest.raises(VersionMismatch):
        await tracker.update(key, Patch(values={"summary": "By sync", "fields.Severity": "High"}), item.version)
    after = await tracker.read(key)
    assert (after.summary, after.fields["Severity"]) == ("By hand", "Low")


async def test_a_person_who_writes_something_else_at_the_same_instant_shows(
    tracker: RTTracker, alice: RTPerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = await alice.create("Shared")
    item = await tracker.read(key)
    put = tracker._rest.put

    async def overtaken(key: str, values: dict[str, object], etag: str | None) -> list[str]:
        await alice.set(key, custom={"Notes": "By hand"})
        return await put(key, values, None)

    monkeypatch.setattr(tracker._rest, "put", overtaken)
    written = await tracker.update(key, Patch(values={"summary": "By sync"}), item.version)
    after = await tracker.read(key)
    assert (after.summary, after.fields["Notes"]) == ("By sync", "By hand")
    assert written.version != after.version


async def test_it_tells_who_changed_what(tracker: RTTracker, alice: RTPerson) -> None:
    key = (await tracker.create(draft(), "c1")).id
    await alice.set(key, Subject="By Alice", custom={"Severity": "High", "Labels": ["x"]})
    await tracker.update(key, Patch(values={"fields.Severity": "Low", "status": "open"}), None)
    item = await tracker.read(key)
    assert {path: person.username for path, person in item.changed_by.items()} == {
        "summary": "alice",
        "labels": "alice",
    }


async def test_a_field_that_is_not_there_is_told_when_it_starts(rt_server: RTServer) -> None:
    for setting, value, remedy in [
        ("description_field", "Descripton", "Did you mean Description"),
        ("description_field", "Severity", "text area"),
        ("labels_field", "Severity", "several values"),
        ("queues", ["Alfa"], "Did you mean Alpha"),
    ]:
        tracker = connect(rt_server, **{setting: value})
        with pytest.raises(ConfigurationInvalid) as invalid:
            await tracker.read("1")
        assert invalid.value.field == setting
        assert remedy in str(invalid.value)
        await tracker.close()
