"""Work in the background, as far as it has come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from accord.ports import Job, JobState, Transaction
from accord.store import SqlStore
from tests.store.examples import NOW, connection, later, twin


def begun(tx: Transaction, twins: int = 3) -> Job:
    """A job over some twins; one more has no item here, and one has ended."""
    tx.put_connection(connection())
    for number in range(1, twins + 1):
        tx.put_twin(twin(number))
    tx.put_twin(twin(8, local_key=None))
    tx.put_twin(twin(9).ended(NOW))
    return tx.add_job("c-blue", 2, 5.0, NOW)


async def test_a_job_counts_its_items_and_goes_through_them_in_order(store: SqlStore) -> None:
    job = await store.run(begun)
    assert (job.state, job.total, job.done, job.rules, job.pace) == (JobState.RUNNING, 3, 0, 2, 5.0)
    assert await store.read(lambda tx: tx.job_twins(job, 2)) == ["t-blue-1", "t-blue-2"]
    await store.run(lambda tx: tx.advance_job(job.id, "t-blue-2", 2, JobState.RUNNING, later(1)))
    seen = await store.read(lambda tx: tx.job(job.id))
    assert seen is not None
    assert (seen.done, seen.updated_at) == (2, later(1))
    assert await store.read(lambda tx: tx.job_twins(seen, 2)) == ["t-blue-3"]


async def test_the_next_part_is_taken_once_and_not_before_its_time(store: SqlStore) -> None:
    job = await store.run(begun)
    assert await store.run(lambda tx: tx.take_job(job.id, NOW, later(1)))
    assert not await store.run(lambda tx: tx.take_job(job.id, NOW, later(1)))
    assert await store.run(lambda tx: tx.take_job(job.id, later(1), later(2)))
    assert await store.run(lambda tx: tx.set_job_state(job.id, JobState.PAUSED, NOW))
    assert not await store.run(lambda tx: tx.take_job(job.id, later(5), later(6)))


async def test_what_has_ended_stays_so(store: SqlStore) -> None:
    job = await store.run(begun)
    assert await store.run(lambda tx: tx.set_job_state(job.id, JobState.CANCELLED, NOW))
    assert not await store.run(lambda tx: tx.set_job_state(job.id, JobState.RUNNING, NOW))
    another = await store.run(lambda tx: tx.add_job("c-blue", 3, 1.0, NOW))
    assert [one.id for one in await store.read(lambda tx: tx.jobs())] == [another.id, job.id]
    assert [one.id for one in await store.read(lambda tx: tx.jobs(open_only=True))] == [another.id]


async def test_of_several_processes_one_does_the_next_part(opened: Callable[[], SqlStore]) -> None:
    stores = [opened() for _ in range(3)]
    job = await stores[0].run(begun)
    took = await asyncio.gather(*(one.run(lambda tx: tx.take_job(job.id, NOW, later(9))) for one in stores))
    assert sorted(took) == [False, False, True]
