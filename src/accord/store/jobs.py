"""Work in the background, as far as it has come."""

from __future__ import annotations

from datetime import datetime

from accord.ports import Job, JobState
from accord.store import rows
from accord.store.statements import Statements


class Jobs:
    """The part of a transaction that keeps jobs: what was done of one, and how far it has come, change together."""

    sql: Statements

    def add_job(self, connection_id: str, rules: int, pace: float, now: datetime) -> Job:
        """Begins a job over all live twins of a connection that have an item here."""
        row = self.sql.add_job(connection_id=connection_id, rules=rules, pace=pace, now=rows.seconds(now))
        return rows.job(row)

    def job(self, job_id: int) -> Job | None:
        row = self.sql.job_by_id(id=job_id)
        return rows.job(row) if row else None

    def jobs(self, *, open_only: bool = False) -> list[Job]:
        """The newest first."""
        return [rows.job(row) for row in (self.sql.open_jobs() if open_only else self.sql.all_jobs())]

    def take_job(self, job_id: int, now: datetime, next_at: datetime) -> bool:
        """See `ports.Transaction`."""
        return bool(self.sql.take_job(id=job_id, now=rows.seconds(now), next_at=rows.seconds(next_at)))

    def job_twins(self, job: Job, limit: int) -> list[str]:
        """Ids of the twins that come next."""
        found = self.sql.job_twins(connection_id=job.connection_id, after=job.after, most=limit)
        return [str(row[0]) for row in found]

    def advance_job(self, job_id: int, after: str, done: int, state: JobState, now: datetime) -> None:
        """`done` more are done, the last of them `after`."""
        self.sql.advance_job(id=job_id, after=after, done=done, state=state.value, now=rows.seconds(now))

    def set_job_state(self, job_id: int, state: JobState, now: datetime) -> bool:
        """False if the job has ended already."""
        return bool(self.sql.set_job_state(id=job_id, state=state.value, now=rows.seconds(now)))
