"""Tables on both sides, with the steps between them: what one table shapes never comes back as an edit."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from accord.rules import Afterwards, TableRules
from tests.pair import Pair, SideUnderTest, pair

from .conftest import rules

LONG = "The door of the machine room squeaks whenever somebody opens it."
PLAIN: dict[str, Any] = {"summary": "both", "description": "both", "status": "both", "labels": "both"}


def table(**entries: Any) -> TableRules:
    return rules(**{**PLAIN, **entries})


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    async with pair(tmp_path) as both:
        both.red.trigger = None
        both.blue.rules = both.red.rules = table()
        yield both


def writes(side: SideUnderTest) -> int:
    return side.tracker.calls.count("update")


async def test_a_text_cut_there_stays_whole_here(two: Pair) -> None:
    two.red.rules = table(summary={"max_length": 24})
    two.blue.tracker.person_creates(summary=LONG, status="open")
    await two.settle()
    assert two.red.only.summary == "The door of the machine…"
    two.red.tracker.person_edits("RED-1", status="doing")
    await two.settle()
    two.blue.tracker.person_edits("BLUE-1", status="done", summary=LONG + " Always.")
    await two.settle()
    assert (two.blue.only.summary, two.blue.only.status) == (LONG + " Always.", "done")
    assert (two.red.only.summary, two.red.only.status) == ("The door of the machine…", "done")
    assert (writes(two.blue), writes(two.red)) == (1, 1)
    assert await two.blue.conflicts() == [] == await two.red.conflicts()


async def test_an_edit_there_replaces_a_text_that_was_cut_there(two: Pair) -> None:
    two.red.rules = table(summary={"max_length": 24})
    two.blue.tracker.person_creates(summary=LONG)
    await two.settle()
    two.red.tracker.person_edits("RED-1", summary="It is quiet now")
    await two.settle()
    assert two.blue.only.summary == two.red.only.summary == "It is quiet now"


async def test_a_text_cut_on_its_way_out_stays_whole(two: Pair) -> None:
    two.blue.rules = table(summary={"send_max_length": 24, "send_template": "[{key}] {value}"})
    two.blue.tracker.person_creates(summary=LONG, status="open")
    await two.settle()
    assert two.red.only.summary == "[BLUE-1] The door of th…"
    two.red.tracker.person_edits("RED-1", status="doing")
    await two.settle()
    assert (two.blue.only.summary, two.blue.only.status) == (LONG, "doing")
    two.red.tracker.person_edits("RED-1", summary="[BLUE-1] It is quiet")
    await two.settle()
    assert two.blue.only.summary == "It is quiet"
    assert (writes(two.blue), writes(two.red)) == (2, 0)


async def test_a_key_stands_once_before_a_summary(two: Pair) -> None:
    two.red.rules = table(summary={"template": "[{key}] {summary}"})
    two.blue.tracker.person_creates(summary="Door", status="open")
    await two.settle()
    assert two.red.only.summary == "[BLUE-1] Door"
    two.red.tracker.person_edits("RED-1", summary="[BLUE-1] Door squeaks")
    await two.settle()
    assert (two.blue.only.summary, two.red.only.summary) == ("Door squeaks", "[BLUE-1] Door squeaks")
    two.blue.tracker.person_edits("BLUE-1", summary="Door is loud")
    await two.settle()
    assert two.red.only.summary == "[BLUE-1] Door is loud"
    two.red.tracker.person_edits("RED-1", summary="Door")
    await two.settle()
    assert two.blue.only.summary == "Door"
    two.blue.tracker.person_edits("BLUE-1", status="done")
    await two.settle()
    assert (two.blue.only.summary, two.red.only.status) == ("Door", "done")


async def test_several_values_here_may_be_one_there(two: Pair) -> None:
    send = {"open": "New", "triage": "New", "closed": "Done"}
    two.blue.rules = table(status={"values": {"New": "open", "Done": "closed"}, "send_values": send})
    two.blue.tracker.person_creates(summary="Door", status="triage")
    await two.settle()
    two.red.tracker.person_edits("RED-1", summary="Door squeaks")
    await two.settle()
    assert (two.blue.only.status, two.red.only.status) == ("triage", "New")
    two.red.tracker.person_edits("RED-1", status="Done")
    await two.settle()
    two.red.tracker.person_edits("RED-1", status="New")
    await two.settle()
    assert (two.blue.only.status, two.red.only.status) == ("open", "New")
    two.blue.tracker.person_edits("BLUE-1", status="triage")
    await two.settle()
    assert (two.blue.only.status, two.red.only.status) == ("triage", "New")


async def test_several_values_there_may_be_one_here(two: Pair) -> None:
    two.blue.rules = table(status={"pairs": {"New": "open", "Triage": "open", "Done": "closed"}})
    two.blue.tracker.person_creates(summary="Door", status="open")
    await two.settle()
    two.red.tracker.person_edits("RED-1", status="Triage")
    await two.settle()
    two.blue.tracker.person_edits("BLUE-1", summary="Door squeaks")
    await two.settle()
    assert (two.blue.only.status, two.red.only.status, two.red.only.summary) == ("open", "Triage", "Door squeaks")


async def test_labels_with_other_names_and_labels_of_ones_own(two: Pair) -> None:
    two.red.rules = table(labels={"pairs": {"bug": "defect"}, "add": ["from-blue"], "never": ["team-*"]})
    two.blue.tracker.person_creates(summary="Door", labels=("bug", "loud"))
    await two.settle()
    assert two.red.only.labels == ("defect", "loud", "from-blue")
    two.red.tracker.person_edits("RED-1", labels=("defect", "from-blue", "team-7", "oiled"))
    await two.settle()
    assert set(two.blue.only.labels) == {"bug", "oiled"}
    two.red.tracker.person_edits("RED-1", labels=("defect", "team-7", "oiled"))
    two.blue.tracker.person_edits("BLUE-1", labels=("oiled",))
    await two.settle()
    assert set(two.red.only.labels) == {"oiled", "team-7"}


async def test_a_condition_opens_and_closes_a_field(two: Pair) -> None:
    two.blue.rules = table(description={"when": {"labels": "shared"}})
    two.blue.tracker.person_creates(summary="Door", description="secret")
    await two.settle()
    assert two.red.only.description is None
    two.blue.tracker.person_edits("BLUE-1", labels=("shared",))
    await two.settle()
    assert two.red.only.description == "secret"
    two.blue.tracker.person_edits("BLUE-1", labels=(), description="more secret")
    await two.settle()
    assert (two.red.only.description, two.blue.only.description) == ("secret", "more secret")
    two.red.tracker.person_edits("RED-1", description="theirs")
    await two.settle()
    assert (two.red.only.description, two.blue.only.description) == ("theirs", "more secret")


async def test_received_comments_may_be_internal_here(two: Pair) -> None:
    two.red.rules = table(comments={"receive_as": "internal", "send_only": {"body": "*#share*"}})
    two.blue.rules = table(comments={"never": {"body": "*#private*"}})
    two.blue.tracker.person_creates(summary="Door")
    two.blue.tracker.person_comments("BLUE-1", "Oil it.")
    two.blue.tracker.person_comments("BLUE-1", "Too dear. #private")
    await two.settle()
    assert [(c.body.splitlines()[-1], c.internal) for c in two.red.only.comments] == [("Oil it.", True)]
    two.red.tracker.person_comments("RED-1", "Done. #share")
    two.red.tracker.person_comments("RED-1", "Among us.")
    await two.settle()
    assert [c.body.splitlines()[-1] for c in two.blue.only.comments] == [
        "Oil it.",
        "Too dear. #private",
        "Done. #share",
    ]


async def test_what_is_closed_when_it_comes_is_made_and_leaves_the_sync(two: Pair) -> None:
    ends = {"unsync_when": {"status": "closed"}, "pair_by": "fields.theirs"}
    two.red.rules = TableRules(table(parent="both").table, afterwards=Afterwards.model_validate(ends))
    two.blue.rules = table(parent="both")
    two.blue.tracker.person_creates(summary="Door", status="closed", parent="BLUE-9")
    await two.settle()
    two.blue.tracker.person_edits("BLUE-1", summary="Door squeaks")
    await two.settle()
    assert (two.red.only.summary, two.red.only.status) == ("Door", "closed")
    assert (await two.red.twin("RED-1"), await two.blue.twin("BLUE-1")) == (None, None)


async def test_who_is_mentioned_is_mentioned_under_the_name_of_each_side(two: Pair) -> None:
    two.blue.rules = rules({"alva": "alice", "bjarne": "bob"}, **PLAIN, comments="both")
    two.red.rules = rules({"alice": "alva", "bob": "bjarne"}, **PLAIN, comments="both")
    two.blue.tracker.person_creates(summary="@alice stays", description="@alice, `@bob` and @carl")
    two.blue.tracker.person_comments("BLUE-1", "For @bob: see above.")
    await two.settle()
    there = two.red.only
    assert (there.summary, there.description) == ("@alice stays", "@alva, `@bob` and @carl")
    assert there.comments[0].body.endswith("For @bjarne: see above.")
    two.red.tracker.person_edits("RED-1", description="@alva, `@bob` and @carl\n\n@bjarne too")
    await two.settle()
    assert two.blue.only.description == "@alice, `@bob` and @carl\n\n@bob too"
    assert (writes(two.blue), writes(two.red)) == (1, 0)
    assert two.blue.only.comments[0].body == "For @bob: see above."
    assert await two.blue.conflicts() == [] == await two.red.conflicts()
