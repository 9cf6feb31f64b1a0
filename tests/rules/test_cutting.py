"""Text that is too long for the other side: cut there, and never cut here because of that."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.model import Item, Replica
from accord.ports import RuleContext
from accord.rules.cutting import cut, mended

from .conftest import CONTEXT, ITEM, rules

LONG = "The door of the machine room squeaks whenever somebody opens it."


@given(st.text(), st.integers(1, 30))
def test_a_cut_is_no_longer_than_it_may_be_and_cut_once(text: str, longest: int) -> None:
    once = cut(text, longest)
    assert len(once) <= longest
    assert cut(once, longest) == once
    assert once == text or once.endswith("…")


@given(st.text(), st.integers(2, 30))
def test_a_cut_that_comes_back_is_ours(text: str, longest: int) -> None:
    back = cut(text, longest)
    assert mended(back, text, None) == text or back == "…"


@given(st.text(min_size=12), st.text("abc"), st.integers(2, 11), st.integers(0, 9))
def test_an_edit_of_a_cut_leaves_what_was_not_seen(text: str, added: str, longest: int, at: int) -> None:
    seen = cut(text, longest)
    stem = seen.removesuffix("…")
    edited = stem[:at] + added + stem[at:]
    if seen == "…" or seen == text or text.startswith(edited):
        return
    meant = mended(f"{edited}…", text, seen)
    assert meant == edited + text[len(stem) :]
    assert mended(f"{edited}…", meant, seen) == meant


@pytest.mark.parametrize("received", ["", "…", "Something else…", "Something else", LONG, LONG + " Much…"])
def test_what_is_no_cut_of_ours_is_taken_as_it_is(received: str) -> None:
    assert mended(received, LONG, None) == received


async def round_trip(ours: dict[str, Any], theirs: dict[str, Any]) -> Item:
    """Our item, told to them, and told back by them, each side by its own table."""
    here, there = rules(summary=ours), rules(summary=theirs)
    item = ITEM.model_copy(update={"summary": LONG})
    told = await here.outgoing(item, CONTEXT)
    copy = await there.incoming(told, Item(), CONTEXT)
    assert len(copy.summary or "") <= 24
    back = await there.outgoing(copy.model_copy(update={"key": "R-7"}), CONTEXT)
    return await here.incoming(back, item, CONTEXT)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ({}, {"max_length": 24}),
        ({"send_max_length": 24}, {}),
        ({}, {"max_length": 24, "template": "[{key}] {value}"}),
        ({"send_template": "[{key}] {value}", "send_max_length": 24}, {}),
        ({"send_max_length": 20}, {"max_length": 16}),
        ({"template": "[{key}] {value}"}, {"max_length": 24}),
    ],
)
async def test_a_text_cut_there_comes_back_whole(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    prefix = "[R-7] " if "template" in ours else ""
    assert (await round_trip(ours, theirs)).summary == prefix + LONG


async def test_an_edit_there_goes_into_the_whole_text_here() -> None:
    table = rules(summary="both")
    item = ITEM.model_copy(update={"summary": LONG})
    before = Replica(summary=cut(LONG, 24))
    after = Replica(summary="The gate of the machine…")
    context = RuleContext("acme", CONTEXT.now, False, previous=before)
    draft = await table.incoming(after, item, context)
    assert draft.summary == "The gate of the machine" + LONG[len("The door of the machine") :]
    assert (await table.incoming(after, draft, context)).summary == draft.summary
    assert (await table.incoming(before, item, context)).summary == LONG


async def test_what_only_comes_in_is_taken_as_it_comes() -> None:
    table = rules(summary={"direction": "receive"})
    item = ITEM.model_copy(update={"summary": LONG})
    assert (await table.incoming(Replica(summary="The door…"), item, CONTEXT)).summary == "The door…"
