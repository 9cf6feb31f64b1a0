"""Comments."""

from __future__ import annotations

import pytest

from accord.errors import Forbidden, VersionMismatch, WriteRefused
from accord.model import Comment, Person
from accord.testing.redmine import RedminePerson, RedmineServer
from accord.trackers.redmine import RedmineTracker
from tests.trackers.redmine.conftest import connect


async def test_a_comment_is_a_journal_with_notes(tracker: RedmineTracker, alice: RedminePerson) -> None:
    key = await alice.create("Talk")
    await alice.set(key, priority_id=3)
    written = await tracker.add_comment(key, Comment(header="Anna wrote:", body="Hi"), "m")
    journals = (await alice.get(key))["journals"]
    assert [(str(one["id"]), one["notes"]) for one in journals[1:]] == [(written.id, "Anna wrote:\n\nHi")]
    assert [comment.id for comment in (await tracker.read(key)).comments] == [written.id]


async def test_a_private_note_is_internal(tracker: RedmineTracker, alice: RedminePerson) -> None:
    key = await alice.create("Whisper")
    await alice.comment(key, "Private", private=True)
    await tracker.add_comment(key, Comment(body="Private too", internal=True), "m")
    await tracker.add_comment(key, Comment(body="Public"), "m2")
    assert [(c.body, c.internal) for c in (await tracker.read(key)).comments] == [
        ("Private", True),
        ("Private too", True),
        ("Public", False),
    ]


async def test_a_private_note_never_becomes_public(redmine_server: RedmineServer, alice: RedminePerson) -> None:
    """Carol may add notes, and not make them private: Redmine would keep hers for all to read."""
    tracker, key = connect(redmine_server, "carol"), await alice.create("Whisper")
    with pytest.raises(Forbidden, match="private") as forbidden:
        await tracker.add_comment(key, Comment(body="Private", internal=True), "m")
    assert "Set notes as private" in (forbidden.value.remedy or "")
    assert await alice.comments(key) == []
    await tracker.close()


async def test_a_private_note_of_somebody_who_may_not_is_written_by_the_account(
    redmine_server: RedmineServer, alice: RedminePerson
) -> None:
    tracker, key = connect(redmine_server, speak_for_people=True), await alice.create("Whisper")
    for login in ("carol", "alice"):
        await tracker.add_comment(key, Comment(body=login, internal=True, author=Person(username=login)), "m")
    comments = (await tracker.read(key)).comments
    assert [(c.internal, c.author.username) for c in comments if c.author] == [(True, "syncbot"), (True, "alice")]
    await tracker.close()


async def test_a_comment_is_written_in_the_name_of_its_author(
    redmine_server: RedmineServer, alice: RedminePerson
) -> None:
    tracker, key = connect(redmine_server, speak_for_people=True), await alice.create("Speak")
    assert tracker.capabilities.speaks_for_people
    bob = await tracker.add_comment(key, Comment(body="As Bob", author=Person(email="bob@example.net")), "m")
    await tracker.add_comment(key, Comment(body="As nobody", author=Person(username="mallory")), "m2")
    authors = [(c.body, c.author.username) for c in (await tracker.read(key)).comments if c.author]
    assert authors == [("As Bob", "bob"), ("As nobody", "syncbot")]
    await tracker.edit_comment(key, Comment(id=bob.id, body="Still Bob"))
    (first, _) = (await tracker.read(key)).comments
    assert first.author is not None
    assert (first.body, first.author.username) == ("Still Bob", "bob")
    await tracker.close()


async def test_somebody_who_may_not_write_there_is_spoken_for_by_the_account(redmine_server: RedmineServer) -> None:
    """Alice does not even see the project."""
    tracker = connect(redmine_server, speak_for_people=True)
    key = await redmine_server.user("syncbot").create("Hidden", project_id="hidden")
    await tracker.add_comment(key, Comment(body="Hello", author=Person(username="alice")), "m")
    (comment,) = (await tracker.read(key)).comments
    assert comment.author is not None
    assert comment.author.username == "syncbot"
    await tracker.close()


async def test_an_edit_over_one_that_was_not_seen_is_refused(tracker: RedmineTracker, alice: RedminePerson) -> None:
    key = await alice.create("Race")
    comment = await alice.comment(key, "One")
    await tracker.read(key)
    await alice.edit_comment(comment, "By hand")
    with pytest.raises(VersionMismatch):
        await tracker.edit_comment(key, Comment(id=comment, body="By sync"))
    assert (await alice.comments(key))[0]["notes"] == "By hand"


async def test_a_comment_of_another_issue_is_left_alone(tracker: RedmineTracker, alice: RedminePerson) -> None:
    key, other = await alice.create("One"), await alice.create("Other")
    comment = await alice.comment(other, "Mine")
    with pytest.raises(VersionMismatch):
        await tracker.edit_comment(key, Comment(id=comment, body="Yours"))
    await tracker.delete_comment(key, comment)
    assert [one["notes"] for one in await alice.comments(other)] == ["Mine"]


async def test_deleting_a_comment_keeps_the_change_that_came_with_it(
    tracker: RedmineTracker, alice: RedminePerson
) -> None:
    key = await alice.create("Both")
    comment = await alice.comment(key, "Done", status_id=5)
    await tracker.delete_comment(key, comment)
    (journal,) = (await alice.get(key))["journals"]
    assert (journal["notes"], [detail["name"] for detail in journal["details"]]) == ("", ["status_id"])
    assert (await tracker.read(key)).comments == ()
    with pytest.raises(VersionMismatch):
        await tracker.edit_comment(key, Comment(id=comment, body="Again"))


async def test_a_text_in_textile_is_not_touched(tracker: RedmineTracker, alice: RedminePerson) -> None:
    text = "h2. Hi *you*\n\n{{collapse\n  hidden\n}}\n\n@code@ #12 r345"
    key = await alice.create("Texts", text)
    comment = await alice.comment(key, text)
    item = await tracker.read(key)
    assert (item.description, item.comments[0].body) == (text, text)
    calls = tracker.calls
    await tracker.edit_comment(key, Comment(id=comment, body=text))
    assert tracker.calls - calls == 1


@pytest.mark.parametrize("body", ["", "  \n"])
async def test_a_comment_without_text_is_refused(tracker: RedmineTracker, alice: RedminePerson, body: str) -> None:
    key = await alice.create("Nothing to say")
    with pytest.raises(WriteRefused, match="without text"):
        await tracker.add_comment(key, Comment(body=body), "m")
