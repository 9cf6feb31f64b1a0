"""Comments, and what Roundup's own rules make of them."""

from __future__ import annotations

import asyncio

import pytest

from accord.errors import VersionMismatch, WriteRefused
from accord.model import Comment, Item, Patch
from accord.testing.roundup import RoundupPerson, RoundupServer
from accord.trackers.roundup import RoundupTracker
from accord.trackers.roundup.messages import COMMENT, message_id


async def test_a_comment_says_who_wrote_it_elsewhere(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Talk", "...")
    written = await tracker.add_comment(key, Comment(header="**Dora** wrote:", body="Hello\n\n- there"), "mark/1 ü")
    (comment,) = (await tracker.read(key)).comments
    assert (comment.id, comment.body, comment.marker) == (written.id, "**Dora** wrote:\n\nHello\n\n- there", "mark/1 ü")
    assert comment.author is not None
    assert comment.author.username == "syncbot"
    assert comment.created_at is not None


async def test_a_comment_of_a_person_has_author_and_date_but_no_mark(
    tracker: RoundupTracker, alice: RoundupPerson
) -> None:
    # Nosy mail goes out, for which Roundup gives the message an id of its own.
    key = await alice.create("Talk", "...", nosy=["bob", "carol"])
    await alice.comment(key, "Hello")
    (comment,) = (await tracker.read(key)).comments
    assert comment.author is not None
    assert comment.author.username == "alice"
    assert comment.marker is None
    assert (await alice.comments(key))[1]["messageid"]


async def test_added_once_however_often_it_is_tried(
    tracker: RoundupTracker, alice: RoundupPerson, roundup_server: RoundupServer
) -> None:
    key = await alice.create("Once", "...")
    orphan = await roundup_server.user("syncbot").new(
        "msg", content="Hel", author="syncbot", messageid=message_id(COMMENT, "m1")
    )
    first = await tracker.add_comment(key, Comment(body="Hello"), "m1")
    again = await tracker.add_comment(key, Comment(body="Hello"), "m1")
    assert first.id == again.id == orphan
    assert [comment.body for comment in (await tracker.read(key)).comments] == ["Hello"]


async def test_people_who_write_at_the_same_time_lose_nothing(
    tracker: RoundupTracker, alice: RoundupPerson, roundup_server: RoundupServer
) -> None:
    key = await alice.create("Busy", "...")
    bob = roundup_server.user("bob")
    await asyncio.gather(
        *(tracker.add_comment(key, Comment(body=f"sync {n}"), f"busy-{n}") for n in range(4)),
        *(alice.comment(key, f"alice {n}") for n in range(4)),
        *(bob.set(key, title=f"Busy {n}") for n in range(4)),
    )
    bodies = {comment.body for comment in (await tracker.read(key)).comments}
    assert bodies == {f"{who} {n}" for who in ("sync", "alice") for n in range(4)}


async def test_editing(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Edit", "...")
    written = await tracker.add_comment(key, Comment(header="Dora:", body="one"), "m")
    await tracker.edit_comment(key, Comment(id=written.id, header="Dora:", body="two"))
    await tracker.edit_comment(key, Comment(id=written.id, header="Dora:", body="three"))
    (comment,) = (await tracker.read(key)).comments
    assert (comment.id, comment.body, comment.marker) == (written.id, "Dora:\n\nthree", "m")


async def test_an_edit_never_overwrites_one_that_we_have_not_seen(
    tracker: RoundupTracker, alice: RoundupPerson
) -> None:
    key = await alice.create("Edit", "...")
    comment = await alice.comment(key, "one")
    await tracker.read(key)
    await alice.edit_comment(comment, "two")
    with pytest.raises(VersionMismatch):
        await tracker.edit_comment(key, Comment(id=comment, body="sync"))
    await tracker.read(key)
    await tracker.edit_comment(key, Comment(id=comment, body="sync"))
    assert (await tracker.read(key)).comments[0].body == "sync"


async def test_deleting_is_done_once_and_for_all(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Delete", "...")
    comment = await alice.comment(key, "bye")
    for _ in range(2):
        await tracker.delete_comment(key, comment)
    await tracker.delete_comment(key, "424242")
    assert (await tracker.read(key)).comments == ()
    with pytest.raises(VersionMismatch):
        await tracker.edit_comment(key, Comment(id=comment, body="too late"))


async def test_a_comment_needs_text(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Empty", "...")
    with pytest.raises(WriteRefused, match="without text"):
        await tracker.add_comment(key, Comment(body=" \n"), "m")


async def test_the_first_message_of_an_issue_without_description_is_a_comment(
    tracker: RoundupTracker, alice: RoundupPerson
) -> None:
    key = (await tracker.create(Item(summary="Bare"), "bare")).id
    await tracker.add_comment(key, Comment(body="from sync"), "m")
    await alice.comment(key, "from alice")
    await tracker.delete_comment(key, (await tracker.read(key)).comments[0].id)
    item = await tracker.read(key)
    assert item.description is None
    assert [comment.body for comment in item.comments] == ["from alice"]


async def test_a_comment_reopens_as_the_tracker_wants_it(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    key = await alice.create("Reopened", "...", status="resolved")
    await tracker.read(key)
    await tracker.add_comment(key, Comment(body="But still..."), "reopens")
    assert (await tracker.read(key)).status == "chatting"


async def test_a_status_and_the_comment_that_comes_with_it_belong_together(
    tracker: RoundupTracker, alice: RoundupPerson
) -> None:
    key = await alice.create("Closed", "...")
    item = await tracker.read(key)
    await tracker.update(key, Patch(values={"status": "resolved"}), item.version)
    await tracker.add_comment(key, Comment(body="Done, because ..."), "closes")
    assert (await tracker.read(key)).status == "resolved"
