"""Bringing all items of a connection in line with its rules, little by little: a job in the background.

A job only registers sync events, at its pace, and waits while the queue is long; the engine does the rest. How far it
has come is written in the same transaction as the events: whatever is killed, no item is left out, and of several
nodes on one database one does each part.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from accord.errors import NeedsOperator, UnknownThing
from accord.model import ConnectionState, TwinState
from accord.operations.find import connection_called, the_connection
from accord.ports import HistoryEntry, Job, JobState, Ports, Transaction

TICK = 1.0
LONG_QUEUE = 50


@dataclass(frozen=True)
class JobLine:
    """A job as people see it. `waits_for` tells why it does not go on just now, if it does not."""

    id: int
    connection: str
    state: JobState
    rules: int
    total: int
    done: int
    pace: float
    created_at: datetime
    updated_at: datetime
    waits_for: str | None = None


async def begin(ports: Ports, connection: str | None, pace: float) -> JobLine:
    """Begins to look at all items under sync anew, `pace` items a second.

    Raises UnknownThing, NeedsOperator (a job of this connection is under way).
    """
    chosen = await the_connection(ports, connection)

    def work(tx: Transaction) -> JobLine:
        for job in tx.jobs(open_only=True):
            if job.connection_id == chosen.id:
                raise NeedsOperator(
                    f"Job {job.id} brings {chosen.name} in line already: {job.done} of {job.total} items are done.",
                    remedy=f"Let it end, or: accord jobs cancel {job.id}.",
                )
        now = ports.clock.now()
        job = tx.add_job(chosen.id, chosen.rules_version, pace, now)
        summary = f"job {job.id} looks at {job.total} items anew"
        tx.record(HistoryEntry(now, chosen.id, "", "job", summary, {"job": job.id, "rules": chosen.rules_version}))
        return job_line(tx, job)

    return await ports.store.run(work)


async def jobs(ports: Ports, connection: str | None = None, *, open_only: bool = False) -> list[JobLine]:
    """The newest first; of all connections, or of one. Raises UnknownThing for a connection that is not there."""

    def look(tx: Transaction) -> list[JobLine]:
        ids = {connection_called(tx, connection).id} if connection is not None else None
        return [job_line(tx, j) for j in tx.jobs(open_only=open_only) if ids is None or j.connection_id in ids]

    return await ports.store.read(look)


async def job(ports: Ports, job_id: int, connection: str | None = None) -> JobLine:
    """How far a job has come. Raises UnknownThing, also where it is not of this connection."""
    return await ports.store.read(lambda tx: job_line(tx, _job_called(tx, job_id, connection)))


async def set_state(ports: Ports, job_id: int, state: JobState, connection: str | None = None) -> JobLine:
    """Lets a job pause, go on or end. Raises UnknownThing (also where it is not of this connection), NeedsOperator (it
    has ended)."""

    def work(tx: Transaction) -> JobLine:
        _job_called(tx, job_id, connection)
        if not tx.set_job_state(job_id, state, ports.clock.now()):
            raise NeedsOperator(f"Job {job_id} has ended.", remedy="Begin another one: accord sync --all.")
        job = tx.job(job_id)
        assert job is not None, "it was there in this transaction"
        return job_line(tx, job)

    return await ports.store.run(work)


async def advance(ports: Ports, tick: float = TICK) -> int:
    """The next part of each job whose time has come; how many sync events were registered."""
    open_jobs = await ports.store.read(lambda tx: tx.jobs(open_only=True))
    registered = 0
    for job in filter(_is_running, open_jobs):
        registered += await ports.store.run(partial(_advance, ports=ports, job_id=job.id, tick=tick))
    return registered


def _advance(tx: Transaction, ports: Ports, job_id: int, tick: float) -> int:
    now, job = ports.clock.now(), tx.job(job_id)
    if job is None:
        return 0
    # A slow pace looks at one item, and then not for a while.
    items = max(1, round(job.pace * tick))
    if not tx.take_job(job_id, now, now + timedelta(seconds=items / job.pace)):
        return 0
    connection = tx.connection(job.connection_id)
    if connection is None or connection.state is ConnectionState.REMOVED:
        tx.set_job_state(job_id, JobState.CANCELLED, now)
        return 0
    room = LONG_QUEUE - tx.count_busy(job.connection_id)
    if connection.state is not ConnectionState.ACTIVE or room <= 0:
        return 0
    job = tx.job(job_id) or job  # as it stands now that it is ours
    ids = tx.job_twins(job, min(items, room))
    for twin_id in ids:
        twin = tx.twin(twin_id)
        if twin is not None and twin.state is not TwinState.ENDED:
            tx.register_event(twin, f"job {job_id}", now)
    state = JobState.RUNNING if ids else JobState.DONE
    tx.advance_job(job_id, ids[-1] if ids else job.after, len(ids), state, now)
    return len(ids)


def job_line(tx: Transaction, job: Job) -> JobLine:
    """A job as people see it."""
    connection = tx.connection(job.connection_id)
    waits = None
    if _is_running(job) and connection is not None:
        if connection.state is not ConnectionState.ACTIVE:
            waits = f"{connection.name} is {connection.state}"
        elif tx.count_busy(connection.id) >= LONG_QUEUE:
            waits = f"the queue is long: {LONG_QUEUE} items or more"
    return JobLine(
        id=job.id,
        connection=connection.name if connection else job.connection_id,
        state=job.state,
        rules=job.rules,
        total=job.total,
        done=job.done,
        pace=job.pace,
        created_at=job.created_at,
        updated_at=job.updated_at,
        waits_for=waits,
    )


def _job_called(tx: Transaction, job_id: int, connection: str | None) -> Job:
    found = tx.job(job_id)
    if found is None or (connection is not None and connection_called(tx, connection).id != found.connection_id):
        raise UnknownThing(
            f"There is no job {job_id}.", remedy="Those there are: accord jobs.", field="job", value=job_id
        )
    return found


def _is_running(job: Job) -> bool:
    return job.state is JobState.RUNNING
