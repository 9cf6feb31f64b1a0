"""What a tracker makes of a value, and what is another value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from accord.merge.fields import respelled
from accord.merge.rendering import as_rendered, resembles


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("A long summary", "A long"),
        ("line  \nline", "line\nline"),
        ("**bold** text", "*bold* text"),
        ("Open", "OPEN"),
        ({"username": "ann"}, {"username": "ann", "name": "Ann"}),
        (None, ""),
    ],
)
def test_a_rendering_resembles_what_was_written(wanted: JsonValue, shown: JsonValue) -> None:
    assert resembles(wanted, shown)


@pytest.mark.parametrize(
    ("wanted", "shown"),
    [
        ("high", "low"),
        ("v1", "v11"),
        (3, 4),
        ({"username": "ann"}, {"username": "bob"}),
        ("text", None),
        (None, "normal"),
    ],
)
def test_another_value_does_not(wanted: JsonValue, shown: JsonValue) -> None:
    assert not resembles(wanted, shown)


def test_what_was_not_taken_is_no_news_and_what_the_workflow_set_is() -> None:
    before, wanted = {"priority": "low", "status": "open"}, {"priority": "high", "status": "done"}
    shown = {"priority": "low", "status": "closed"}
    assert as_rendered(before, wanted, shown) == {"priority": "low", "status": "done"}


@given(st.dictionaries(st.sampled_from(["summary", "labels.a"]), st.text() | st.none()))
def test_what_is_shown_as_it_was_wanted_is_a_rendering(wanted: dict[str, JsonValue]) -> None:
    assert as_rendered({}, wanted, wanted) == wanted


def test_a_label_in_another_spelling_is_a_rendering_and_another_label_is_not() -> None:
    before, wanted = {"labels.old": True}, {"labels.old": True, "labels.To do": True}
    shown = {"labels.old": True, "labels.to-do": True, "labels.urgent": True}
    assert as_rendered(before, wanted, shown) == {
        "labels.old": True,
        "labels.To do": None,
        "labels.to-do": True,
        "labels.urgent": None,
    }


def test_labels_go_by_the_spelling_that_is_there() -> None:
    assert respelled({"labels.Beta": True, "summary": "x"}, {"labels.beta": True}) == {
        "labels.beta": True,
        "summary": "x",
    }
    both = {"labels.Beta": True, "labels.beta": True}
    assert respelled(both, both) == both
