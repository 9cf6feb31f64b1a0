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


@dataclass(frozen=True)
class Ended:
    """Why a transaction ended without a commit; `committing`: it may have been committed all the same."""

    failure: Failure
    error: BaseException
    committing: bool


class Group:
    """Runs closures on one connection. Not for use by two threads at a time.

    A closure may run again if its transaction was lost to another process's: it must not have effects of its own.
    `commits` counts transactions.
    """

    def __init__(self, database: Database, *, write: bool = True) -> None:
        self.database, self._write = database, write
        self._rotation = Rotation()
        self.commits = 0

    def perform(self, jobs: Sequence[Job]) -> None:
        """Gives each job its result, durably, or its error. Never raises."""
        ended = self._attempt(jobs)
        if ended is None:
            return
        if not self._may_try_again(ended):
            _fail(jobs, ended)
            return
        for position, job in enumerate(jobs):
            if hopeless := self._alone(job):
                _fail(jobs[position:], hopeless)
                return

    def _alone(self, job: Job) -> Ended | None:
        """None once the job has its outcome; else the jobs after it need not try either."""
        for left in reversed(range(TRIES)):
            ended = self._attempt([job])
            if ended is None or not self._may_try_again(ended):
                return ended
            if not left:
                _fail([job], ended)
        return None

    def _may_try_again(self, ended: Ended) -> bool:
        """Whether nothing was written, and there is a connection to write it on."""
        if ended.failure is Failure.LOST:
            return self._reopened() and not ended.committing
        return ended.failure is not Failure.BUSY

    def _reopened(self) -> bool:
        try:
            self.database.reopen()
        except Exception:
            return False
        return True

    def _attempt(self, jobs: Sequence[Job]) -> Ended | None:
        """One transaction. None: each job has its outcome."""
        counted: Counter[str] = Counter()
        committing = False
        try:
            self.database.begin(write=self._write)
            for position, job in enumerate(jobs):
                if position:
                    self.database.advance()
                self._guarded(job, counted)
            for name, amount in sorted(counted.items()):
                self.database.sql.add_to_counter(name=name, amount=amount)
            committing = True
            self.database.commit()
        except Exception as error:
            self.database.rollback()
            return Ended(self.database.verdict(error), self.database.explain(error), committing)
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


def _fail(jobs: Sequence[Job], ended: Ended) -> None:
    for job in jobs:
        job.result, job.error = None, ended.error
