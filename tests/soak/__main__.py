"""The command: `python -m tests.soak --pair roundup-markdown --edits 500 --kills 20 --seed 1`.

Its last line is `edits=N kills=N lost=N doubled=N disagreeing=N`; it ends with 0 only if the last three are 0 and
as much was done as was asked for.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.soak.run import Outcome, Plan, Soak
from tests.soak.world import PAIRS


def main() -> int:
    asked = _asked()
    plan = Plan(asked.pair, asked.edits, asked.kills, asked.seed, asked.pace, asked.patience)
    folder = Path(asked.folder) if asked.folder else Path(tempfile.mkdtemp(prefix="accord-soak-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{plan} in {folder}", flush=True)
    started = time.monotonic()
    # Whoever ends the soak ends its nodes and trackers with it.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        outcome = asyncio.run(Soak(plan, folder).run())
    except BaseException:
        print(f"everything is kept in {folder}", flush=True)
        raise
    good = _is_good(plan, outcome)
    for line in outcome.verdict.lines():
        print(line)
    if outcome.errors:
        print(outcome.errors)
    print(f"{time.monotonic() - started:.0f} s; seed {plan.seed}" + ("" if good else f"; everything is in {folder}"))
    if good and not asked.folder:
        shutil.rmtree(folder)
    print(outcome.last_line(), flush=True)
    return 0 if good else 1


def _is_good(plan: Plan, outcome: Outcome) -> bool:
    return outcome.verdict.clean and outcome.edits >= plan.edits and outcome.kills >= 2 * plan.kills


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--pair", choices=PAIRS, default=PAIRS[0], help="the two trackers")
    parser.add_argument("--edits", type=int, default=500, help="how many edits people make at least")
    parser.add_argument("--kills", type=int, default=20, help="how often each node is killed")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--pace", type=float, default=Plan.pace, help="mean seconds between two acts")
    parser.add_argument("--patience", type=float, default=Plan.patience, help="seconds to come to rest")
    parser.add_argument("--folder", help="where to work (kept); by default a temporary one, kept on failure")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
