"""What is said: replies, internal comments, descriptions, time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from accord.errors import Forbidden, WriteRefused
from accord.model import Comment, Item, Patch, WorkLog
from accord.testing.rt import RTPerson, RTServer
from accord.trackers.rt import RTTracker
from tests.trackers.rt.conftest import connect

RIGHTS = """
my $queue = RT::Queue->new($system); $queue->Load('Alpha');
my $agents = RT::Group->new($system); $agents->LoadUserDefinedGroup('Agents');
$agents->PrincipalObj->{}Right(Right => $_, Object => $queue) for qw(CommentOnTicket ModifyTicket);
"""


@pytest.fixture
async def bare(rt_server: RTServer) -> AsyncIterator[RTTracker]:
    """Without a custom field for descriptions."""
    tracker = connect(rt_server, description_field=None)
    yield tracker
    await tracker.close()


async def test_internal_comments_stay_internal(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Discussed", "The description.")
    await alice.comment(key, "To the customer")
    await alice.comment(key, "Among us", internal=True)
    ours = await tracker.add_comment(key, Comment(body="A secret", internal=True), "m1")
    public = await tracker.add_comment(key, Comment(body="An answer"), "m2")
    kinds = {str(one["id"]): one["Type"] for one in await alice.history(key)}
    assert (kinds[ours.id], kinds[public.id]) == ("Comment", "Correspond")
    comments = (await tracker.read(key)).comments
    assert [(one.body, one.internal) for one in comments] == [
        ("To the customer", False),
        ("Among us", True),
        ("A secret", True),
        ("An answer", False),
    ]
    assert comments[0].author is not None
    assert comments[0].author.username == "alice"


async def test_html_is_read_as_markdown_and_written_as_html(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Rich")
    html = "<p>See <b>this</b>:</p><ul><li>one</li><li>two</li></ul><script>alert(1)</script>"
    await alice.comment(key, html, ContentType="text/html")
    written = await tracker.add_comment(key, Comment(body="**Bold** `code`\n\n- item"), "m3")
    first, second = (await tracker.read(key)).comments
    assert first.body == "See **this**:\n\n- one\n- two"
    assert second.body == "**Bold** `code`\n\n- item"
    part = next(one for one in await alice.attachments(key) if written.id in str(one["TransactionId"]))
    assert part["ContentType"] == "text/html"
    assert b"<strong>Bold</strong>" in await alice.content(str(part["id"]))


async def test_a_bare_zero_is_a_comment_too(rt_server: RTServer, alice: RTPerson) -> None:
    tracker = connect(rt_server, text_format="plain")
    key = await alice.create("Zero")
    await tracker.add_comment(key, Comment(body="0"), "m4")
    assert [one.body.strip() for one in (await tracker.read(key)).comments] == ["0"]
    await tracker.close()


async def test_nothing_that_was_said_can_be_changed(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Said")
    comment = await alice.comment(key, "Hello")
    can = tracker.capabilities
    assert {can.comment_edit, can.comment_delete, can.attachment_delete, can.worklog_edit, can.worklog_delete} == {
        False
    }
    with pytest.raises(WriteRefused, match="does not let anybody change a comment"):
        await tracker.edit_comment(key, Comment(id=comment, body="Good-bye"))
    with pytest.raises(WriteRefused):
        await tracker.delete_comment(key, comment)
    with pytest.raises(WriteRefused, match="without text"):
        await tracker.add_comment(key, Comment(body=" \n"), "m5")


async def test_who_may_not_comment_is_told_so(rt_server: RTServer, alice: RTPerson) -> None:
    key = await alice.create("Only to read")
    rt_server.perl(RIGHTS.format("Revoke"))
    rt_server.restart()
    tracker = connect(rt_server)
    try:
        with pytest.raises(Forbidden, match="CommentOnTicket"):
            await tracker.add_comment(key, Comment(body="Among us", internal=True), "m6")
    finally:
        await tracker.close()
        rt_server.perl(RIGHTS.format("Grant"))
        rt_server.restart()


async def test_the_first_message_is_the_description_until_one_is_written(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("By mail", "It burns.\r\n\r\nPlease help.")
    item = await tracker.read(key)
    assert (item.description, item.comments) == ("It burns.\n\nPlease help.", ())
    await tracker.update(key, Patch(values={"description": "It is out."}), item.version)
    item = await tracker.read(key)
    assert item.description == "It is out."
    await tracker.update(key, Patch(values={"description": None}), item.version)
    assert (await tracker.read(key)).description is None


async def test_without_a_field_a_description_is_written_as_a_message(bare: RTTracker, alice: RTPerson) -> None:
    written = await bare.create(Item(summary="By sync", description="First **words**"), "d1")
    item = await bare.read(written.id)
    assert (item.description, item.comments) == ("First **words**", ())
    await bare.update(item.key, Patch(values={"description": "Second"}), item.version)
    assert ((await bare.read(item.key)).description, (await bare.read(item.key)).comments) == ("Second", ())
    await alice.comment(item.key, "Third", internal=True, Subject="Description")
    assert (await bare.read(item.key)).description == "Third"


async def test_html_that_nobody_edited_is_not_rewritten(rt_server: RTServer, alice: RTPerson) -> None:
    tracker = connect(rt_server, description_field="Story")
    html = '<p style="color: #333">One <font color="red">red</font></p>\n<p>Two</p>'
    key = await alice.create("Rich", CustomFields={"Story": html})
    item = await tracker.read(key)
    assert await tracker.update(key, Patch(values={"description": item.description}), item.version)
    kept = {field["name"]: field["values"] for field in (await alice.get(key))["CustomFields"]}
    assert kept["Story"] == [html]
    assert (await tracker.read(key)).version == item.version
    await tracker.close()


async def test_time_of_people_is_told(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Timed")
    said = await alice.comment(key, "Looked at it", TimeTaken=25)
    await alice.set(key, TimeWorked=40)
    await alice.set(key, TimeWorked=30)
    item = await tracker.read(key)
    assert [(log.seconds // 60, log.body) for log in item.worklogs] == [(25, ""), (15, "")]
    assert [comment.id for comment in item.comments] == [said]


async def test_time_that_sync_books_is_no_comment(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Timed")
    log = WorkLog(seconds=5400, body="Reading", header="Alice:", started_at=datetime(2026, 11, 2, tzinfo=UTC))
    await tracker.add_worklog(key, log, "t1")
    item = await tracker.read(key)
    assert item.comments == ()
    assert [(one.seconds, one.body) for one in item.worklogs] == [(5400, "Alice: Reading")]
    assert (await alice.get(key))["TimeWorked"] == "90"
    with pytest.raises(WriteRefused, match="less than a minute"):
        await tracker.add_worklog(key, WorkLog(seconds=20), "t2")
