"""How far an RT was looked through."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accord.trackers.rt.cursor import Cursor

OVERLAP = timedelta(seconds=30)


def row(id_: int, second: int) -> dict[str, str]:
    return {"id": str(id_), "Created": f"2026-11-23T10:{second // 60:02}:{second % 60:02}Z"}


def test_what_was_told_is_not_told_again() -> None:
    cursor = Cursor()
    assert cursor.take([row(5, 0), row(7, 1)]) == [row(5, 0), row(7, 1)]
    assert cursor.take([row(5, 0), row(6, 1), row(7, 1)]) == [row(6, 1)]


def test_it_is_done_with_what_is_older_than_a_commit_may_take() -> None:
    cursor = Cursor()
    rows = [row(5, 0), row(6, 10), row(7, 35)]
    cursor.take(rows)
    cursor.settle(rows, OVERLAP)
    assert (cursor.floor, cursor.seen) == (5, {6, 7})


@given(st.integers(0, 10**9), st.sets(st.integers(1, 10**9)), st.sets(st.integers(1, 10**9)))
def test_it_comes_back_as_it_was(floor: int, seen: set[int], ids: set[int]) -> None:
    assert Cursor.from_text(Cursor(floor, seen, ids).to_text()) == Cursor(floor, seen, ids)


@pytest.mark.parametrize("text", ["", "{}", "null", "[]", "[2,0,'','']", '[1,"x","",""]', '[1,0,"a-b",""]'])
def test_one_that_is_not_ours_is_none(text: str) -> None:
    assert Cursor.from_text(text) is None
