"""One suite for every database: SQLite in a file, SQLite in memory without threads, and a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from accord.store import SqlStore, open_store
from accord.testing.postgres import PostgresServer, name_of, postgres_server


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: PostgresServer) -> str:
    """The name of a database with the newest schema, to copy from."""
    from accord.store.postgresql import prepare

    url = postgres.database()
    prepare(url)
    return name_of(url)


@pytest.fixture
def postgres_url(postgres: PostgresServer, migrated: str) -> Iterator[str]:
    url = postgres.database(migrated)
    yield url
    postgres.drop(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'node' / 'accord.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def shared_url(request: pytest.FixtureRequest) -> str:
    """A database that several stores and processes can open."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "memory", "postgres"])
async def store(request: pytest.FixtureRequest) -> AsyncIterator[SqlStore]:
    if request.param == "memory":
        opened = open_store(":memory:", inline=True)
    else:
        opened = open_store(request.getfixturevalue(f"{request.param}_url"))
    yield opened
    await opened.close()


@pytest.fixture
async def opened(shared_url: str) -> AsyncIterator[Callable[[], SqlStore]]:
    """Opens as many stores as one likes on one database, as so many processes would."""
    stores: list[SqlStore] = []

    def another() -> SqlStore:
        stores.append(open_store(shared_url))
        return stores[-1]

    yield another
    for one in stores:
        await one.close()
