"""What the tracker in memory does when it is told to behave badly."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accord.errors import Forbidden, ItemGone, VersionMismatch
from accord.model import Attachment, Comment, Item, Patch
from accord.ports import Hint, Once, Tracker
from accord.testing.memory import Behaviour, Deed, MemoryTracker
from accord.testing.simulated_loop import SimulatedLoop

START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """Time that moves when told."""

    def __init__(self) -> None:
        self.time = START

    def tick(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def tracker_with(clock: Clock, **behaviour: Any) -> MemoryTracker:
    tracker = MemoryTracker(behaviour=Behaviour(**behaviour))
    tracker.now = lambda: clock.time
    return tracker


def patch(**values: Any) -> Patch:
    return Patch(values=values)


def keys(hints: tuple[Hint, ...]) -> list[str]:
    return [hint.key for hint in hints]


class Poll:
    """Asks for changes, each time from where it was."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker, self._cursor = tracker, None

    async def __call__(self) -> list[str]:
        changes = await self._tracker.changes(self._cursor)
        self._cursor = changes.cursor
        return keys(changes.hints)


# search


async def test_search_is_late_and_reading_is_not(clock: Clock) -> None:
    tracker = tracker_with(clock, search_lag=5.0)
    key = (await tracker.create(Item(summary="New", labels=("shared",)), "marker")).id
    poll = Poll(tracker)
    assert (await tracker.read(key)).summary == "New"
    assert await tracker.find("marker") is None
    assert await tracker.matching("label=shared", [key]) == set()
    assert await poll() == []
    clock.tick(5)
    assert await tracker.find("marker") == key
    assert await tracker.matching("label=shared", [key]) == {key}
    assert await poll() == [key]
    assert await poll() == []


async def test_search_goes_on_to_show_what_was(clock: Clock) -> None:
    tracker = tracker_with(clock, search_lag=5.0)
    key = tracker.person_creates(summary="Old", status="open")
    clock.tick(5)
    tracker.person_edits(key, status="closed")
    assert await tracker.matching("status=open", [key]) == {key}
    tracker.person_deletes(key)
    assert [(hint.gone, hint.version) for hint in (await tracker.changes(None)).hints] == [(False, "1")]
    clock.tick(5)
    assert await tracker.matching("status=open", [key]) == set()
    assert [hint.gone for hint in (await tracker.changes(None)).hints] == [True]


async def test_stamps_are_cut(clock: Clock) -> None:
    tracker = tracker_with(clock, stamp_resolution=1.0)
    clock.tick(7.9)
    key = tracker.person_creates(summary="New")
    tracker.person_comments(key, "Hello")
    item = tracker.items[key]
    assert {item.created_at, item.updated_at, item.comments[0].created_at} == {START + timedelta(seconds=7)}


@pytest.mark.parametrize("lag", [0.0, 2.5])
async def test_two_edits_with_one_stamp_are_told_though_no_version_tells_them_apart(clock: Clock, lag: float) -> None:
    tracker = tracker_with(clock, stamp_resolution=1.0, versioned=False, search_lag=lag)
    key, poll = tracker.person_creates(summary="One"), Poll(tracker)
    clock.tick(lag + 0.1)
    assert await poll() == [key]
    assert await poll() == []
    tracker.person_edits(key, summary="Two")
    clock.tick(lag + 1)
    assert await poll() == [key]
    clock.tick(100)
    assert await poll() == []


async def test_a_version_tells_that_nothing_hides_behind_a_stamp(clock: Clock) -> None:
    tracker = tracker_with(clock, stamp_resolution=1.0)
    key, poll = tracker.person_creates(summary="One"), Poll(tracker)
    assert await poll() == [key]
    clock.tick(2)
    assert await poll() == []


