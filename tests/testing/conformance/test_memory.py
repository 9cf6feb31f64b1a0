"""The suite on the smallest connector there is."""

from __future__ import annotations

import pytest

from accord.model import Person
from accord.ports import FieldInfo
from accord.testing.conformance import Sample, TrackerConformance
from accord.testing.memory import MemoryTracker


class MemoryPerson:
    """Acts on the items directly."""

    def __init__(self, tracker: MemoryTracker) -> None:
        self._tracker = tracker

    async def create(self, summary: str) -> str:
        return self._tracker.person_creates(summary=summary)

    async def edit(self, key: str, path: str, value: object) -> None:
        self._tracker.person_edits(key, **{path: value})

    async def delete(self, key: str) -> None:
        self._tracker.person_deletes(key)

    async def comment(self, key: str, body: str) -> str:
        return self._tracker.person_comments(key, body)

    async def edit_comment(self, key: str, comment_id: str, body: str) -> None:
        comments = self._tracker.items[key].comments
        edited = [c.model_copy(update={"body": body}) if c.id == comment_id else c for c in comments]
        self._tracker.person_edits(key, comments=edited)

    async def delete_comment(self, key: str, comment_id: str) -> None:
        comments = self._tracker.items[key].comments
        self._tracker.person_edits(key, comments=[c for c in comments if c.id != comment_id])

    async def attach(self, key: str, name: str, content: bytes) -> object:
        return self._tracker.person_attaches(key, name, content)


SAMPLE = Sample(
    values={
        "type": ("bug", "task"),
        "status": ("open", "closed"),
        "resolution": ("fixed", "wontfix"),
        "priority": ("high", "low"),
        "assignee": ({"username": "alice"}, {"username": "bob"}),
        "due": ("2026-12-24", "2027-01-01"),
        "fields.severity": (1, 2),
    },
    clearable=("description", "assignee", "due", "fields.severity"),
    query="label=shared",
    bad_query="nonsense=1",
)


class TestMemory(TrackerConformance):
    @pytest.fixture
    def tracker(self) -> MemoryTracker:
        people = [Person(username="alice"), Person(username="bob")]
        fields = [FieldInfo("status", "option", ("open", "closed")), FieldInfo("fields.severity", "number")]
        return MemoryTracker(people=people, fields=fields)

    @pytest.fixture
    def person(self, tracker: MemoryTracker) -> MemoryPerson:
        return MemoryPerson(tracker)

    @pytest.fixture
    def sample(self) -> Sample:
        return SAMPLE
