"""The databases of a run: in memory, in a file, or on a real PostgreSQL server. They outlive the node's process."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Protocol

from accord.store.executors import Inline
from accord.store.groups import Group
from accord.store.opening import SqlStore, open_store
from accord.store.sqlite import MEMORY, SqliteDatabase, prepare


class Disk(Protocol):
    """What is left of a node when its process is gone."""

    def open(self) -> SqlStore:
        """A store for a new process; its `close` ends that process's use of it."""
        ...


class InMemory:
    """A database that is there as long as this object."""

    def __init__(self) -> None:
        self._database = SqliteDatabase(MEMORY)

    def open(self) -> SqlStore:
        inline = KeptOpen(self._database)
        return SqlStore(inline, inline)


class KeptOpen(Inline):
    """Leaves the database open when a process that used it is gone."""

    def __init__(self, database: SqliteDatabase) -> None:
        super().__init__(Group(database))

    async def close(self) -> None:
        return None


class InFile:
    """A database file, which can be backed up and brought back."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path, self._backup = folder / "accord.db", folder / "backup.db"
        shutil.copyfile(_empty_database(), self._path)

    def open(self) -> SqlStore:
        path = str(self._path)
        return SqlStore(Inline(Group(SqliteDatabase(path))), Inline(Group(SqliteDatabase(path), write=False)))

    def back_up(self) -> None:
        """Copies the database as it stands."""
        with closing(sqlite3.connect(self._path)) as now, closing(sqlite3.connect(self._backup)) as copy:
            now.backup(copy)

    def restore(self) -> bool:
        """Brings back the copy, if there is one; no process may use it."""
        if not self._backup.exists():
            return False
        for path in self._path.parent.glob("accord.db*"):
            path.unlink()
        shutil.copyfile(self._backup, self._path)
        return True


class OnServer:
    """A database of a PostgreSQL server."""

    def __init__(self, url: str) -> None:
        self._url = url

    def open(self) -> SqlStore:
        return open_store(self._url, inline=True)


@cache
def _empty_database() -> Path:
    path = Path(mkdtemp(prefix="accord-simulation-")) / "empty.db"
    prepare(str(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma wal_checkpoint(truncate)")
    return path
