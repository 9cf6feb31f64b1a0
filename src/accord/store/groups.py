"""Group commit: closures that wait together share one transaction, and one trip to the disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from accord.store.database import Database, Failure
from accord.store.leases import Rotation
from accord.store.transaction import SqlTransaction

TRIES = 5


@dataclass
class Job:
    """A closure and, once it has run, what it gave or raised."""

    work: Callable[[SqlTransaction], Any]
    result: Any = None
    error: BaseException | None = None

    def outcome(self) -> Any:
        """What the closure gave; raises what it raised."""
        if self.error is not None:
            raise self.error
        return self.result


class Group:
    """Runs closures on one connection. Not for use by two threads at a time.

    A closure may run again if its transaction was lost to another process's: it must not have effects of its own.
    `commits` counts transactions.
    """

    def __init__(self, database: Database, *, write: bool = True) -> None:
        self.database, self._write = database, write
        self._rotation = Rotation()
        self._committing = False
        self.commits = 0

    def perform(self, jobs: Sequence[Job]) -> None:
        """Gives each job its result, durably, or its error. Never raises."""
        error = self._attempt(jobs)
        if error is None:
            return
        if not self._may_try_again(error):
            self._fail(jobs, error)
            return
        for position, job in enumerate(jobs):
            if not self._alone(job):
                self._fail(jobs[position + 1 :], job.error)
                return

    def _alone(self, job: Job) -> bool:
        """False if the database is out of reach, so that the jobs after this one need not try."""
        for _ in range(TRIES):
            error = self._attempt([job])
            if error is None:
                return True
            if not self._may_try_again(error):
                self._fail([job], error)
                return False
        self._fail([job], error)
        return True

    def _may_try_again(self, error: BaseException) -> bool:
        """Whether nothing was written, and there is a connection to write it on."""
        lost = self.database.verdict(error) is Failure.LOST
        if lost and self._reopened():
            return not self._committing
        return not lost

    def _reopened(self) -> bool:
        try:
            self.database.reopen()
        except Exception:
            return False
        return True

    def _fail(self, jobs: Sequence[Job], error: BaseException | None) -> None:
        for job in jobs:
            job.result, job.error = None, error and self.database.explain(error)

    def _attempt(self, jobs: Sequence[Job]) -> BaseException | None:
        """One transaction. None: each job has its outcome. Else the error that ended the transaction."""
        counted: Counter[str] = Counter()
        self._committing = False
        try:
            self.database.begin(write=self._write)
            for position, job in enumerate(jobs):
                if position:
                    self.database.advance()
                self._guarded(job, counted)
            for name, amount in sorted(counted.items()):
                self.database.sql.add_to_counter(name=name, amount=amount)
            self._committing = True
            self.database.commit()
        except Exception as error:
            self.database.rollback()
            return error
        self.commits += 1
        return None

    def _guarded(self, job: Job, counted: Counter[str]) -> None:
        """Runs one closure. Its own error undoes only what it did; any other ends the transaction."""
        job.result = job.error = None
        transaction = SqlTransaction(self.database.sql, self._rotation, counted)
        try:
            job.result = job.work(transaction)
        except BaseException as error:
            if self.database.verdict(error) is not Failure.OWN:
                raise
            self.database.undo()
            job.error = self.database.explain(error)
        else:
            counted.update(transaction.counted)
