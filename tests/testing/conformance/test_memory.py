"""The suite on the tracker in memory: at its kindest, with each of its bad habits, and with all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from accord.model import Person
from accord.ports import FieldInfo
from accord.testing.conformance import Sample, TrackerConformance
from accord.testing.memory import Behaviour, MemoryTracker
from accord.testing.memory.shaping import tidy

START = datetime(2026, 1, 1, microsecond=300_000, tzinfo=UTC)


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
        self._tracker.person_edits_comment(key, comment_id, body)

    async def delete_comment(self, key: str, comment_id: str) -> None:
        self._tracker.person_deletes_comment(key, comment_id)

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
    unreachable={"status": "refused"},
    now=lambda: simulated_now()(),
)


FIELDS = (FieldInfo("status", "option", ("open", "closed")), FieldInfo("fields.severity", "number"))
PEOPLE = (Person(username="alice"), Person(username="bob"))
HABITS = {
    "kindest": Behaviour(),
    "search_lag": Behaviour(search_lag=4.0),
    "stamps": Behaviour(stamp_resolution=1.0),
    "late_stamps": Behaviour(stamp_resolution=1.0, search_lag=2.5),
    "no_versions": Behaviour(versioned=False),
    "no_versions_but_stamps": Behaviour(versioned=False, stamp_resolution=1.0),
    "no_tombstones": Behaviour(tombstones=False),
    "defaults": Behaviour(defaults={"fields.team": "core", "priority": "low", "labels.new": None}),
    "workflow": Behaviour(workflow={"closed": {"fields.closed": True}}),
    "longest": Behaviour(longest={"summary": 255, "description": 1000, "comments": 1000}),
    "tidy_text": Behaviour(tidy_text=True),
    "tidy_labels": Behaviour(tidy_labels=True),
    "no_hashes": Behaviour(hashes=False),
    "no_sub_item_markers": Behaviour(sub_item_markers=False),
    "forbidden": Behaviour(forbidden=True),
    "moves": Behaviour(moves=True, redirects=False),
    "pushes": Behaviour(pushes=True),
    "no_links": Behaviour(links=False),
    "mirrored_links": Behaviour(mirrored_links=True),
    "worst": Behaviour(
        search_lag=4.5,
        stamp_resolution=2.0,
        versioned=False,
        tombstones=False,
        defaults={"fields.team": "core"},
        workflow={"closed": {"fields.closed": True}},
        longest={"summary": 255, "description": 1000, "comments": 1000},
        tidy_text=True,
        tidy_labels=True,
        hashes=False,
        sub_item_markers=False,
        forbidden=True,
        moves=True,
        redirects=False,
        pushes=True,
    ),
}


def simulated_now() -> Callable[[], datetime]:
    """The time of the running loop."""
    loop = asyncio.get_running_loop()
    return lambda: START + timedelta(seconds=loop.time())


def sample_for(habit: Behaviour) -> Sample:
    """What such a tracker keeps of what it is given, and how long a change takes to show."""
    longest = max((length for path, length in habit.longest.items() if path != "summary"), default=None)
    return replace(
        SAMPLE,
        kept=lambda text: tidy(text[:longest]) if habit.tidy_text else text[:longest],
        besides={"status": ("fields.closed",)} if habit.workflow else {},
        patience=habit.search_lag + habit.stamp_resolution,
    )


@pytest.mark.parametrize("habit", HABITS.values(), ids=HABITS)
class TestMemory(TrackerConformance):
    @pytest.fixture
    async def tracker(self, habit: Behaviour) -> MemoryTracker:
        tracker = MemoryTracker(people=PEOPLE, fields=FIELDS, behaviour=habit)
        tracker.now = simulated_now()
        return tracker

    @pytest.fixture
    def person(self, tracker: MemoryTracker) -> MemoryPerson:
        return MemoryPerson(tracker)

    @pytest.fixture
    def sample(self, habit: Behaviour) -> Sample:
        return sample_for(habit)

    @pytest.fixture
    def tracker_at(self, habit: Behaviour) -> None:
        """It is not reached by HTTP."""