@pytest.mark.parametrize("versioned", [True, False])
@pytest.mark.parametrize("resolution", [0.0, 1.0])
@pytest.mark.parametrize("lag", [0.0, 0.4, 3.0])
async def test_the_last_edit_is_told_however_it_falls_between_looks(
    clock: Clock, lag: float, resolution: float, versioned: bool
) -> None:
    for edits in range(40):
        tracker = tracker_with(clock, stamp_resolution=resolution, search_lag=lag, versioned=versioned)
        names, poll = [tracker.person_creates(summary=f"Item {n}") for n in range(3)], Poll(tracker)
        told, edited = {}, dict.fromkeys(names, 0)
        for n in range(edits):
            tracker.person_edits(names[n * 7 % 3], summary=f"Edit {n}")
            edited[names[n * 7 % 3]] = n
            clock.tick((n * 37 % 11) / 10)
            told |= dict.fromkeys(await poll() if n % 3 else (), n)
        clock.tick(lag + resolution)
        told |= dict.fromkeys(await poll(), edits)
        assert {key: at for key, at in edited.items() if told[key] < at} == {}
        assert await poll() == []


async def test_at_rest_the_cursor_stays(clock: Clock) -> None:
    tracker = tracker_with(clock, stamp_resolution=1.0, search_lag=2.0)
    tracker.person_creates(summary="At rest")
    clock.tick(10)
    cursor = (await tracker.changes(None)).cursor
    clock.tick(10)
    assert (await tracker.changes(cursor)).cursor == cursor


# versions and deletions


async def test_without_versions_every_write_is_taken(clock: Clock) -> None:
    tracker = tracker_with(clock, versioned=False)
    key = tracker.person_creates(summary="One")
    written = await tracker.update(key, patch(summary="Two"), "stale")
    assert (written.version, (await tracker.read(key)).version) == (None, None)
    assert [hint.version for hint in (await tracker.changes(None)).hints] == [None]
    assert not tracker.capabilities.versioned_writes


async def test_with_versions_a_stale_update_is_refused(clock: Clock) -> None:
    tracker = tracker_with(clock)
    key = tracker.person_creates(summary="One")
    read = await tracker.read(key)
    tracker.person_edits(key, summary="Two")
    with pytest.raises(VersionMismatch):
        await tracker.update(key, patch(summary="Three"), read.version)


async def test_without_tombstones_a_deletion_is_not_told(clock: Clock) -> None:
    tracker = tracker_with(clock, tombstones=False)
    key, poll = tracker.person_creates(summary="Here"), Poll(tracker)
    await poll()
    tracker.person_deletes(key)
    assert await poll() == []
    with pytest.raises(ItemGone):
        await tracker.read(key)


# what the tracker makes of what it is given


async def test_a_new_item_gets_defaults_where_nothing_was_given(clock: Clock) -> None:
    tracker = tracker_with(clock, defaults={"priority": "low", "assignee": {"username": "triage"}, "fields.team": "A"})
    item = tracker.items[(await tracker.create(Item(summary="New", priority="high"), "m")).id]
    assert item.assignee is not None
    assert (item.priority, item.assignee.username, item.fields) == ("high", "triage", {"team": "A"})
    tracker.person_edits(item.key, priority=None)
    assert tracker.items[item.key].priority is None


async def test_entering_a_status_sets_more(clock: Clock) -> None:
    tracker = tracker_with(clock, workflow={"done": {"resolution": "fixed", "assignee": None, "labels.open": None}})
    key = tracker.person_creates(status="open", assignee={"username": "bob"}, labels=("open", "shared"))
    await tracker.update(key, patch(status="done"), None)
    item = tracker.items[key]
    assert (item.resolution, item.assignee, item.labels) == ("fixed", None, ("shared",))
    tracker.person_edits(key, resolution="wontfix")
    assert tracker.items[key].resolution == "wontfix"


async def test_long_texts_are_cut(clock: Clock) -> None:
    tracker = tracker_with(clock, longest={"summary": 5, "fields.note": 3, "comments": 4})
    key = tracker.person_creates(summary="abcdefgh", fields={"note": "abcdef"})
    await tracker.add_comment(key, Comment(body="abcdefgh"), "m")
    item = tracker.items[key]
    assert (item.summary, item.fields, item.comments[0].body) == ("abcde", {"note": "abc"}, "abcd")


