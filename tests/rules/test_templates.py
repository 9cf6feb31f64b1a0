"""Templates can be filled, and taken off again."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from accord.model import Item, Replica
from accord.ports import RuleContext
from accord.rules import MappingTable
from accord.rules.templates import fill, own_name_as_value, taken_off

from .conftest import CONTEXT, ITEM, rules

REVERSIBLE = ("[{key}] {value}", "{value} ({key})", "{key}: {value} - {connection}", "{{{key}}} {value}", "{value}",
              "from {connection} {url}\n\n{value}\n-- \n{key}")  # fmt: skip
keys = st.from_regex(r"[A-Z]{1,6}-[0-9]{1,5}", fullmatch=True)


def names(key: str) -> dict[str, str | None]:
    return {"key": key, "url": f"https://red.example/{key}", "connection": "acme"}


def filled(template: str, value: str, key: str) -> str:
    return fill(template, lambda name: value if name == "value" else str(names(key)[name]))


@given(st.sampled_from(REVERSIBLE), st.text(), keys)
def test_what_was_filled_can_be_taken_off(template: str, value: str, key: str) -> None:
    assert taken_off(template, filled(template, value, key), names(key)) == value


@given(st.sampled_from(["[{key}] {value}", "{value} ({key})"]), st.text("ab []()1-"), keys)
def test_a_key_that_is_not_known_is_recognised_by_its_shape(template: str, value: str, key: str) -> None:
    text = filled(template, value, key)
    assert taken_off(template, text, {}) == value


@given(st.sampled_from(REVERSIBLE), st.text(), keys)
def test_what_is_taken_off_never_grows(template: str, text: str, key: str) -> None:
    for known in ({}, names(key)):
        assert taken_off(template, text, known) in text


@pytest.mark.parametrize("text", ["[urgent] Fix it", "[ R-1] x", "R-1 x", "[R-1]x", "", "[R-1", "[]", "[] x"])
def test_what_only_resembles_the_template_stays(text: str) -> None:
    assert taken_off("[{key}] {value}", text, {"key": "R-7"}) == text


def test_hostile_text_costs_no_time() -> None:
    for text in ("[" * 100_000, "[1" * 50_000, "(" * 100_000 + ")", "] " * 100_000, "[R-1] " + "(" * 100_000):
        for template in REVERSIBLE:
            taken_off(template, text, {})


def test_what_placeholders_hold_is_no_template() -> None:
    assert fill("{key}: {value}", lambda name: "{value}") == "{value}: {value}"
    assert fill("{{{key}}}", lambda name: "x") == "{x}"


def test_a_fields_own_name_is_its_value() -> None:
    assert own_name_as_value("[{key}] {summary} {{summary}}", "summary") == "[{key}] {value} {{summary}}"


# --- in the table ------------------------------------------------------------------------------------


async def both_ways(entry: dict[str, Any], item: Item, replica: Replica, context: RuleContext) -> tuple[Any, Any]:
    table = rules(summary=entry)
    draft = await table.incoming(replica, item, context)
    return draft.summary, (await table.outgoing(draft, context)).summary


@pytest.mark.parametrize("template", ["[{key}] {summary}", "[{key}] {value}"])
@pytest.mark.parametrize("known", [True, False])
async def test_their_key_stands_before_their_summary_here_and_not_there(template: str, known: bool) -> None:
    context = RuleContext("acme", CONTEXT.now, False, remote_key="R-7" if known else None)
    replica = Replica(key="R-7", summary="Door")
    assert await both_ways({"template": template}, Item(), replica, context) == ("[R-7] Door", "Door")
    table = rules(summary={"template": template})
    edited = ITEM.model_copy(update={"summary": "[R-7] Door squeaks"})
    assert (await table.outgoing(edited, context)).summary == "Door squeaks"
    bare = ITEM.model_copy(update={"summary": "Door squeaks"})
    assert (await table.outgoing(bare, context)).summary == "Door squeaks"
    again = await table.incoming(replica, (await table.incoming(replica, Item(), context)), context)
    assert again.summary == "[R-7] Door"


async def test_our_key_stands_before_our_summary_there_and_not_here() -> None:
    table = rules(summary={"send_template": "[{key}] {value}"})
    assert (await table.outgoing(ITEM, CONTEXT)).summary == "[B-1] The door squeaks"
    for theirs, ours in (("[B-1] It is loud", "It is loud"), ("It is loud", "It is loud")):
        assert (await table.incoming(Replica(summary=theirs), ITEM, CONTEXT)).summary == ours


async def test_other_fields_stand_in_what_goes_one_way() -> None:
    template = "{description}\n\n{reporter} / {labels} / {due} / {fields.cost} / {fields.none} / {assignee}"
    table = rules(description={"direction": "send", "template": template})
    told = (await table.outgoing(ITEM, CONTEXT)).description
    assert told == "Every morning.\n\n / shared, blue:team / 2026-03-01 / 40 /  / Alice Miller"
    theirs = Replica(key="R-7", status="New", custom={"sla": "4h"}, assignee=ITEM.assignee)
    table = rules(fields__note={"direction": "receive", "template": "{key} {status} {custom.sla} {assignee} {url}"})
    assert (await table.incoming(theirs, ITEM, CONTEXT)).fields["note"] == "R-7 New 4h Alice Miller "


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"template": "{key}"}, "both directions has {value} once"),
        ({"template": "{value} {value}"}, "both directions has {value} once"),
        ({"template": "{value} {status}"}, "both directions has {value} once"),
        ({"send_template": "{key}{value}"}, "needs text between"),
        ({"template": "{sumary}"}, "'{sumary}' is no placeholder: {summary} is near"),
        ({"template": "{fields.}"}, "is no placeholder"),
        ({"template": "{}"}, "is no placeholder"),
        ({"template": "{0}"}, "is no placeholder"),
        ({"template": "{value[0]}"}, "is no placeholder"),
        ({"template": "}"}, "the template can't be read"),
    ],
)
def test_a_template_that_is_none_is_refused(entry: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem.replace("{", r"\{")):
        MappingTable.model_validate({"summary": entry})
