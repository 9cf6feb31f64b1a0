"""The folder does all that every tracker must."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.testing.conformance import Sample, TrackerConformance

DECLARED = """\
statuses: [open, in progress, closed]
priorities: [high, low]
types: [bug, task]
resolutions: [fixed, wontfix]
people:
  - {username: alice, email: alice@example.net, name: Alice Ö.}
  - {username: bob}
fields:
  severity: {kind: option, options: [minor, major]}
  points: {kind: number}
  found in: {kind: text}
"""

SAMPLE = Sample(
    values={
        "type": ("bug", "task"),
        "status": ("open", "in progress"),
        "resolution": ("fixed", "wontfix"),
        "priority": ("high", "low"),
        "assignee": ({"username": "alice"}, {"username": "bob"}),
        "due": ("2026-12-24", "2027-01-01"),
        "fields.severity": ("minor", "major"),
        "fields.points": (1.5, 1000000),
        "fields.found in": ("1.10", "2026-12-24"),
    },
    labels=("shared", "needs: care", "yes"),
    clearable=("description", "status", "assignee", "due", "fields.severity", "fields.points"),
    query="label = shared",
    bad_query="label = shared and statsu = open",
    unknown_key="PAY-999999",
    patience=2.0,
)


class TestFolderThatDeclares(TrackerConformance):
    @pytest.fixture
    def sample(self) -> Sample:
        return SAMPLE

    @pytest.fixture(autouse=True)
    def declared(self, folder: Path) -> None:
        (folder / "tracker.yaml").write_text(DECLARED)
