"""Cuts a plan down to what a failure needs, so that it can be told as a story."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from tests.simulation.plan import Plan
from tests.simulation.world import Run, simulate

T = TypeVar("T")


def shrink(failed: Run, most: int = 400, run: Callable[[Plan], Run] = simulate) -> Run:
    """The smallest run found, within `most` tries, that fails in the same way."""
    kind = failed.failures[0].kind
    best, tries = failed, 0
    progress = True
    while progress and tries < most:
        progress = False
        for candidate in _smaller(best.plan):
            tries += 1
            again = run(candidate)
            if any(failure.kind == kind for failure in again.failures):
                best, progress = again, True
                break
            if tries >= most:
                break
    return best


def _smaller(plan: Plan) -> Iterator[Plan]:
    """Simpler plans, the boldest first."""
    for faults in _without_some(plan.faults):
        yield plan.with_faults(faults)
    for acts in _without_some(plan.acts):
        yield plan.with_acts(acts)
    if plan.chain:
        acts = tuple(act for act in plan.acts if act.where in ("blue", "red"))
        yield replace(plan, chain=False, acts=acts)
    plain = Plan(seed=plan.seed)
    for simpler in ({"trackers": ()}, {"skew": ()}, {"policy": plain.policy}, {"both_ways": True}):
        if getattr(plan, next(iter(simpler))) != next(iter(simpler.values())):
            yield replace(plan, **simpler)  # type: ignore[arg-type]
    for name, behaviours in plan.trackers:
        for fewer in _without_some(behaviours):
            yield replace(plan, trackers=tuple((n, fewer if n == name else b) for n, b in plan.trackers))


def _without_some(things: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    """Without half of them, a quarter, ... and without each single one."""
    if not things:
        return
    size = len(things)
    while size >= 1:
        for start in range(0, len(things), size):
            yield things[:start] + things[start + size :]
        size //= 2
