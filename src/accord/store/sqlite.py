"""A node's database in a SQLite file, or in memory."""

from __future__ import annotations

import os
import sqlite3
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from accord.errors import ConfigurationInvalid, NeedsOperator, Unreachable
from accord.store import schema
from accord.store.database import LOCK_WAIT, Failure
from accord.store.statements import Statements, load

MEMORY = ":memory:"
OLDEST = (3, 35, 0)  # the first with `returning`
LOCKED = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


def prepare(path: str) -> None:
    """Makes the file, for its owner only, and brings it to the newest schema. Raises ConfigurationInvalid."""
    if sqlite3.sqlite_version_info < OLDEST:
        raise ConfigurationInvalid(
            f"SQLite {sqlite3.sqlite_version} is too old.", remedy="Use a Python with SQLite 3.35 or newer."
        )
    try:
        _make_private(Path(path))
        connection = connect(path)
        try:
            outdated = schema.outdated(_recorded(connection), path)
        finally:
            connection.close()
        if outdated:
            schema.migrate("sqlite", lambda: connect(path), "begin immediate", _recorded)
    except (OSError, sqlite3.Error) as error:
        raise ConfigurationInvalid(
            f"The database can't be opened: {error}.",
            remedy="It has to be a file on a local disk that this account may write, made by Accord.",
            file=path,
        ) from error


@cache
def _empty() -> sqlite3.Connection:
    """A database in memory with the newest schema and nothing in it, to copy: a simulation opens thousands."""
    with TemporaryDirectory() as folder:
        path = str(Path(folder) / "empty.db")
        prepare(path)
        empty = sqlite3.connect(MEMORY, check_same_thread=False)
        file = connect(path)
        file.backup(empty)
        file.close()
    return empty


def connect(path: str) -> sqlite3.Connection:
    """A connection that commits to disk before it says so. Waits up to 30 s for other processes that write."""
    connection = sqlite3.connect(
        path, timeout=LOCK_WAIT, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    (mode,) = connection.execute("pragma journal_mode = wal").fetchone()
    if mode not in ("wal", "memory"):
        connection.close()
        raise sqlite3.OperationalError(f"the file system does not support write-ahead logging (it offers {mode!r})")
    connection.execute("pragma synchronous = full")
    return connection


def _make_private(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # SQLite gives its -wal and -shm files the mode of the database file.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))


def _recorded(connection: Any) -> str | None:
    if not connection.execute("select 1 from sqlite_schema where name = 'alembic_version'").fetchone():
        return None
    row = connection.execute("select version_num from alembic_version").fetchone()
    return str(row[0]) if row else None


def _is_locked(error: sqlite3.Error) -> bool:
    # The extended codes have the plain one in their lowest byte.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in LOCKED


class SqliteDatabase:
    """One connection to a file that `prepare` has made, or to a new database in memory."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._open()

    def _open(self) -> None:
        self._connection = connect(self._path)
        if self._path == MEMORY:
            _empty().backup(self._connection)
        self.sql = Statements(load("sqlite", "sqlite3"), self._connection)

    def begin(self, *, write: bool) -> None:
        self._connection.execute(f"pragma query_only = {0 if write else 1}")
        self._connection.execute("begin immediate" if write else "begin")
        self._connection.execute("savepoint work")

    def advance(self) -> None:
        self._connection.execute("release work")
        self._connection.execute("savepoint work")

    def undo(self) -> None:
        self._connection.execute("rollback to work")

    def commit(self) -> None:
        self._connection.execute("commit")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("rollback")

    def verdict(self, error: BaseException) -> Failure:
        if not isinstance(error, sqlite3.Error) or self._connection.in_transaction:
            return Failure.OWN
        # A full disk, or a failing one, makes SQLite undo the whole transaction by itself.
        return Failure.BUSY if _is_locked(error) else Failure.CONFLICT

    def explain(self, error: BaseException) -> BaseException:
        if not isinstance(error, sqlite3.OperationalError) and type(error) is not sqlite3.DatabaseError:
            return error
        if _is_locked(error):
            return Unreachable(f"Another process has kept the database locked for {LOCK_WAIT} seconds.")
        return NeedsOperator(
            f"The database can't be used: {error}.",
            remedy="Look at its disk: is it full, or read-only?",
            file=self._path,
        )

    def reopen(self) -> None:
        self._connection.close()
        self._open()

    def close(self) -> None:
        self._connection.close()
