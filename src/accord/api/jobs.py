"""Work in the background: bringing all items of a connection in line with its rules."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import Field
from starlette.responses import Response

from accord.api.admission import Caller, CallerHere, GuardedRoute
from accord.api.answers import answer, shown
from accord.api.given import Connection, ConnectionQuery, Given, Number
from accord.operations.jobs import JobLine, begin, set_state
from accord.operations.jobs import job as look_at_job
from accord.operations.jobs import jobs as look_at_jobs
from accord.ports import JobState

router = APIRouter(route_class=GuardedRoute, tags=["Jobs"])
JobPath = Annotated[Number, Path(description="Its number.", examples=[3])]
JOB = {
    "id": 3,
    "connection": "partner",
    "state": "running",
    "rules": 4,
    "total": 1200,
    "done": 310,
    "pace": 5.0,
    "created_at": "2026-03-01T12:00:00Z",
    "updated_at": "2026-03-01T12:01:02Z",
    "waits_for": None,
}


class Bringing(Given):
    """Which connection, and how fast."""

    connection: Connection = None
    pace: Annotated[
        float | None, Field(ge=0.01, le=1000, description="Items a second (default: job_pace in accord.toml).")
    ] = None


@router.post("/sync-all", response_model=JobLine, responses=shown(JOB))
async def sync_all(caller: CallerHere, given: Bringing) -> Response:
    """Bring all items under sync in line with the rules in force: a job.

    What it would do is told by `/previews?all=true`. Items for which nothing is new cause no message.
    """
    meant = caller.meant(given.connection)
    async with caller.acting("sync_all", meant, pace=given.pace) as ports:
        return answer(await begin(ports, meant, given.pace or caller.served.config.node.job_pace))


@router.get("/jobs", response_model=list[JobLine], responses=shown([JOB]))
async def jobs(caller: CallerHere, connection: ConnectionQuery = None) -> Response:
    """Jobs, and how far they have come.

    The newest first.
    """
    return answer(await look_at_jobs(caller.ports, caller.meant(connection)))


@router.get("/jobs/{job_id}", response_model=JobLine, responses=shown(JOB))
async def job(caller: CallerHere, job_id: JobPath) -> Response:
    """How far one job has come."""
    return answer(await look_at_job(caller.ports, job_id, caller.meant(None)))


@router.post("/jobs/{job_id}/pause", response_model=JobLine, responses=shown(JOB | {"state": "paused"}))
async def job_pause(caller: CallerHere, job_id: JobPath) -> Response:
    """Let a job rest.

    What it registered already goes on.
    """
    return await _set(caller, "job_pause", job_id, JobState.PAUSED)


@router.post("/jobs/{job_id}/resume", response_model=JobLine, responses=shown(JOB))
async def job_resume(caller: CallerHere, job_id: JobPath) -> Response:
    """Let a job go on where it was."""
    return await _set(caller, "job_resume", job_id, JobState.RUNNING)


@router.post("/jobs/{job_id}/cancel", response_model=JobLine, responses=shown(JOB | {"state": "cancelled"}))
async def job_cancel(caller: CallerHere, job_id: JobPath) -> Response:
    """End a job.

    What it registered already goes on.
    """
    return await _set(caller, "job_cancel", job_id, JobState.CANCELLED)


async def _set(caller: Caller, what: str, job_id: int, state: JobState) -> Response:
    meant = caller.meant(None)
    async with caller.acting(what, meant, job=job_id) as ports:
        return answer(await set_state(ports, job_id, state, meant))
