"""The trackers of a run, with the behaviours that its plan names."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from accord.model import Person
from accord.testing.memory import MemoryTracker
from tests.simulation.ports import START

if TYPE_CHECKING:
    from tests.simulation.world import World


def make_tracker(name: str, behaviours: tuple[str, ...], world: World) -> MemoryTracker:
    """A tracker in memory whose clock is right."""
    people = (Person(username="alice", email="alice@example.net"), Person(username="bob"))
    tracker = MemoryTracker(name, prefix=name.upper(), people=people)
    tracker.now = lambda: START + timedelta(seconds=world.time())
    return tracker
