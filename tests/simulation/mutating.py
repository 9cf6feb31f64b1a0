"""`make mutants`: plants each deliberate bug in a copy of the sources, and tells after how many seeds it was caught."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.simulation.drawing import draw
from tests.simulation.mutants import MUTANTS, Mutant
from tests.simulation.world import simulate

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Caught:
    """After how many seeds a mutant was caught, by which check; 0 seeds: it was not."""

    mutant: Mutant
    seeds: int
    check: str

    def __str__(self) -> str:
        after = f"{self.seeds:>4} seeds" if self.seeds else "NOT CAUGHT"
        return f"{after:>10}  {self.mutant.name:<66}  {self.check}"


def plant(mutant: Mutant, folder: Path) -> None:
    """Copies the package into `folder`, with the bug. Raises ValueError if the code has outrun it."""
    shutil.copytree(REPOSITORY / "src" / "accord", folder / "accord", ignore=shutil.ignore_patterns("__pycache__"))
    file = folder / "accord" / mutant.file
    source = file.read_text()
    if source.count(mutant.old) != 1:
        raise ValueError(f"{mutant.name}: its text is in {mutant.file} {source.count(mutant.old)} times, not once.")
    file.write_text(source.replace(mutant.old, mutant.new))


def hunt(mutant: Mutant, first: int) -> Caught:
    """Runs seeds in a process of its own, from `first` on, until one fails."""
    with tempfile.TemporaryDirectory(prefix="accord-mutant-") as folder:
        plant(mutant, Path(folder))
        command = [sys.executable, "-m", "tests.simulation.mutating", str(first), str(mutant.seeds)]
        paths = {**os.environ, "PYTHONPATH": f"{folder}{os.pathsep}{REPOSITORY}"}
        done = subprocess.run(command, env=paths, cwd=REPOSITORY, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"{mutant.name}: does not run: {done.stderr.strip().splitlines()[-1]}")
    told = json.loads(done.stdout.splitlines()[-1])
    return Caught(mutant, told["seeds"], told["check"])


def hunt_all(mutants: Sequence[Mutant], first: int, jobs: int) -> int:
    """Prints the table; the number of mutants that got away."""
    caught = 0
    with ThreadPoolExecutor(jobs) as pool:
        for one in pool.map(lambda mutant: hunt(mutant, first), mutants):
            print(one, flush=True)
            caught += bool(one.seeds)
    print(f"planted={len(mutants)} caught={caught}")
    return len(mutants) - caught


def until_failure(first: int, seeds: int) -> dict[str, object]:
    """In the process with the bug: how many seeds it took, and which check failed."""
    for number in range(seeds):
        try:
            failures = simulate(draw(first + number)).failures
        except Exception as error:  # what a bug does to the checks themselves counts as well
            return {"seeds": number + 1, "check": f"the run breaks: {type(error).__name__}"}
        if failures:
            return {"seeds": number + 1, "check": failures[0].kind}
    return {"seeds": 0, "check": ""}


if __name__ == "__main__":
    if len(sys.argv) == 3:
        print(json.dumps(until_failure(int(sys.argv[1]), int(sys.argv[2]))))
        sys.exit(0)
    jobs = int(os.environ.get("JOBS", os.cpu_count() or 1))
    sys.exit(1 if hunt_all(MUTANTS, int(os.environ.get("SEED", "1")), jobs) else 0)
