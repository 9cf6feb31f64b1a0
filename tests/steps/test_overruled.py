"""A conflict that one side wins, whose value is then the one that was told before: the loser must hear of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.pair import pair


async def test_a_tracker_that_answers_a_comment_with_the_former_status(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.red.trigger = None
        two.blue.tracker.person_creates(summary="one", status="talking")
        await two.settle()
        two.red.tracker.person_edits("RED-1", status="parked")
        two.red.tracker.person_comments("RED-1", "hello")
        await two.red.look()
        two.tick()
        two.blue.tracker.person_edits("BLUE-1", status="new")
        add_comment = two.blue.tracker.add_comment

        async def reopening(key: str, *told: Any) -> Any:
            written = await add_comment(key, *told)
            two.blue.tracker.person_edits(key, status="talking")
            return written

        two.blue.tracker.add_comment = reopening  # type: ignore[method-assign]
        await two.red.worker.run_until_idle()
        await two.settle()
        assert [side.only.status for side in two.sides] == ["talking", "talking"]
        assert [c["lost"] for c in await two.blue.conflicts()] == ["parked"]