async def test_texts_are_tidied(clock: Clock) -> None:
    tracker = tracker_with(clock, tidy_text=True)
    key = tracker.person_creates(description="one  \r\ntwo\t\n\n\n\nthree")
    tracker.person_comments(key, "a \nb")
    assert tracker.items[key].description == "one\ntwo\n\nthree"
    assert tracker.items[key].comments[0].body == "a\nb"


async def test_labels_are_tidied(clock: Clock) -> None:
    tracker = tracker_with(clock, tidy_labels=True)
    key = tracker.person_creates(labels=("Urgent", "backend", "urgent"))
    assert tracker.items[key].labels == ("backend", "urgent")


# comments and attachments


async def test_hashes_are_not_told(clock: Clock) -> None:
    tracker = tracker_with(clock, hashes=False)
    key = tracker.person_creates(summary="With a file")
    tracker.person_attaches(key, "a.txt", b"a")
    assert [one.sha256 for one in (await tracker.read(key)).attachments] == [None]


async def test_sub_items_keep_no_markers(clock: Clock, tmp_path: Path) -> None:
    tracker = tracker_with(clock, sub_item_markers=False)
    key = (await tracker.create(Item(summary="New"), "item")).id
    (tmp_path / "a").write_bytes(b"a")
    await tracker.add_comment(key, Comment(body="Hello"), "comment")
    await tracker.add_attachment(key, Attachment(name="a"), tmp_path / "a", "attachment")
    item = await tracker.read(key)
    assert (item.marker, item.comments[0].marker, item.attachments[0].marker) == ("item", None, None)
    assert {tracker.capabilities.comment_once, tracker.capabilities.attachment_once} == {Once.SEARCH}


async def test_people_edit_and_delete_parts(clock: Clock) -> None:
    tracker = tracker_with(clock)
    key = tracker.person_creates(summary="With parts")
    kept, gone = tracker.person_comments(key, "kept"), tracker.person_comments(key, "gone")
    file = tracker.person_attaches(key, "a.txt", b"a")
    tracker.person_edits_comment(key, kept, "edited")
    tracker.person_deletes_comment(key, gone)
    tracker.person_deletes_attachment(key, file)
    item = await tracker.read(key)
    assert ([one.body for one in item.comments], item.attachments) == (["edited"], ())
    with pytest.raises(ItemGone):
        _ = [chunk async for chunk in tracker.download(key, file)]


# hidden and moved


@pytest.mark.parametrize(("forbidden", "error"), [(True, Forbidden), (False, ItemGone)])
async def test_a_hidden_item_is_out_of_reach(clock: Clock, forbidden: bool, error: type[Exception]) -> None:
    tracker = tracker_with(clock, forbidden=forbidden)
    key, poll = (await tracker.create(Item(summary="Secret"), "m")).id, Poll(tracker)
    tracker.person_hides(key)
    assert await poll() == []
    assert await tracker.find("m") is None
    assert await tracker.matching("", [key]) == set()
    with pytest.raises(error):
        await tracker.read(key)
    with pytest.raises(error):
        await tracker.update(key, patch(summary="Mine"), None)


async def test_what_is_shown_again_is_told_with_another_version(clock: Clock) -> None:
    tracker = tracker_with(clock)
    key = tracker.person_creates(summary="Secret")
    before = await tracker.changes(None)
    tracker.person_hides(key)
    tracker.person_shows(key)
    after = await tracker.changes(before.cursor)
    assert keys(after.hints) == [key]
    assert after.hints[0].version != before.hints[0].version


async def test_a_moved_item_keeps_its_identity(clock: Clock) -> None:
    tracker = tracker_with(clock, moves=True)
    key, poll = (await tracker.create(Item(summary="Moves"), "m")).id, Poll(tracker)
    file = tracker.person_attaches(key, "a.txt", b"a")
    before = await tracker.read(key)
    await poll()
    new = tracker.person_moves(key)
    assert new.split("-")[0] != key.split("-")[0]
    assert await poll() == [new]
    assert await tracker.find("m") == new
    assert (await tracker.changes(None)).hints == (Hint(new, tracker.items[new].version, identity=before.identity),)
    assert [chunk async for chunk in tracker.download(new, file)] == [b"a"]
    after = await tracker.read(key)
    assert (after.key, after.identity) == (new, before.identity)
    assert before.identity is not None


