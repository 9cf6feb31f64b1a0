"""Conflicts of the history, as people read them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from accord.cli.conflicts import told_of
from accord.cli.saying import moment
from accord.operations.history import HistoryLine

NOON = datetime(2026, 1, 1, 12, 3, tzinfo=UTC)


def line(step: str, **details: Any) -> HistoryLine:
    return HistoryLine(datetime(2026, 1, 1, tzinfo=UTC), "partner", "t1", step, "", details)


@pytest.mark.parametrize(
    ("details", "told"),
    [
        (
            {
                "kept": "B",
                "lost": "A",
                "policy": "latest",
                "winner": "acceptor",
                "ours": "A",
                "theirs": "B",
                "base": "O",
            },
            ["kept B, lost A (latest: the later edit wins)", "here A, there B, before O"],
        ),
        (
            {"kept": "C", "lost": "A", "lost_there": "B", "chosen": "by ann", "ours": "A", "theirs": "B"},
            ["kept C, lost A and B (chosen by ann)", "here A, there B"],
        ),
        (
            {"kept": "A", "lost": "B", "policy": "initiator", "winner": "initiator", "ours": "A", "theirs": "B"},
            ["kept A, lost B (initiator: the initiator wins)", "here A, there B"],
        ),
        (
            {"kept": "A", "lost": "B", "ours": "A", "theirs": "B", "ours_by": "alice", "theirs_by": "bob"}
            | {"ours_at": "2026-01-01T12:03:00+00:00"},
            ["kept A, lost B", f"here A (by alice, {moment(NOON)}), there B (by bob)"],
        ),
        ({"kept": "AB", "winner": "merged"}, ["both edits are in it: AB"]),
        ({"kept": "A", "lost": "B"}, ["kept A, lost B"]),
    ],
)
def test_a_conflict_says_what_was_kept_and_why(details: dict[str, Any], told: list[str]) -> None:
    assert told_of(line("conflict", **details)) == told


def test_other_lines() -> None:
    assert told_of(line("asked", ours="A", theirs="B")) == [
        "here A, there B",
        "nobody wins until a person chooses: accord errors",
    ]
    assert told_of(line("restored", before="A", value="B")) == ["A -> B"]
    assert told_of(line("undecided", who="ann", value="B")) == ["ann had decided for B"]
    assert told_of(line("settle")) == []
