"""Polling."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from accord.model import Comment, Item, Patch
from accord.ports import Hint
from accord.testing.rt import RTPerson, RTServer
from accord.trackers.rt import RTTracker
from tests.trackers.rt.conftest import connect


class Poll:
    """What each poll tells, cursor after cursor."""

    def __init__(self, tracker: RTTracker) -> None:
        self.tracker = tracker
        self.cursor: str | None = None

    async def __call__(self) -> list[Hint]:
        changes = await self.tracker.changes(self.cursor)
        self.cursor = changes.cursor
        return list(changes.hints)


@pytest.fixture
async def lazy(rt_server: RTServer) -> AsyncIterator[RTTracker]:
    """Counts the tickets once, and then not for an hour."""
    tracker = connect(rt_server, sweep=3600, overlap=1)
    yield tracker
    await tracker.close()


@pytest.fixture
async def poll(lazy: RTTracker) -> Poll:
    poll = Poll(lazy)
    await poll()
    return poll


async def test_the_first_poll_tells_of_every_ticket(lazy: RTTracker, alice: RTPerson) -> None:
    keys = [await alice.create(f"First {n}") for n in range(3)]
    poll = Poll(lazy)
    assert {hint.key for hint in await poll()} >= set(keys)
    assert await poll() == []


async def test_a_change_is_told_with_its_version(poll: Poll, alice: RTPerson) -> None:
    key = await alice.create("Changes")
    assert [hint.key for hint in await poll()] == [key]
    for _ in range(3):
        await alice.set(key, Priority=int((await alice.get(key))["Priority"]) + 1)
        assert await poll() == [Hint(key, (await poll.tracker.read(key)).version)]
    assert await poll() == []


async def test_what_sync_wrote_is_known_by_its_version(poll: Poll) -> None:
    key = (await poll.tracker.create(Item(summary="Ours"), "e1")).id
    item = await poll.tracker.read(key)
    written = await poll.tracker.update(key, Patch(values={"summary": "Ours still"}), item.version)
    assert await poll() == [Hint(key, written.version)]
    await poll.tracker.add_comment(key, Comment(body="Hello"), "e2")
    assert await poll() == [Hint(key, (await poll.tracker.read(key)).version)]


async def test_a_poll_is_one_request_once_all_is_quiet(poll: Poll, alice: RTPerson) -> None:
    await alice.create("And then nothing")
    await poll()
    while json.loads(poll.cursor or "")[2]:
        await poll()
    before = poll.tracker.calls
    assert await poll() == []
    assert poll.tracker.calls - before == 1


async def test_a_transaction_that_turns_up_late_is_told_without_a_version(poll: Poll, alice: RTPerson) -> None:
    """As when it was numbered first, and committed last."""
    key = await alice.create("Late")
    await poll()
    await alice.set(key, Priority=3)
    first = (await poll.tracker.read(key)).version
    await alice.set(key, Priority=4)
    await poll()
    version, floor, seen, ids = json.loads(poll.cursor or "")
    assert str(first) in seen or "-" in seen
    late = [n for n in range(floor + 1, int(first or 0) + 10) if n != int(first or 0)]
    poll.cursor = json.dumps([version, floor, ",".join(map(str, late)), ids])
    assert await poll() == [Hint(key)]


async def test_what_is_deleted_or_merged_is_gone_at_once_and_back_when_it_is_restored(
    poll: Poll, alice: RTPerson
) -> None:
    one, two, other = [await alice.create(summary) for summary in ("One", "Two", "Other")]
    await poll()
    await alice.delete(one)
    await alice.merge(two, other)
    hints = {hint.key: hint.gone for hint in await poll()}
    assert hints == {one: True, two: True, other: False}
    await alice.set(one, Status="open")
    assert [(hint.key, hint.gone) for hint in await poll()] == [(one, False)]
    assert await poll() == []


async def test_what_leaves_the_accounts_sight_is_found_by_counting(tracker: RTTracker, alice: RTPerson) -> None:
    key = await alice.create("Moves out of sight")
    poll = Poll(tracker)
    await poll()
    await alice.set(key, Queue="Hidden")
    assert await poll() == [Hint(key, gone=True)]
    assert await poll() == []
    await alice.set(key, Queue="Alpha")
    assert [(hint.key, hint.gone) for hint in await poll()] == [(key, False)]


async def test_only_the_queues_that_were_named_are_told(rt_server: RTServer, alice: RTPerson) -> None:
    tracker = connect(rt_server, queues=["Beta"], default_queue=None)
    poll = Poll(tracker)
    await poll()
    await alice.create("In Alpha")
    key = await alice.create("In Beta", Queue="Beta")
    assert [hint.key for hint in await poll()] == [key]
    await alice.set(key, Queue="Alpha")
    assert await poll() == [Hint(key, gone=True)]
    await tracker.close()


async def test_more_than_a_page_is_told_whole(poll: Poll, alice: RTPerson) -> None:
    key = await alice.create("Busy")
    await poll()
    for n in range(1, 52):
        await alice.set(key, Priority=n, Subject=f"Busy {n}")
    assert await poll() == [Hint(key, (await poll.tracker.read(key)).version)]
    assert len(await alice.history(key)) > 100
    assert (await poll.tracker.read(key)).summary == "Busy 51"
