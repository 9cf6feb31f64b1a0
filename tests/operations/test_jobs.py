"""All items of a connection looked at anew, little by little."""

from __future__ import annotations

import pytest

from accord.errors import NeedsOperator, UnknownThing
from accord.operations.jobs import LONG_QUEUE, advance, begin, jobs, set_state
from accord.operations.pause import pause
from accord.ports import JobState
from tests.pair import Pair


async def with_items(two: Pair, count: int) -> Pair:
    for number in range(count):
        two.blue.tracker.person_creates(summary=f"Item {number}")
        await two.blue.sync(f"BLUE-{number + 1}")
    await two.settle()
    return two


async def waiting(two: Pair) -> int:
    return len(await two.blue.lanes())


async def test_items_are_looked_at_in_portions_at_the_pace_that_was_asked_for(two: Pair) -> None:
    await with_items(two, 5)
    line = await begin(two.blue.ports, None, pace=2)
    assert (line.connection, line.total, line.done, line.state) == ("blue-other", 5, 0, "running")
    assert await advance(two.blue.ports) == 2
    assert await advance(two.blue.ports) == 0, "not before a second has passed"
    two.tick(1)
    assert await advance(two.blue.ports) == 2
    for _ in range(2):
        two.tick(1)
        await advance(two.blue.ports)
    (line,) = await jobs(two.blue.ports)
    assert (line.done, line.state) == (5, JobState.DONE)
    sent = len(two.blue.wire.sent)
    await two.settle()
    assert await waiting(two) == 0
    assert len(two.blue.wire.sent) == sent, "nothing was new, so nothing was told"


async def test_a_slow_pace_is_one_item_every_while(two: Pair) -> None:
    await with_items(two, 2)
    await begin(two.blue.ports, None, pace=0.1)
    assert await advance(two.blue.ports) == 1
    two.tick(9)
    assert await advance(two.blue.ports) == 0
    two.tick(1)
    assert await advance(two.blue.ports) == 1


async def test_it_waits_while_the_queue_is_long_and_while_the_connection_is_paused(two: Pair) -> None:
    await with_items(two, LONG_QUEUE + 5)
    await begin(two.blue.ports, None, pace=500)
    assert await advance(two.blue.ports) == LONG_QUEUE
    two.tick(1)
    assert await advance(two.blue.ports) == 0
    (line,) = await jobs(two.blue.ports)
    assert "queue is long" in str(line.waits_for)
    await two.settle()
    await pause(two.blue.ports, "blue-other")
    two.tick(1)
    assert await advance(two.blue.ports) == 0
    (line,) = await jobs(two.blue.ports)
    assert line.waits_for == "blue-other is paused"


async def test_a_job_is_paused_resumed_and_cancelled(two: Pair) -> None:
    await with_items(two, 3)
    job = await begin(two.blue.ports, "blue-other", pace=1)
    with pytest.raises(NeedsOperator, match=f"Job {job.id} brings blue-other in line already: 0 of 3"):
        await begin(two.blue.ports, None, pace=1)
    await set_state(two.blue.ports, job.id, JobState.PAUSED)
    assert await advance(two.blue.ports) == 0
    await set_state(two.blue.ports, job.id, JobState.RUNNING)
    assert await advance(two.blue.ports) == 1
    assert (await set_state(two.blue.ports, job.id, JobState.CANCELLED)).done == 1
    with pytest.raises(NeedsOperator, match="has ended"):
        await set_state(two.blue.ports, job.id, JobState.RUNNING)
    with pytest.raises(UnknownThing, match="no job 99"):
        await set_state(two.blue.ports, 99, JobState.PAUSED)
    assert await jobs(two.blue.ports, open_only=True) == []
    assert (await begin(two.blue.ports, None, pace=1)).id > job.id
