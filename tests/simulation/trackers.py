"""The trackers of a run, with the behaviours that its plan names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from accord.model import Item, Person
from accord.ports import Hint
from accord.testing.memory import Behaviour, MemoryTracker
from accord.testing.memory.shaping import Shaping
from tests.simulation.ports import START

if TYPE_CHECKING:
    from tests.simulation.world import World

DONE = "done"
REFUSED = "refused"
ON_ITS_WAY = 15.0
BEHAVIOURS: dict[str, dict[str, Any]] = {
    "search lags": {"search_lag": 25.0},
    "stamps in seconds": {"stamp_resolution": 1.0},
    "no versions": {"versioned": False},
    "deletions not told": {"tombstones": False},
    "defaults": {"defaults": {"priority": "normal"}},
    "workflow": {"workflow": {DONE: {"priority": "closed", "fields.severity": None}}},
    "short texts": {"longest": {"summary": 12, "description": 400, "comments": 60}},
    "tidy texts": {"tidy_text": True},
    "tidy labels": {"tidy_labels": True},
    "no hashes": {"hashes": False},
    "no markers on comments": {"sub_item_markers": False},
    "hidden is forbidden": {"forbidden": True},
    "moves": {"moves": True},
    "pushes": {"pushes": True},
    "links at both ends": {"mirrored_links": True},
}


def make_tracker(name: str, behaviours: tuple[str, ...], world: World) -> MemoryTracker:
    """A tracker in memory whose clock is right."""
    behaviour = Behaviour(answers_within=ON_ITS_WAY)
    for one in behaviours:
        world.coverage[f"tracker: {one}"] += 1
        behaviour = replace(behaviour, **BEHAVIOURS[one])
    if name == "red":
        # Its people write their status in capitals.
        behaviour = replace(behaviour, workflow={DONE.upper(): v for v in behaviour.workflow.values()})
    people = (Person(username="alice", email="alice@example.net"), Person(username="bob"))
    tracker = MemoryTracker(name, prefix=name.upper(), people=people, behaviour=behaviour)
    tracker.now = lambda: START + timedelta(seconds=world.time())
    tracker.deliver = lambda hint: _delays(hint, world)
    return tracker


def shaped(tracker: MemoryTracker, item: Item) -> Item:
    """The item as this tracker would hold it."""
    shaping = Shaping(tracker.behaviour, tracker.fields)
    comments = tuple(shaping.comment(comment) for comment in item.comments)
    status = item.status.upper() if item.status and tracker.name == "red" else item.status and item.status.lower()
    entering = item.model_copy(update={"status": status, "comments": comments})
    return shaping.item(entering, entering.model_copy(update={"status": None}))


def _delays(hint: Hint, world: World) -> Sequence[float]:
    """Pushes are lost, come late, twice, and out of order."""
    if world.calm:
        return (0.0,)
    roll = world.dice.random()
    if roll < 0.2:
        world.coverage["push: lost"] += 1
        return ()
    if roll < 0.35:
        world.coverage["push: twice"] += 1
        return (0.0, world.dice.uniform(0.1, 90))
    world.coverage["push: late" if roll < 0.6 else "push: at once"] += 1
    return (world.dice.uniform(0.1, 30),) if roll < 0.6 else (0.0,)
