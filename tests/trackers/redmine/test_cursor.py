"""The cursor, without a tracker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.trackers.redmine.cursor import EVER, Cursor, parse_ranges, ranges
from accord.trackers.redmine.polling import RemoteClock

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def row(id_: int, seconds: int, subject: str = "", **more: Any) -> dict[str, Any]:
    stamp = (NOON + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"id": id_, "updated_on": stamp, "subject": subject, **more}


@given(st.sets(st.integers(min_value=1, max_value=200)))
def test_ids_are_kept_as_ranges(ids: set[int]) -> None:
    assert parse_ranges(ranges(ids)) == ids


def test_what_was_told_is_not_told_again() -> None:
    cursor = Cursor()
    assert cursor.take([row(1, 0), row(2, 1)], LATER) == [row(1, 0), row(2, 1)]
    assert cursor.take([row(1, 0), row(2, 1)], LATER) == []
    assert cursor.take([row(1, 0), row(2, 1, "same second")], LATER) == [row(2, 1, "same second")]
    assert cursor.newest == NOON + timedelta(seconds=1)


def test_what_was_told_within_its_second_is_told_once_more_when_that_is_over() -> None:
    cursor = Cursor()
    assert cursor.take([row(1, 5)], NOON) == [row(1, 5)]
    assert cursor.take([row(1, 5)], NOON + timedelta(seconds=4)) == []
    assert cursor.take([row(1, 5)], NOON + timedelta(seconds=5)) == [row(1, 5)]
    assert cursor.take([row(1, 5)], LATER) == []


def test_parts_and_talks_are_known_by_what_they_were() -> None:
    cursor = Cursor()
    assert not cursor.note(row(1, 0, attachments=[], relations=[], spent_hours=0.0))
    assert cursor.note(row(1, 0, attachments=[{"id": 7}]))
    assert not cursor.note(row(1, 0, attachments=[{"id": 7}]))
    assert cursor.note(row(1, 0))
    assert [cursor.hear(1, talk) for talk in ("a", "a", "b", "", "")] == [True, False, True, True, False]


def test_a_cursor_survives_as_text() -> None:
    cursor = Cursor(NOON, {1: "a"}, {1: "b"}, {1, 2, 9}, {2: "c"}, {9: "d", 1: "e"}, {7: "f"})
    again = Cursor.from_text(cursor.to_text())
    assert again == cursor
    assert list(again.talks) == [9, 1]


@pytest.mark.parametrize(
    "text", ["", "nonsense", "{}", "null", "[]", "[99]", "[1,2,3,4,5,6,7]", '[1,"x","",{},{},{},[]]']
)
def test_what_is_not_ours_is_no_cursor(text: str) -> None:
    assert Cursor.from_text(text) is None


def test_the_clock_of_redmine_is_at_least_where_its_stamps_are() -> None:
    clock = RemoteClock()
    assert clock.now() == EVER
    clock.saw([row(1, 0), row(2, 30)])
    assert timedelta(0) <= clock.now() - (NOON + timedelta(seconds=30)) < timedelta(seconds=5)
    before = clock.now()
    clock.saw([row(3, 10)])
    assert clock.now() >= before
