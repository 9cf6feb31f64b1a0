"""From a URL to a store that is ready for work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from accord.errors import ConfigurationInvalid
from accord.ports import Transaction
from accord.store.database import Database
from accord.store.executors import Executor, Inline, Threaded
from accord.store.groups import Group
from accord.store.sqlite import MEMORY, SqliteDatabase
from accord.store.sqlite import prepare as prepare_sqlite

T = TypeVar("T")


class SqlStore:
    """The node's database: `ports.Store`. Reading has a connection of its own wherever it can."""

    def __init__(self, writer: Executor, reader: Executor) -> None:
        self._writer, self._reader = writer, reader

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Does all of `work` in one transaction, durable when this returns. `work` may run twice: see `Group`."""
        return await self._writer.run(work)

    async def read(self, work: Callable[[Transaction], T]) -> T:
        """Like `run`, for work that only reads: it sees one moment, at least as new as all that `run` has done."""
        return await self._reader.run(work)

    async def close(self) -> None:
        """Finishes what was handed in."""
        await self._writer.close()
        if self._reader is not self._writer:
            await self._reader.close()


def open_store(url: str, *, inline: bool = False) -> SqlStore:
    """A store on `sqlite:///path` (or a path), `sqlite://` (memory) or `postgresql://...`, its schema up to date.

    `inline` runs everything on the caller's thread, in order, for a simulation. Raises ConfigurationInvalid (no such
    kind of database, not writable, made by a newer release) and Unreachable.
    """
    connect, shared = _prepared(url)
    if inline:
        database = connect()
        return SqlStore(Inline(Group(database)), Inline(Group(database, write=False)))
    writer = Threaded(Group(connect()), "accord-store-writer")
    if not shared:
        return SqlStore(writer, writer)
    return SqlStore(writer, Threaded(Group(connect(), write=False), "accord-store-reader"))


def _prepared(url: str) -> tuple[Callable[[], Database], bool]:
    """Brings a database up to date. Gives what opens a connection to it, and whether several see the same."""
    if url.startswith(("postgresql://", "postgres://")):
        from accord.store.postgresql import PostgresDatabase
        from accord.store.postgresql import prepare as prepare_postgresql

        prepare_postgresql(url)
        return lambda: PostgresDatabase(url), True
    path = _path(url)
    if path != MEMORY:
        prepare_sqlite(path)
    return lambda: SqliteDatabase(path), path != MEMORY


def _path(url: str) -> str:
    """The file of a SQLite URL; ConfigurationInvalid for any other kind of URL."""
    if url in ("sqlite://", MEMORY, f"sqlite:///{MEMORY}"):
        return MEMORY
    path = url.removeprefix("sqlite:///")
    if "://" in path or not path:
        raise ConfigurationInvalid(
            "There is no such kind of database.",
            remedy="Write sqlite:///path/to/accord.db or postgresql://user:password@host/name",
            field="database",
            value=url.split("://")[0],
        )
    return str(Path(path).expanduser())
