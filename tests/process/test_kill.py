"""Two nodes as processes, killed with `kill -9` while people edit: a short soak."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.run import Plan, Soak
from tests.soak.verdict import Verdict


@pytest.mark.parametrize("seed", [1])
async def test_nodes_that_are_killed_lose_and_double_nothing(seed: int, tmp_path: Path) -> None:
    plan = Plan("markdown-markdown", edits=40, kills=2, seed=seed, pace=0.2, patience=45)
    outcome = await Soak(plan, tmp_path).run()
    assert (outcome.verdict, outcome.kills) == (Verdict(), 4), outcome.errors
    assert outcome.edits >= 40
