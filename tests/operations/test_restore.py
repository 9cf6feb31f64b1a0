"""A value that lost a conflict is brought back as an edit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.errors import NeedsOperator, UnknownThing
from accord.model import Policy
from accord.operations.choose import outcome
from accord.operations.restore import losers, restore
from tests.pair import Pair, pair


@pytest.fixture
async def decided(tmp_path: Path) -> AsyncIterator[Pair]:
    """The summary was changed on both sides, and blue won: twice."""
    async with pair(tmp_path, Policy.INITIATOR) as two:
        two.blue.tracker.person_creates(summary="A")
        await two.settle()
        for number in (1, 2):
            for side in two.sides:
                two.tick()
                side.tracker.person_edits(side.only.key, summary=f"{side.tracker.name} {number}")
            await two.settle()
        yield two


async def test_what_lost_is_numbered_from_the_last(decided: Pair) -> None:
    for side in decided.sides:
        found = await losers(side.ports, side.only.key)
        assert [(one.field, one.number, one.lost, one.kept, one.winner) for one in found] == [
            ("summary", 1, "red 2", "blue 2", "initiator"),
            ("summary", 2, "red 1", "blue 1", "initiator"),
        ]


@pytest.mark.parametrize("at", ["blue", "red"])
@pytest.mark.parametrize("number", [1, 2])
async def test_it_is_written_here_and_syncs_as_an_edit(decided: Pair, at: str, number: int) -> None:
    side = decided.blue if at == "blue" else decided.red
    made = await restore(side.ports, side.only.key, "summary", who="ann", number=number)
    assert (made.before, made.after) == ("blue 2", f"red {3 - number}")
    await decided.settle()
    assert (decided.blue.only.summary, decided.red.only.summary) == (made.after,) * 2
    (line,) = [entry for entry in await side.history() if entry.step == "restored"]
    assert (line.details["who"], line.details["before"]) == ("ann", "blue 2")
    assert await outcome(side.ports, made.twin_id, "summary") == "done"


async def test_the_preview_writes_nothing(decided: Pair) -> None:
    made = await restore(decided.blue.ports, "BLUE-1", "summary", who="ann", preview=True)
    assert (made.before, made.after, made.edited_since) == ("blue 2", "red 2", False)
    await decided.settle()
    assert decided.blue.only.summary == "blue 2"


async def test_a_later_edit_is_not_written_over_unasked(decided: Pair) -> None:
    decided.red.tracker.person_edits("RED-1", summary="C")
    with pytest.raises(NeedsOperator, match="was edited since that conflict"):
        await restore(decided.red.ports, "RED-1", "summary", who="ann", over_edits=False)
    made = await restore(decided.red.ports, "RED-1", "summary", who="ann")
    assert (made.before, made.edited_since) == ("C", True)
    await decided.settle()
    assert decided.blue.only.summary == decided.red.only.summary == "red 2"


async def test_an_edit_after_the_person_looked_stays(decided: Pair) -> None:
    made = await restore(decided.red.ports, "RED-1", "summary", who="ann")
    decided.red.tracker.person_edits("RED-1", summary="C")
    await decided.settle()
    assert decided.blue.only.summary == decided.red.only.summary == "C"
    assert "stays as it is: it was edited here meanwhile" in await outcome(decided.red.ports, made.twin_id, "summary")


async def test_what_never_lost_names_what_did(decided: Pair) -> None:
    with pytest.raises(UnknownThing) as caught:
        await restore(decided.red.ports, "RED-1", "status", who="ann")
    assert caught.value.remedy == "Known: 'summary'."
    with pytest.raises(UnknownThing, match="has 2 conflicts"):
        await restore(decided.red.ports, "RED-1", "summary", who="ann", number=3)


@pytest.fixture
async def said(tmp_path: Path) -> AsyncIterator[Pair]:
    """A comment of blue's was edited on both sides, and its author's side won."""
    async with pair(tmp_path) as two:
        two.blue.tracker.person_creates(summary="A")
        comment = two.blue.tracker.person_comments("BLUE-1", "It squeaks.")
        await two.settle()
        (copy,) = two.red.only.comments
        two.blue.tracker.person_edits_comment("BLUE-1", comment, "It squeaks loudly.")
        two.red.tracker.person_edits_comment("RED-1", copy.id, "It squeaks in the morning.")
        await two.settle()
        yield two


def bodies(two: Pair) -> list[str]:
    return [comment.body for side in two.sides for comment in side.only.comments]


async def test_the_text_of_a_comment_that_lost_is_listed_where_it_was_judged(said: Pair) -> None:
    assert bodies(said) == ["It squeaks loudly."] * 2
    (comment,) = said.red.only.comments
    (lost,) = await losers(said.red.ports, "RED-1")
    assert (lost.field, lost.lost) == (f"comment.{comment.id}", "It squeaks in the morning.")
    assert lost.kept == "It squeaks loudly."


async def test_it_is_written_into_the_comment_and_syncs_as_an_edit(said: Pair) -> None:
    (lost,) = await losers(said.red.ports, "RED-1")
    tried = await restore(said.red.ports, "RED-1", lost.field, who="ann", preview=True)
    assert (tried.before, tried.after, tried.edited_since) == (lost.kept, lost.lost, False)
    made = await restore(said.red.ports, "RED-1", lost.field, who="ann")
    await said.settle()
    assert bodies(said) == ["It squeaks in the morning."] * 2
    (line,) = [entry for entry in await said.red.history() if entry.step == "restored"]
    assert (line.details["field"], line.details["before"]) == (lost.field, "It squeaks loudly.")
    assert await outcome(said.red.ports, made.twin_id, made.field) == "done"


async def test_a_comment_that_was_edited_after_the_person_looked_stays(said: Pair) -> None:
    (lost,) = await losers(said.red.ports, "RED-1")
    made = await restore(said.red.ports, "RED-1", lost.field, who="ann")
    said.red.tracker.person_edits_comment("RED-1", lost.field.partition(".")[2], "Oiled.")
    await said.settle()
    assert bodies(said) == ["Oiled."] * 2
    assert "was edited here meanwhile" in await outcome(said.red.ports, made.twin_id, made.field)
    with pytest.raises(NeedsOperator, match="was edited since that conflict"):
        await restore(said.red.ports, "RED-1", lost.field, who="ann", over_edits=False)


async def test_a_comment_that_is_gone_is_said_anew_by_people(said: Pair) -> None:
    (lost,) = await losers(said.red.ports, "RED-1")
    said.red.tracker.person_deletes_comment("RED-1", lost.field.partition(".")[2])
    with pytest.raises(NeedsOperator, match="not there any more") as caught:
        await restore(said.red.ports, "RED-1", lost.field, who="ann")
    assert caught.value.value == "It squeaks in the morning."


async def test_a_file_that_lost_is_not_kept(said: Pair) -> None:
    with pytest.raises(UnknownThing) as caught:
        await restore(said.red.ports, "RED-1", "attachment", who="ann")
    assert "no bytes" in (caught.value.remedy or "")
