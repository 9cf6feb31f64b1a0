"""The engine in a simulated world: what always holds, holds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from accord.testing.postgres import PostgresServer, postgres_server
from tests.simulation.checks import Failure
from tests.simulation.drawing import draw
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.mutating import REPOSITORY
from tests.simulation.plan import Act, Fault, Plan
from tests.simulation.shrink import shrink
from tests.simulation.stories import STORIES, with_each_fault
from tests.simulation.story import story
from tests.simulation.world import Run, simulate

REGRESSIONS = sorted((Path(__file__).parent / "regressions").glob("*.json"))
AT_ONCE = 16  # every so many places in a test run; all of them with EVERY_PLACE=1
PLANTED = Failure("planted", "for a test")
LOG = """
from tests.simulation.drawing import draw
from tests.simulation.world import simulate
print("\\n".join(simulate(draw({})).log))
"""


@pytest.mark.parametrize("seed", range(30))
def test_a_seed(seed: int) -> None:
    run = simulate(draw(seed))
    assert not run.failures, story(run, seed)


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: path.stem)
def test_what_once_failed(path: Path) -> None:
    run = simulate(Plan.from_json(path.read_text()))
    assert not run.failures, story(run, run.plan.seed)


@pytest.mark.parametrize("name", STORIES)
def test_a_fault_at_every_place(name: str) -> None:
    plan = STORIES[name]
    faulty = list(with_each_fault(plan, [point for point in simulate(plan).points if point[0] in plan.names]))
    every = 1 if os.environ.get("EVERY_PLACE") else AT_ONCE
    for one in faulty[::every]:
        run = simulate(one)
        assert not run.failures, story(run, one.seed)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as running:
        yield running


@pytest.mark.parametrize("seed", [3, 7, 12])
def test_a_seed_on_postgresql(seed: int, server: PostgresServer) -> None:
    urls = {name: server.database() for name in ("blue", "red", "green")}
    run = simulate(draw(seed), urls)
    assert not run.failures, story(run, seed)


def test_the_same_seed_gives_the_same_run_byte_for_byte() -> None:
    logs = []
    for hash_seed in ("1", "2"):
        settings = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(REPOSITORY)}
        command = [sys.executable, "-c", LOG.format(11)]
        logs.append(subprocess.run(command, env=settings, capture_output=True, check=True).stdout)
    assert logs[0] == logs[1]
    assert len(logs[0]) > 1000


def test_plans_can_be_kept() -> None:
    plan = draw(5)
    assert Plan.from_json(plan.to_json()) == plan


def test_a_failure_is_cut_down_to_what_it_needs() -> None:
    acts = [Act(number, number * 3.0, "blue", "create") for number in range(6)]
    needed = Act(9, 30.0, "red", "edit", 0, "summary")
    plan = Plan(seed=1, acts=(*acts, needed), faults=(Fault("blue", "call", 5, "answer lost"),))
    run = simulate(plan)
    run.failures.append(PLANTED)

    def again(smaller: Plan) -> Run:
        result = simulate(smaller)
        result.failures += [PLANTED] if needed in smaller.acts else []
        return result

    small = shrink(run, run=again)
    assert small.plan.acts == (needed,)
    assert small.plan.faults == ()


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_mutants_keep_up_with_the_code(mutant: Mutant) -> None:
    assert (REPOSITORY / "src" / "accord" / mutant.file).read_text().count(mutant.old) == 1
