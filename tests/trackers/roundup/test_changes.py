"""Polling."""

from __future__ import annotations

import json

import pytest

from accord.model import Comment, Patch
from accord.ports import Hint
from accord.testing.roundup import RoundupPerson, RoundupServer
from accord.trackers.roundup import RoundupTracker
from tests.trackers.roundup.conftest import connect


class Poll:
    """What each poll tells, cursor after cursor."""

    def __init__(self, tracker: RoundupTracker) -> None:
        self.tracker = tracker
        self.cursor: str | None = None

    async def __call__(self) -> list[Hint]:
        changes = await self.tracker.changes(self.cursor)
        self.cursor = changes.cursor
        return list(changes.hints)


@pytest.fixture
async def poll(tracker: RoundupTracker) -> Poll:
    poll = Poll(tracker)
    await poll()
    return poll


async def test_the_first_poll_tells_of_every_issue(tracker: RoundupTracker, alice: RoundupPerson) -> None:
    keys = [await alice.create(f"First {n}", "...") for n in range(3)]
    poll = Poll(tracker)
    assert {hint.key for hint in await poll()} >= set(keys)
    assert await poll() == []


async def test_every_kind_of_change_is_told_once(poll: Poll, alice: RoundupPerson) -> None:
    key, other = await alice.create("Changes", "..."), await alice.create("Other", "...")
    assert [hint.key for hint in await poll()] == [key, other]
    comment = await alice.comment(key, "one")
    description = (await alice.comments(key))[0]["id"]
    file = await alice.attach(key, "a", b"a")
    assert await poll() == [Hint(key)]
    for change in (
        alice.set(key, title="Changed"),
        alice.edit_comment(comment, "two"),
        alice.edit_comment(description, "new description"),
        alice.delete_comment(key, comment),
        alice.detach(key, file),
        alice.set(key, title="Changes"),
    ):
        await change
        assert await poll() == [Hint(key)]
        assert await poll() == []


async def test_changes_within_one_second_are_all_told(poll: Poll, alice: RoundupPerson) -> None:
    key = await alice.create("Quick", "...")
    comment = await alice.comment(key, "0")
    await poll()
    for n in range(1, 6):
        await alice.edit_comment(comment, str(n))
        assert await poll() == [Hint(key)]
        await alice.set(key, points=n)
        assert await poll() == [Hint(key)]


async def test_an_edited_message_of_an_issue_that_rests_is_told(
    poll: Poll, alice: RoundupPerson, roundup_server: RoundupServer
) -> None:
    key = await alice.create("Resting", "...")
    comment = await alice.comment(key, "one")
    await poll()
    poll.cursor = long_after(poll.cursor)
    await alice.edit_comment(comment, "two")
    assert await poll() == [Hint(key)]
    assert await poll() == []


async def test_an_edit_that_was_told_to_nobody_is_told_again(poll: Poll, alice: RoundupPerson) -> None:
    key = await alice.create("Told to nobody", "...")
    comment = await alice.comment(key, "one")
    await poll()
    poll.cursor = kept = long_after(poll.cursor)
    await alice.edit_comment(comment, "two")
    assert await poll() == [Hint(key)]
    poll.cursor = kept
    assert Hint(key) in await poll()


async def test_an_edit_while_nobody_looked_is_told(
    poll: Poll, alice: RoundupPerson, roundup_server: RoundupServer
) -> None:
    key = await alice.create("Meanwhile", "...")
    comment = await alice.comment(key, "one")
    await poll()
    await alice.edit_comment(comment, "two")
    restarted = connect(roundup_server)
    changes = await restarted.changes(long_after(poll.cursor))
    assert key in {hint.key for hint in changes.hints}
    assert (await restarted.changes(changes.cursor)).hints == ()
    await restarted.close()


def long_after(cursor: str | None) -> str:
    """As if all that is in the tracker had happened long ago: no stamp brings it back."""
    version, issues, messages, *rest = json.loads(cursor or "")
    for seen in (issues, messages):
        seen[0], seen[3] = "2099-01-01T00:00:00+00:00", {}
    return json.dumps([version, issues, messages, *rest])


async def test_retired_and_restored_issues_are_told(poll: Poll, alice: RoundupPerson, admin: RoundupPerson) -> None:
    key = await alice.create("Retire", "...")
    await poll()
    await admin.retire(key)
    assert await poll() == [Hint(key, gone=True)]
    assert await poll() == []
    await admin.restore(key)
    assert await poll() == [Hint(key)]
    assert await poll() == []


async def test_one_retired_and_one_created_at_once(poll: Poll, alice: RoundupPerson, admin: RoundupPerson) -> None:
    old = await alice.create("Old", "...")
    await poll()
    new = await alice.create("New", "...")
    await admin.retire(old)
    assert await poll() == [Hint(new), Hint(old, gone=True)]


async def test_a_cursor_outlives_the_process(poll: Poll, alice: RoundupPerson, roundup_server: RoundupServer) -> None:
    key = await alice.create("Restart", "...")
    restarted = Poll(connect(roundup_server))
    restarted.cursor = poll.cursor
    assert await restarted() == [Hint(key)]
    assert await restarted() == []
    await restarted.tracker.close()


@pytest.mark.parametrize("cursor", ["", "nonsense", "{}", "[99, [], [], '']", "[1,2,3,4]"])
async def test_a_cursor_that_is_not_ours_starts_over(
    tracker: RoundupTracker, alice: RoundupPerson, cursor: str
) -> None:
    key = await alice.create("Again", "...")
    assert key in {hint.key for hint in (await tracker.changes(cursor)).hints}


async def test_what_it_costs(tracker: RoundupTracker, poll: Poll, alice: RoundupPerson) -> None:
    key = await alice.create("Cost", "text")
    await alice.comment(key, "hello")

    async def cost(call: object) -> int:
        before = tracker.calls
        await call  # type: ignore[misc]
        return tracker.calls - before

    await poll()
    assert await cost(poll()) == 4  # three, and the sweep, which is on every poll here
    await tracker.describe()
    assert await cost(tracker.read(key)) == 2
    item = await tracker.read(key)
    assert await cost(tracker.update(key, Patch(values={"summary": "New"}), item.version)) == 2
    assert await cost(tracker.add_comment(key, Comment(body="Hi"), "cost")) == 4


async def test_polling_only_asks_for_what_is_new(roundup_server: RoundupServer) -> None:
    tracker = connect(roundup_server, sweep=3600)
    poll = Poll(tracker)
    await poll()
    await poll()
    before = tracker.calls
    await poll()
    assert tracker.calls - before == 3
    await tracker.close()
