"""Filters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accord.errors import WriteRefused
from accord.trackers.markdown import MarkdownTracker
from accord.trackers.markdown.query import Query

ITEM: dict[str, Any] = {
    "status": "In Progress",
    "type": "bug",
    "label": ["shared", "urgent"],
    "assignee": {"username": "alice", "email": "alice@example.net", "name": "Alice A"},
    "due": "2026-12-24",
    "description": None,
    "points": 10,
    "done": False,
    "found in": "1.10",
}


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("type = bug", True),
        ("type=BUG", True),
        ("type != bug", False),
        ('status = "in progress"', True),
        ("status = 'In Progress' and label = shared", True),
        ("label = shared and not type = epic", True),
        ("labels = urgent and label = missing", False),
        ("type = epic or label = shared and type = bug", True),
        ("(type = epic or label = shared) and type = task", False),
        ("not (type = bug)", False),
        ("not not type = bug", True),
        ("type in (epic, bug)", True),
        ("type not in (epic, bug)", False),
        ("label not in (internal)", True),
        ("assignee = alice and assignee = alice@example.net and assignee = 'alice a'", True),
        ("assignee is empty", False),
        ("description is empty and assignee is not empty", True),
        ("status ~ progress", True),
        ("due < 2027-01-01 and due >= 2026-12-24", True),
        ("points > 9 and points <= 10", True),
        ("points > 90", False),
        ("fields.points = 10", True),
        ("done = false", True),
        ("'found in' = 1.10", True),
        ("nothing = here", False),
        ("nothing != here", True),
        ('label = "and"', False),
    ],
)
def test_a_query_says_what_it_means(query: str, matches: bool) -> None:
    assert Query(query).matches(ITEM) is matches


@pytest.mark.parametrize(
    ("query", "position"),
    [
        ("", 1),
        ("status", 7),
        ("status open", 8),
        ("status = ", 10),
        ("status = open label = x", 15),
        ("status = open and", 18),
        ("(status = open", 15),
        ("status = open)", 14),
        ("status in open", 11),
        ("status in (open", 16),
        ("status is open", 11),
        ("status = 'open", 10),
        ("= open", 1),
        ("status not = open", 12),
        ("status ! open", 8),
    ],
)
def test_what_is_wrong_is_told_with_its_position(query: str, position: int) -> None:
    with pytest.raises(WriteRefused) as refused:
        Query(query)
    assert refused.value.column == position
    assert refused.value.remedy


async def test_an_unknown_field_is_refused_with_the_nearest(tracker: MarkdownTracker, folder: Path) -> None:
    (folder / "PAY-1.md").write_text("---\nseverity: 2\n---\n")
    with pytest.raises(WriteRefused) as refused:
        await tracker.matching("statsu = open", ["PAY-1"])
    assert (refused.value.remedy, refused.value.column) == ("Did you mean 'status'?", 1)
    assert await tracker.matching("severity = 2", ["PAY-1"]) == {"PAY-1"}
    assert await tracker.matching("points = 2", ["PAY-1"]) == set()
    (folder / "tracker.yaml").write_text("fields: {severity: {kind: number}}")
    with pytest.raises(WriteRefused):
        await tracker.matching("points = 2", ["PAY-1"])


async def test_a_broken_file_matches_nothing_and_stops_nobody(tracker: MarkdownTracker, folder: Path) -> None:
    (folder / "PAY-1.md").write_text("---\nlabels: [\n---\n")
    (folder / "PAY-2.md").write_text("---\nlabels: [shared]\n---\n")
    assert await tracker.matching("label = shared", ["PAY-1", "PAY-2", "PAY-3", "../PAY-2"]) == {"PAY-2"}
