"""The cursor, without a tracker."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from accord.trackers.roundup.polling import Cursor, Seen, parse_ranges, ranges

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def row(id_: int, seconds: int, title: str = "") -> dict[str, object]:
    stamp = (NOON + timedelta(seconds=seconds)).strftime("%Y-%m-%d.%H:%M:%S")
    return {"id": str(id_), "activity": stamp, "title": title}


@given(st.sets(st.integers(min_value=1, max_value=200)))
def test_ids_are_kept_as_ranges(ids: set[int]) -> None:
    assert parse_ranges(ranges(ids)) == ids


def test_ranges_are_short() -> None:
    assert ranges([*range(1, 5001), 7000]) == "1-5000,7000"


def test_what_was_told_is_not_told_again() -> None:
    seen = Seen(NOON, since=0.0)
    assert seen.take([row(1, 0), row(2, 1)], now=1.0) == [row(1, 0), row(2, 1)]
    assert seen.take([row(1, 0), row(2, 1)], now=2.0) == []
    assert seen.take([row(1, 0), row(2, 1, "same second")], now=3.0) == [row(2, 1, "same second")]


def test_a_commit_that_was_late_is_still_seen() -> None:
    seen = Seen(NOON, since=0.0)
    seen.take([row(2, 20)], now=20.0)
    assert seen.look_back_to(30.0, now=25.0) <= NOON
    assert seen.take([row(1, 1), row(2, 20)], now=25.0) == [row(1, 1)]


def test_an_import_is_not_listed_for_ever() -> None:
    seen = Seen(NOON, since=0.0)
    newest = NOON + timedelta(seconds=20)
    seen.take([row(id_, id_ % 20) for id_ in range(1, 1001)] + [row(1001, 20)], now=20.0)
    assert seen.look_back_to(30.0, now=79.0) == newest - timedelta(seconds=30)
    assert seen.look_back_to(30.0, now=81.0) == newest - timedelta(seconds=2)
    seen.take([row(1001, 20), row(1002, 30)], now=82.0)
    assert seen.look_back_to(30.0, now=83.0) == newest - timedelta(seconds=2)


def test_it_looks_back_all_the_way_where_that_costs_nothing() -> None:
    seen = Seen(NOON, since=0.0)
    seen.take([row(1, 0)], now=0.0)
    assert seen.look_back_to(30.0, now=9999.0) == NOON - timedelta(seconds=30)


def test_a_cursor_survives_as_text() -> None:
    cursor = Cursor(Seen(NOON, 1.5, NOON, {"1": "a"}), Seen(NOON, 2.5), {1, 2, 9})
    assert Cursor.from_text(cursor.to_text()) == cursor
