"""Runs as many seeds as it is given steps for, on all processors, and tells what they covered."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import count

from tests.simulation.drawing import draw
from tests.simulation.shrink import shrink
from tests.simulation.story import story
from tests.simulation.world import simulate

TWICE = 25
SHOWN = 5


@dataclass
class Result:
    """What came of one seed; `failure` is its story, empty if all held."""

    seed: int
    steps: int
    coverage: Counter[str]
    failure: str = ""


@dataclass
class Total:
    """What came of all of them."""

    steps: int = 0
    seeds: int = 0
    failures: list[int] = field(default_factory=list)
    coverage: Counter[str] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        self.steps += result.steps
        self.seeds += 1
        self.coverage += result.coverage
        if result.failure:
            self.failures.append(result.seed)

    def last_line(self) -> str:
        return f"steps={self.steps} seeds={self.seeds} failures={len(self.failures)}"


def run_seed(seed: int, shrunk: bool = True) -> Result:
    """One seed; every so many it is run twice, and must come out the same."""
    plan = draw(seed)
    run = simulate(plan)
    if run.failures:
        failed = shrink(run) if shrunk else run
        return Result(seed, run.steps, run.coverage, story(failed, seed))
    if seed % TWICE == 0 and simulate(plan).log != run.log:
        return Result(seed, run.steps, run.coverage, f"Seed {seed} comes out differently when it is run again.")
    return Result(seed, run.steps, run.coverage)


def run_many(first: int, steps: int, jobs: int | None = None) -> Total:
    """Seeds from `first` on, until `steps` are done."""
    total, started = Total(), time.monotonic()
    for result in _results(first, steps, jobs or os.cpu_count() or 1, total):
        total.add(result)
        if result.failure:
            shown = f"{result.failure}\n" if len(total.failures) <= SHOWN else f"Seed {result.seed} fails."
            print(shown, flush=True)
        _progress(total, started)
    print(f"\r{' ' * 70}\r", end="", file=sys.stderr)
    print(_table(total, time.monotonic() - started))
    return total


def _results(first: int, steps: int, jobs: int, total: Total) -> Iterator[Result]:
    """Results as they come, while there are steps to do; seeds that were begun are finished."""
    seeds = count(first)
    with ProcessPoolExecutor(jobs) as pool:
        running: set[Future[Result]] = set()
        while total.steps < steps or running:
            while total.steps < steps and len(running) < (2 * jobs if steps > 1 else 1):
                running.add(pool.submit(run_seed, next(seeds)))
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (future.result() for future in sorted(done, key=lambda future: future.result().seed))


def _progress(total: Total, started: float) -> None:
    seconds = time.monotonic() - started
    told = f"{total.last_line()}  {total.seeds / seconds:.1f} seeds/s, {total.steps / seconds:.0f} steps/s"
    if sys.stderr.isatty() or total.seeds % 100 == 0:
        print(f"\r{told}", end="" if sys.stderr.isatty() else "\n", file=sys.stderr, flush=True)


def _table(total: Total, seconds: float) -> str:
    rows = [f"{number:>10,}  {what}" for what, number in sorted(total.coverage.items())]
    return "\n".join([*rows, f"{total.seeds / seconds:.1f} seeds a second, {total.steps / seconds:.0f} steps a second"])
