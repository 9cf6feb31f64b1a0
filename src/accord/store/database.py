"""What group commit asks of a database, whichever it is."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from accord.store.statements import Statements

# Both databases wait this long, in seconds, for a lock that another process holds.
LOCK_WAIT = 30


class Failure(Enum):
    """How far an error inside a transaction reaches."""

    OWN = "own"  # only the closure that raised it
    CONFLICT = "conflict"  # the transaction, which may well succeed when it runs again
    LOST = "lost"  # the connection
    BUSY = "busy"  # no transaction began in all the time that one may wait


class Database(Protocol):
    """One connection. Inside a transaction there is always a savepoint, set before each closure."""

    sql: Statements

    def begin(self, *, write: bool) -> None:
        """Starts a transaction and sets its savepoint; for reading it sees one moment and refuses to write."""
        ...

    def advance(self) -> None:
        """Moves the savepoint to here."""
        ...

    def undo(self) -> None:
        """Back to the savepoint."""
        ...

    def commit(self) -> None:
        """Durable when it returns. Raises if the transaction was not committed as a whole."""
        ...

    def rollback(self) -> None:
        """Ends a transaction if there is one. Never raises."""
        ...

    def verdict(self, error: BaseException) -> Failure: ...

    def explain(self, error: BaseException) -> BaseException:
        """The error as users should see it: a driver's errors become ours."""
        ...

    def reopen(self) -> None:
        """After the connection was lost. Raises Unreachable."""
        ...

    def close(self) -> None: ...
