"""Polling."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from accord.model import Comment, Patch
from accord.ports import Hint
from accord.testing.redmine import RedminePerson, RedmineServer
from accord.trackers.redmine import RedmineTracker
from accord.trackers.redmine.polling import SURE_AFTER
from tests.trackers.redmine.conftest import connect


class Poll:
    """What each poll tells, cursor after cursor."""

    def __init__(self, tracker: RedmineTracker) -> None:
        self.tracker = tracker
        self.cursor: str | None = None

    async def __call__(self) -> list[Hint]:
        changes = await self.tracker.changes(self.cursor)
        self.cursor = changes.cursor
        return list(changes.hints)

    async def at_rest(self) -> None:
        """Polls until the seconds of all changes are over and were told."""
        await self()
        await asyncio.sleep(SURE_AFTER.total_seconds())
        for _ in range(10):
            if not await self():
                return
        pytest.fail("there is always something to tell")


@pytest.fixture
async def poll(tracker: RedmineTracker) -> Poll:
    poll = Poll(tracker)
    await poll()
    await poll.at_rest()
    return poll


@pytest.fixture
async def lazy(redmine_server: RedmineServer) -> AsyncIterator[RedmineTracker]:
    """Looks for what is not stamped once, and then not for an hour."""
    tracker = connect(redmine_server, sweep=3600, overlap=1)
    yield tracker
    await tracker.close()


async def test_the_first_poll_tells_of_every_issue(tracker: RedmineTracker, alice: RedminePerson) -> None:
    keys = [await alice.create(f"First {n}") for n in range(3)]
    poll = Poll(tracker)
    assert {hint.key for hint in await poll()} >= set(keys)
    assert await poll() == []


async def test_what_redmine_does_not_stamp_is_told_once(
    poll: Poll, alice: RedminePerson, redmine_server: RedmineServer
) -> None:
    key, other = await alice.create("Changes"), await alice.create("Other")
    comment = await alice.comment(key, "one")
    file = await alice.attach(key, "a", b"a")
    assert {hint.key for hint in await poll()} == {key, other}
    await poll.tracker.read(key)
    await poll.at_rest()
    await poll.tracker.read(key)
    for change in (alice.edit_comment(comment, "two"), alice.delete_comment(comment)):
        await change
        assert await poll() == [Hint(key)]
        assert await poll() == []
    await alice.detach(file)
    assert Hint(key) in await poll()
    await poll.at_rest()
    entry = await alice.log_time(key, 1.0)
    assert await poll() == [Hint(key)]
    for change in ({"comments": "Reading"}, {"spent_on": "2026-11-05"}, {"hours": 2}):
        await alice.call("PUT", f"time_entries/{entry}.json", json={"time_entry": change})
        assert await poll() == [Hint(key)]
        assert await poll() == []
    await alice.relate(key, "relates", other)
    assert {hint.key for hint in await poll()} == {key, other}
    await poll.at_rest()


async def test_every_change_within_one_second_is_told(poll: Poll, alice: RedminePerson) -> None:
    """Two comments in the same second: nothing in the list of issues tells the second one."""
    key = await alice.create("Quick")
    await poll.at_rest()
    for n in range(3):
        await alice.comment(key, f"{n} early")
        assert Hint(key) in await poll()
        before = (await poll.tracker.read(key)).version
        await alice.comment(key, f"{n} late")
        await asyncio.sleep(SURE_AFTER.total_seconds())
        assert Hint(key) in await poll()
        assert (await poll.tracker.read(key)).version != before


async def test_an_edit_while_nobody_looked_is_told(
    poll: Poll, alice: RedminePerson, redmine_server: RedmineServer
) -> None:
    key = await alice.create("Meanwhile")
    comment = await alice.comment(key, "one")
    await poll.at_rest()
    await poll.tracker.read(key)
    await poll()
    await alice.edit_comment(comment, "two")
    restarted = Poll(connect(redmine_server))
    restarted.cursor = poll.cursor
    told = [hint for _ in range(5) for hint in await restarted()]
    assert key in {hint.key for hint in told}
    assert await restarted() == []
    await restarted.tracker.close()


async def test_what_a_process_read_and_did_not_live_to_write_down_is_told_by_its_version(
    poll: Poll, alice: RedminePerson, redmine_server: RedmineServer
) -> None:
    key = await alice.create("Crash")
    comment = await alice.comment(key, "one")
    await poll.at_rest()
    known = (await poll.tracker.read(key)).version
    restarted = Poll(connect(redmine_server, looks=50))
    restarted.cursor = poll.cursor
    told = {hint.key: hint.version for _ in range(5) for hint in await restarted()}
    assert told.get(key) in (None, known)
    await alice.edit_comment(comment, "two")
    assert [hint.key for hint in await restarted()] == [key]
    await restarted.tracker.close()


async def test_deleted_and_hidden_issues_are_told_and_come_back(
    poll: Poll, alice: RedminePerson, redmine_server: RedmineServer
) -> None:
    """A private issue of somebody else's is out of the reach of a reporter."""
    carol = Poll(connect(redmine_server, "carol"))
    gone, hidden = await alice.create("Delete"), await alice.create("Hide")
    await poll.at_rest()
    await carol()
    await carol.at_rest()
    await alice.delete(gone)
    await alice.set(hidden, is_private=True)
    assert set(await poll()) == {Hint(hidden), Hint(gone, gone=True)}
    assert set(await carol()) == {Hint(hidden, gone=True), Hint(gone, gone=True)}
    assert await carol() == []
    await alice.set(hidden, is_private=False)
    assert await carol() == [Hint(hidden)]
    await carol.tracker.close()


