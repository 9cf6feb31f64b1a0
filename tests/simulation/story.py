"""What a person reads of a run that failed."""

from __future__ import annotations

from tests.simulation.plan import Plan
from tests.simulation.world import Run


def story(run: Run, seed: int) -> str:
    """The shrunk run in plain sentences, what it broke, and how to see it again."""
    lines = [
        f"Seed {seed} fails. What it needs for that:",
        *_world(run.plan),
        *(f"  {line}" for line in run.log),
        *(f"  BROKEN  {failure}" for failure in dict.fromkeys(map(str, run.failures))),
        f"Replay the whole seed with: make simulate SEED={seed} STEPS=1",
    ]
    return "\n".join(lines)


def _world(plan: Plan) -> list[str]:
    nodes = " and ".join(plan.names) if not plan.chain else "blue, red and green in a row"
    skewed = [
        f"{name}'s clock is {seconds:+.0f} s off" for name, seconds in plan.skew if seconds and name in plan.names
    ]
    trackers = [f"{name}: {', '.join(b)}" for name, b in plan.trackers if b and name in plan.names]
    told = [f"  Nodes {nodes}; conflicts go by '{plan.policy}'."]
    told += [f"  {'; '.join(skewed)}."] if skewed else []
    return told + [f"  Tracker {one}." for one in trackers]