async def test_without_redirects_the_old_key_is_gone(clock: Clock) -> None:
    tracker = tracker_with(clock, moves=True, redirects=False)
    key = tracker.person_creates(summary="Moves")
    new = tracker.person_moves(key)
    with pytest.raises(ItemGone):
        await tracker.read(key)
    assert (await tracker.read(new)).summary == "Moves"


async def test_keys_that_never_change_need_no_identity(clock: Clock) -> None:
    tracker = tracker_with(clock)
    key = (await tracker.create(Item(summary="Stays", identity="theirs"), "m")).id
    assert (await tracker.read(key)).identity is None


# pushes


def pushed(deliver: dict[str, tuple[float, ...]], seconds: float) -> list[tuple[float, str]]:
    """What is pushed when A, B and C are created at once: after how many seconds, and which."""

    async def listening() -> list[tuple[float, str]]:
        tracker, heard = MemoryTracker(behaviour=Behaviour(pushes=True)), []
        tracker.deliver = lambda hint: deliver[tracker.items[hint.key].summary or ""]

        async def listen() -> None:
            async with aclosing(tracker.watch()) as hints:  # type: ignore[type-var]
                async for hint in hints:
                    heard.append((loop.time(), tracker.items[hint.key].summary or ""))

        loop = asyncio.get_running_loop()
        task = asyncio.create_task(listen())
        await asyncio.sleep(0)
        for name in deliver:
            tracker.person_creates(summary=name)
        await asyncio.sleep(seconds)
        task.cancel()
        return heard

    loop = SimulatedLoop()
    try:
        return loop.run_until_complete(listening())
    finally:
        loop.close()


def test_pushes_are_late_twice_lost_and_out_of_order() -> None:
    heard = pushed({"A": (3.0,), "B": (0.0, 30.0), "C": ()}, seconds=60)
    assert heard == [(0.0, "B"), (3.0, "A"), (30.0, "B")]


async def test_a_push_that_nobody_hears_is_lost(clock: Clock) -> None:
    tracker = tracker_with(clock, pushes=True)
    key = tracker.person_creates(summary="Unheard")
    async with aclosing(tracker.watch()) as hints:  # type: ignore[type-var]
        coming = asyncio.ensure_future(anext(hints))
        await asyncio.sleep(0)
        await tracker.update(key, patch(summary="By sync"), None)
        assert await coming == Hint(key, "2")


async def test_a_deletion_is_pushed(clock: Clock) -> None:
    tracker = tracker_with(clock, pushes=True)
    key = tracker.person_creates(summary="Unheard")
    async with aclosing(tracker.watch()) as hints:  # type: ignore[type-var]
        coming = asyncio.ensure_future(anext(hints))
        await asyncio.sleep(0)
        tracker.person_deletes(key)
        assert await coming == Hint(key, gone=True)


# deeds


def last(tracker: MemoryTracker) -> Deed:
    return tracker.deeds[-1]


async def test_deeds_tell_what_was_asked_for_and_what_was_there(clock: Clock) -> None:
    tracker = tracker_with(clock, longest={"summary": 3})
    key = tracker.person_creates(summary="abcdef", labels=("a", "b"))
    assert last(tracker).values == {"summary": "abcdef", "labels.a": True, "labels.b": True}
    clock.tick(1)
    tracker.person_edits(key, summary="ghijkl", labels=("b", "c"), fields={"team": "A"})
    values = {"summary": "ghijkl", "fields.team": "A", "labels.a": None, "labels.c": True}
    before = {"summary": "abc", "fields.team": None, "labels.a": True, "labels.c": None}
    assert last(tracker) == Deed(clock.time, "person", "edit", key, values, before)
    await tracker.update(key, Patch(values={"summary": "x"}, labels_added=("d",)), None)
    assert (last(tracker).by, last(tracker).values) == ("sync", {"summary": "x", "labels.d": True})


