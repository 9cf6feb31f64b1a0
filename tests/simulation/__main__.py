"""`make simulate STEPS=... SEED=...`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.simulation.many import run_many
from tests.simulation.plan import Plan
from tests.simulation.story import story
from tests.simulation.world import simulate


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="make simulate",
        description="Nodes, trackers, network and people on virtual time, with faults; and what must hold is checked.",
        epilog="Example: make simulate STEPS=100000 SEED=1. One seed: make simulate SEED=7 STEPS=1.",
    )
    parser.add_argument("--steps", type=int, default=20_000, help="acts, faults and messages to simulate, at least")
    parser.add_argument("--seed", type=int, default=int(time.time()), help="the first seed (default: by the time)")
    parser.add_argument("--jobs", type=int, help="processes at a time (default: one for each processor)")
    parser.add_argument(
        "--plan", type=Path, help="replay one plan from a file, as those in tests/simulation/regressions"
    )
    chosen = parser.parse_args()
    if chosen.plan:
        return _replay(Plan.from_json(chosen.plan.read_text()))
    print(f"seeds from {chosen.seed}", flush=True)
    total = run_many(chosen.seed, chosen.steps, chosen.jobs)
    if total.failures:
        print(f"failing seeds: {', '.join(map(str, sorted(total.failures)))}")
    print(total.last_line())
    return 1 if total.failures else 0


def _replay(plan: Plan) -> int:
    run = simulate(plan)
    print(story(run, plan.seed))
    print(f"steps={run.steps} seeds=1 failures={int(bool(run.failures))}")
    return 1 if run.failures else 0


if __name__ == "__main__":
    sys.exit(main())
