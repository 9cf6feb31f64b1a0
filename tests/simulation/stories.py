"""Short runs in which everything that can be crashed is crashed, one place after another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tests.simulation.plan import Act, Fault, Plan

BEFORE_AND_AFTER = ("crash before", "crash after")
FAULTS = {
    "commit": (*BEFORE_AND_AFTER, "commit fails", "commit unsure"),
    "look": ("crash before",),
    "call": (*BEFORE_AND_AFTER, "answer lost", "in flight", "slow"),
    "send": (*BEFORE_AND_AFTER, "lost", "answer lost", "twice", "late"),
    "fetch": (*BEFORE_AND_AFTER, "cut off"),
    "update": ("beaten",),
}


def _plan(*acts: Act, trackers: tuple[tuple[str, tuple[str, ...]], ...] = ()) -> Plan:
    return Plan(seed=1, delay=0.2, poll=20.0, acts=acts, trackers=trackers)


STORIES = {
    "an item with a comment and a file is created": _plan(
        Act(0, 0.0, "blue", "create"), Act(1, 0.1, "blue", "comment"), Act(2, 0.2, "blue", "attach")
    ),
    "the same, where comments keep no markers": _plan(
        Act(0, 0.0, "blue", "create"),
        Act(1, 0.1, "blue", "comment"),
        Act(2, 0.2, "blue", "attach"),
        trackers=(("red", ("no markers on comments", "no hashes", "search lags")),),
    ),
    "both sides edit the same field": _plan(
        Act(0, 0.0, "blue", "create"),
        Act(1, 50.0, "blue", "edit", 0, "summary"),
        Act(2, 50.1, "red", "edit", 0, "summary"),
        Act(3, 50.2, "red", "line", 1),
    ),
    "a comment is edited and deleted": _plan(
        Act(0, 0.0, "blue", "create"),
        Act(1, 0.1, "blue", "comment"),
        Act(2, 50.0, "red", "edit comment"),
        Act(3, 100.0, "blue", "delete comment"),
    ),
    "two items are connected": _plan(
        Act(0, 0.0, "blue", "create", field="apart"),
        Act(1, 0.1, "red", "create", field="apart"),
        Act(2, 1.0, "blue", "connect"),
        Act(3, 30.0, "red", "edit", 0, "status"),
    ),
    "an item is taken out of sync and brought back": _plan(
        Act(0, 0.0, "blue", "create"),
        Act(1, 50.0, "red", "unsync"),
        Act(2, 60.0, "red", "edit", 0, "priority"),
        Act(3, 100.0, "blue", "sync"),
    ),
}


def with_each_fault(plan: Plan, points: list[tuple[str, str, int, str]]) -> Iterator[Plan]:
    """The plan with one fault, for every place that a run of it passes and everything that can happen there."""
    for where, place, nth, label in points:
        for what in FAULTS[place]:
            if what in ("in flight", "slow") and label.startswith(("read", "changes", "find", "matching")):
                continue
            yield replace(plan, faults=(Fault(where, place, nth, what, seconds=3.0),))