async def test_deeds_tell_of_comments_files_and_items(clock: Clock) -> None:
    tracker = tracker_with(clock, moves=True)
    key = tracker.person_creates(summary="Busy")
    comment, file = tracker.person_comments(key, "one"), tracker.person_attaches(key, "a.txt", b"a")
    tracker.person_edits_comment(key, comment, "two")
    assert last(tracker).before == {"id": comment, "body": "one"}
    await tracker.delete_comment(key, comment)
    await tracker.delete_comment(key, comment)
    tracker.person_deletes_attachment(key, file)
    tracker.person_hides(key)
    tracker.person_shows(key)
    new = tracker.person_moves(key)
    assert (last(tracker).key, last(tracker).values) == (key, {"key": new})
    tracker.person_deletes(new)
    acts = ["create", "comment", "attach", "edit comment", "delete comment", "delete attachment"]
    assert [deed.act for deed in tracker.deeds] == [*acts, "hide", "show", "move", "delete"]


async def test_comments_that_people_replace_as_a_whole_are_deeds_one_by_one(clock: Clock) -> None:
    tracker = tracker_with(clock)
    key = tracker.person_creates(summary="Busy")
    for body in ("a", "b"):
        tracker.person_comments(key, body)
    first = tracker.items[key].comments[0]
    tracker.person_edits(key, comments=(first.model_copy(update={"body": "new"}),))
    assert [(deed.act, deed.before["body"]) for deed in tracker.deeds[-2:]] == [
        ("delete comment", "b"),
        ("edit comment", "a"),
    ]


async def test_a_write_over_what_sync_did_not_see_is_blind(clock: Clock) -> None:
    tracker = tracker_with(clock, versioned=False, workflow={"done": {"assignee": None}})
    key = tracker.person_creates(summary="One", status="open", priority="low")
    await tracker.read(key)
    tracker.person_edits(key, summary="Unseen", assignee={"username": "bob"}, priority="high")
    await tracker.update(key, patch(summary="By sync", status="done", priority="high"), None)
    assert [one["username"] if isinstance(one, dict) else one for one in last(tracker).blind] == ["Unseen", "bob"]
    await tracker.update(key, patch(summary="Again"), None)
    assert last(tracker).blind == ()


async def test_a_write_over_what_sync_saw_is_not_blind(clock: Clock) -> None:
    tracker = tracker_with(clock, versioned=False)
    key = tracker.person_creates(summary="One")
    tracker.person_edits(key, summary="Seen")
    await tracker.read(key)
    await tracker.update(key, patch(summary="By sync"), None)
    assert last(tracker).blind == ()


async def test_sub_items_are_overwritten_blindly_too(clock: Clock) -> None:
    tracker = tracker_with(clock)
    key = tracker.person_creates(summary="One", labels=("a",))
    comment = tracker.person_comments(key, "first")
    await tracker.read(key)
    tracker.person_edits_comment(key, comment, "unseen")
    await tracker.edit_comment(key, Comment(id=comment, body="By sync"))
    assert last(tracker).blind == ("unseen",)
    file = tracker.person_attaches(key, "a.txt", b"a")
    (attachment,) = tracker.items[key].attachments
    await tracker.delete_attachment(key, file)
    assert last(tracker).blind == (attachment.sha256,)
    tracker.person_edits(key, labels=())
    await tracker.update(key, Patch(labels_added=("a",)), None)
    assert last(tracker).blind == ("labels.a",)


async def test_a_read_that_failed_saw_nothing(clock: Clock) -> None:
    tracker = tracker_with(clock, versioned=False)
    key = tracker.person_creates(summary="One")
    tracker.person_edits(key, summary="Unseen")
    tracker.fail_next("read", ItemGone(), after=True)
    with pytest.raises(ItemGone):
        await tracker.read(key)
    await tracker.update(key, patch(summary="By sync"), None)
    assert last(tracker).blind == ("Unseen",)
