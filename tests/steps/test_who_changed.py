"""Conflicts say who wrote the two values: on the own side always, on the other one where its owner lets it be told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.cli.conflicts import told_of
from accord.model import Message, Person, Policy
from accord.operations.choose import questions
from accord.operations.history import HistoryLine
from accord.operations.preview import preview
from tests.pair import Pair, SideUnderTest, pair


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    """Under sync, with a summary that both sides hold. Blue is the initiator, and wins."""
    async with pair(tmp_path, Policy.INITIATOR) as both:
        both.blue.tracker.person_creates(summary="A")
        await both.settle()
        yield both


def edited_on_both(two: Pair) -> None:
    two.tick()
    two.blue.tracker.person_edits("BLUE-1", who="alice", summary="by blue")
    two.tick()
    two.red.tracker.person_edits("RED-1", who="bob", summary="by red")


async def who(side: SideUnderTest) -> tuple[object, object]:
    """Who wrote ours and theirs, by the history of a side."""
    (line,) = [entry for entry in await side.history() if entry.step == "conflict"]
    return line.details.get("ours_by"), line.details.get("theirs_by")


async def test_each_side_knows_its_own_and_tells_nobody_unasked(two: Pair) -> None:
    edited_on_both(two)
    await two.settle()
    assert (await who(two.blue), await who(two.red)) == (("alice", None), ("bob", None))


async def test_where_a_side_tells_the_other_one_knows(two: Pair) -> None:
    two.blue.tell_who = True
    edited_on_both(two)
    await two.settle()
    assert (await who(two.blue), await who(two.red)) == (("alice", None), ("bob", "alice"))


async def test_where_both_tell_both_histories_say_the_same(two: Pair) -> None:
    two.blue.tell_who = two.red.tell_who = True
    edited_on_both(two)
    await two.settle()
    assert (await who(two.blue), await who(two.red)) == (("alice", "bob"), ("bob", "alice"))
    (entry,) = [entry for entry in await two.red.history() if entry.step == "conflict"]
    line = HistoryLine(entry.at, "partner", "t1", entry.step, "", entry.details)
    kept, values = told_of(line)
    assert kept == "kept by blue, lost by red (initiator: the initiator wins)"
    assert values.startswith("here by red (by bob, ")
    assert "there by blue (by alice, " in values


async def test_the_preview_and_the_question_name_them(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        two.blue.tell_who = two.red.tell_who = True
        two.blue.tracker.person_creates(summary="A")
        await two.settle()
        edited_on_both(two)
        await two.blue.look()
        await two.blue.worker.run_until_idle()
        seen = await preview(two.red.ports, "RED-1")
        assert seen.request is not None
        (conflict,) = seen.request.conflicts
        assert (conflict.kept_by, conflict.lost_by) == ("bob", "alice")
        await two.settle()
        for side, names in ((two.blue, ("alice", "bob")), (two.red, ("bob", "alice"))):
            (asked,) = await questions(side.ports)
            assert (asked.ours_by, asked.theirs_by) == names


async def test_who_is_not_known_is_not_named(two: Pair) -> None:
    two.blue.tell_who = two.red.tell_who = True
    two.tick()
    two.blue.tracker.person_edits("BLUE-1", summary="by blue")
    two.red.tracker.person_edits("RED-1", who="bob@red.example", summary="by red")
    await two.settle()
    assert (await who(two.blue), await who(two.red)) == ((None, None), (None, None))


async def test_of_two_people_each_is_named_with_their_own_field(two: Pair) -> None:
    two.blue.tell_who = True
    two.tick()
    two.blue.tracker.person_edits("BLUE-1", who="alice", summary="by blue")
    two.blue.tracker.person_edits("BLUE-1", who="carol", priority="high")
    await two.blue.look()
    await two.blue.worker.run_until_idle()
    assert {path: change.by for path, change in (await unseen(two.blue)).items()} == {
        "summary": "alice",
        "priority": "carol",
    }


async def unseen(side: SideUnderTest) -> dict[str, object]:
    twin = await side.twin(side.only.key)
    assert twin is not None
    return dict(twin.shadow.unseen)


async def test_what_sync_wrote_is_nobodys(two: Pair) -> None:
    two.tick()
    two.blue.tracker.person_edits("BLUE-1", who="alice", summary="B")
    await two.settle()
    assert two.red.only.changed_by == {}
    assert two.blue.only.changed_by == {"summary": Person(username="alice")}


def test_a_message_of_before_is_read_as_ever() -> None:
    told = {"kind": "sync", "connection": "c", "twin": "t", "sequence": 1, "version": 1, "seen": 0}
    change = {"at": "2026-01-01T00:00:00Z", "version": 1, "base": "A"}
    message = Message.model_validate({**told, "changed": {"summary": change}})
    assert message.changed["summary"].by is None
    assert "by" not in message.dump()["changed"]["summary"]
