"""What people are asked, and how they answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.errors import NeedsOperator, UnknownThing
from accord.model import Person, Policy
from accord.operations.choose import choose, outcome, questions
from accord.operations.errors import errors
from accord.operations.preview import preview
from accord.operations.status import status
from tests.pair import Pair, pair


@pytest.fixture
async def asked(tmp_path: Path) -> AsyncIterator[Pair]:
    """Priority and assignee of BLUE-1 and RED-1 wait for a person."""
    async with pair(tmp_path, Policy.ASK) as two:
        two.blue.tracker.person_creates(summary="A", priority="normal")
        await two.settle()
        two.blue.tracker.person_edits("BLUE-1", priority="high", assignee=Person(username="alice"))
        two.red.tracker.person_edits("RED-1", priority="low", assignee=Person(username="bob"))
        await two.settle()
        yield two


async def test_it_stands_among_what_waits_for_people_on_both_sides(asked: Pair) -> None:
    for side, ours, theirs in ((asked.blue, "high", "low"), (asked.red, "low", "high")):
        (group,) = [g for g in await errors(side.ports) if g.where["field"] == "priority"]
        key = side.only.key
        assert (group.error, group.asked, group.blocked, group.keys) == ("Asked", 1, 0, [key])
        assert group.message == f'priority of {key} was changed on both sides: here "{ours}", there "{theirs}".'
        assert group.remedy == f"Choose on either side: accord choose {key} priority ours|theirs, or --value TEXT."
        seen = await status(side.ports)
        assert (seen.connections[0].asked, seen.well) == (2, False)
        assert seen.connections[0].terms == {"*": "ask: a person chooses, on either side"}


async def test_what_is_decided_is_asked_no_more(asked: Pair) -> None:
    await choose(asked.blue.ports, "BLUE-1", "priority", who="ann", side="ours")
    assert [g.where["field"] for g in await errors(asked.blue.ports)] == ["assignee"]
    assert [one.decided for one in await questions(asked.blue.ports)] == [False, True]
    await asked.settle()
    assert [one.field for one in await questions(asked.red.ports)] == ["assignee"]


async def test_the_preview_writes_nothing(asked: Pair) -> None:
    made = await choose(asked.blue.ports, "BLUE-1", "priority", who="ann", side="theirs", preview=True)
    assert (made.before, made.after) == ("high", "low")
    await asked.settle()
    assert asked.blue.only.priority == "high"


async def test_a_person_is_named_by_username(asked: Pair) -> None:
    await choose(asked.red.ports, "RED-1", "assignee", who="ann", value="alice")
    await asked.settle()
    for side in asked.sides:
        assert getattr(side.only.assignee, "username", None) == "alice"


async def test_what_nobody_asked_names_what_is_asked(asked: Pair) -> None:
    with pytest.raises(UnknownThing) as caught:
        await choose(asked.red.ports, "RED-1", "summary", who="ann", side="ours")
    assert caught.value.remedy == "Known: 'assignee', 'priority'."


async def test_a_label_is_there_or_not(asked: Pair) -> None:
    with pytest.raises(UnknownThing):
        await choose(asked.red.ports, "RED-1", "labels.a", who="ann", value="x")


async def test_a_value_that_the_tracker_refuses_leaves_the_question_open(asked: Pair) -> None:
    made = await choose(asked.blue.ports, "BLUE-1", "assignee", who="ann", value="nobody-we-know")
    await asked.settle()
    told = await outcome(asked.blue.ports, made.twin_id, "assignee")
    if asked.blue.only.assignee and asked.blue.only.assignee.username == "alice":
        assert "stays as it is" in told
        assert "assignee" in [one.field for one in await questions(asked.blue.ports)]


async def test_a_number_stays_a_number(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        two.blue.tracker.person_creates(summary="A", fields={"points": 1})
        await two.settle()
        for points, side in enumerate(two.sides, 2):
            side.tracker.person_edits(side.only.key, fields={"points": points})
        await two.settle()
        with pytest.raises(NeedsOperator, match="can't hold 'many'"):
            await choose(two.blue.ports, "BLUE-1", "fields.points", who="ann", value="many")
        await choose(two.blue.ports, "BLUE-1", "fields.points", who="ann", value="5")
        await two.settle()
        assert two.blue.only.fields == two.red.only.fields == {"points": 5}


async def test_a_preview_tells_that_a_request_would_be_asked_about(tmp_path: Path) -> None:
    async with pair(tmp_path, Policy.ASK) as two:
        two.blue.tracker.person_creates(summary="A", priority="normal")
        await two.settle()
        two.blue.tracker.person_edits("BLUE-1", priority="high")
        two.red.tracker.person_edits("RED-1", priority="low")
        await two.blue.look()
        await two.blue.worker.run_until_idle()
        seen = await preview(two.red.ports, "RED-1")
        assert seen.request is not None
        (conflict,) = seen.request.conflicts
        assert (conflict.asked, conflict.kept, conflict.lost, conflict.policy) == (True, "low", "high", "ask")