async def test_one_deleted_and_one_created_at_once(poll: Poll, alice: RedminePerson) -> None:
    old = await alice.create("Old")
    await poll.at_rest()
    new = await alice.create("New")
    await alice.delete(old)
    assert set(await poll()) == {Hint(new), Hint(old, gone=True)}


async def test_more_than_a_page_at_once(poll: Poll, alice: RedminePerson, redmine_server: RedmineServer) -> None:
    """As after an import: a hundred and twenty issues with one stamp."""
    redmine_server.ruby(
        "ActiveRecord::Base.record_timestamps = false\n"
        "now = Time.now.utc.change(usec: 0)\n"
        "120.times { |n| Issue.create!(project: Project.find('alpha'), tracker: Tracker.first, author: User.find(5),"
        ' subject: "Import #{n}", created_on: now, updated_on: now, closed_on: nil) }'
    )
    told = {hint.key for hint in await poll()}
    assert len(told) == 120
    assert {(await poll.tracker.read(key)).summary for key in sorted(told)[:3]} < {f"Import {n}" for n in range(120)}
    await poll.at_rest()


async def test_what_it_costs(lazy: RedmineTracker, alice: RedminePerson) -> None:
    poll = Poll(lazy)
    await poll()
    await poll()
    key = await alice.create("Cost", "text")
    await alice.comment(key, "hello")
    await asyncio.sleep(SURE_AFTER.total_seconds())

    async def cost(call: object) -> int:
        before = lazy.calls
        await call  # type: ignore[misc]
        return lazy.calls - before

    assert Hint(key) in await poll()
    await lazy.read(key)
    await poll.at_rest()
    assert await cost(poll()) == 1
    assert await cost(lazy.read(key)) == 1
    item = await lazy.read(key)
    await lazy.update(key, Patch(values={"summary": "First"}), item.version)
    item = await lazy.read(key)
    assert await cost(lazy.update(key, Patch(values={"summary": "New"}), item.version)) == 3
    assert await cost(lazy.add_comment(key, Comment(body="Hi"), "cost")) == 2


async def test_a_cursor_keeps_to_what_it_has_to(lazy: RedmineTracker, alice: RedminePerson) -> None:
    await alice.create("Small")
    poll = Poll(lazy)
    await poll()
    version, *_ = json.loads(poll.cursor or "")
    assert version == 1
    assert len(poll.cursor or "") < 100_000
