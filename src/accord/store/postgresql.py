"""A node's database on a PostgreSQL server, which any number of processes may share."""

from __future__ import annotations

from typing import Any

from accord.errors import ConfigurationInvalid, NeedsOperator, Unreachable
from accord.store import schema
from accord.store.database import LOCK_WAIT, Failure
from accord.store.statements import Statements, load

try:
    import psycopg
    from psycopg import errors
    from psycopg.pq import TransactionStatus
except ImportError as missing:  # pragma: no cover - the extra is always there in tests
    raise ConfigurationInvalid(
        "A PostgreSQL database needs a driver that is not installed.",
        remedy="Install it: pip install 'accord-sync[postgresql]'",
    ) from missing

OLDEST = 130000  # as the server tells its version
CONNECT_WAIT = 10
MIGRATION_LOCK = f"select pg_advisory_xact_lock({0x6163636F7264})"
# Every query of ours is made to run along an index. The queue changes faster than the statistics about it, and with
# stale ones the planner would now and then read whole tables; bitmap scans never tidy the entries of dead rows.
SESSION = f"""
set lock_timeout = '{LOCK_WAIT}s';
set enable_seqscan = off;
set enable_bitmapscan = off;
set enable_hashjoin = off;
set enable_mergejoin = off;
set jit = off;
select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'
"""
# A unique violation is one too: it needs two processes, and the second try sees what the other has written.
CONFLICTS = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.UniqueViolation,
)


def connect(url: str, *, autocommit: bool = True) -> psycopg.Connection[Any]:
    """Raises Unreachable, or ConfigurationInvalid for a malformed URL. Neither repeats the URL, which has a secret."""
    try:
        return psycopg.connect(
            url, autocommit=autocommit, connect_timeout=CONNECT_WAIT, application_name="accord", prepare_threshold=2
        )
    except psycopg.ProgrammingError:
        raise ConfigurationInvalid(
            "The database URL is not valid.", remedy="Write postgresql://user:password@host:5432/name"
        ) from None
    except psycopg.OperationalError as error:
        raise Unreachable(f"The PostgreSQL server can't be reached: {_first_line(error)}") from None


def prepare(url: str) -> None:
    """Brings the database to the newest schema. Raises ConfigurationInvalid, Unreachable."""
    with connect(url) as connection:
        name = f"{connection.info.dbname} on {connection.info.host}"
        if connection.info.server_version < OLDEST:
            raise ConfigurationInvalid(
                f"The PostgreSQL server of {name} is too old.", remedy="Use PostgreSQL 13 or newer."
            )
        if schema.outdated(_recorded(connection), name):
            schema.migrate("postgresql+psycopg", lambda: connect(url, autocommit=False), MIGRATION_LOCK, _recorded)


def _recorded(connection: Any) -> str | None:
    if not connection.execute("select to_regclass('alembic_version')::text").fetchone()[0]:
        return None
    row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


class PostgresDatabase:
    """One connection to a database that `prepare` has seen."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._open()

    def _open(self) -> None:
        self._connection = connect(self._url)
        self._connection.execute(SESSION, prepare=False)
        self.sql = Statements(load("postgresql", "psycopg"), self._connection)

    def _send(self, commands: str) -> str | None:
        # Several commands in one message save a round trip each.
        return self._connection.execute(commands.encode(), prepare=False).statusmessage

    def begin(self, *, write: bool) -> None:
        mode = "" if write else " isolation level repeatable read read only"
        self._send(f"begin{mode}; savepoint work")

    def advance(self) -> None:
        self._check()
        self._send("release savepoint work; savepoint work")

    def undo(self) -> None:
        self._send("rollback to savepoint work")

    def commit(self) -> None:
        self._check()
        if (told := self._send("commit")) != "COMMIT":
            raise psycopg.InternalError(f"The server answered {told} to a commit")

    def rollback(self) -> None:
        try:
            self._connection.rollback()
        except psycopg.Error:
            self._connection.close()

    def _check(self) -> None:
        # A closure may have swallowed an error: the server would then turn the commit into a rollback.
        if self._connection.info.transaction_status is not TransactionStatus.INTRANS:
            raise psycopg.InternalError("A statement failed, and its error was not passed on")

    def verdict(self, error: BaseException) -> Failure:
        if self._connection.closed:
            return Failure.LOST
        return Failure.CONFLICT if isinstance(error, CONFLICTS) else Failure.OWN

    def explain(self, error: BaseException) -> BaseException:
        if self._connection.closed and isinstance(error, psycopg.Error):
            return Unreachable(f"The connection to the PostgreSQL server was lost: {_first_line(error)}")
        if isinstance(error, errors.LockNotAvailable | errors.DeadlockDetected):
            return Unreachable(f"Another process has kept the database locked: {_first_line(error)}")
        if isinstance(error, psycopg.OperationalError):
            return NeedsOperator(f"The database can't be used: {_first_line(error)}", remedy="Look at its server.")
        return error

    def reopen(self) -> None:
        self._connection.close()
        self._open()

    def close(self) -> None:
        self._connection.close()
