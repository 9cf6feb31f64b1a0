"""Opening a store: which URLs there are, who may read the file, and which schema it gets."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from accord.errors import ConfigurationInvalid, Unreachable
from accord.store import open_store, schema
from accord.testing.postgres import PostgresServer


@pytest.mark.parametrize("form", ["sqlite:///{}", "{}"])
async def test_a_new_file_is_for_its_owner_only(tmp_path: Path, form: str) -> None:
    path = tmp_path / "node" / "accord.db"
    store = open_store(form.format(path))
    await store.run(lambda tx: tx.put_fact("a", "1"))

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (path.parent, *path.parent.iterdir())}
    assert modes == {"node": 0o700, "accord.db": 0o600, "accord.db-wal": 0o600, "accord.db-shm": 0o600}
    await store.close()


@pytest.mark.parametrize("url", ["sqlite://", ":memory:", "sqlite:///:memory:"])
@pytest.mark.parametrize("inline", [True, False])
async def test_memory_is_forgotten(url: str, inline: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store(url, inline=inline)
    await store.run(lambda tx: tx.put_fact("a", "1"))
    assert await store.read(lambda tx: tx.fact("a")) == "1"
    await store.close()
    other = open_store(url, inline=inline)
    assert await other.read(lambda tx: tx.fact("a")) is None
    await other.close()
    assert list(tmp_path.iterdir()) == []


async def test_what_was_written_is_there_after_opening_again(shared_url: str) -> None:
    for number in range(3):
        store = open_store(shared_url)
        assert await store.run(lambda tx: tx.fact("runs")) == (str(number) if number else None)
        await store.run(lambda tx, next_one=number + 1: tx.put_fact("runs", str(next_one)))  # type: ignore[misc]
        await store.close()


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite:///", ""])
def test_another_kind_of_database_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="no such kind of database"):
        open_store(url)


def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear reader, " * 100)
    with pytest.raises(ConfigurationInvalid, match="not a database") as caught:
        open_store(str(letter))
    assert caught.value.file == str(letter)
    assert letter.read_text() == "Dear reader, " * 100


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="can't be opened"):
        open_store(str(tmp_path))


async def test_a_database_of_a_newer_release_is_refused(sqlite_url: str) -> None:
    await open_store(sqlite_url).close()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        connection.execute("update alembic_version set version_num = '9999'")
    with pytest.raises(ConfigurationInvalid, match="newer release of Accord") as caught:
        open_store(sqlite_url)
    assert caught.value.value == "9999"


def test_the_newest_revision_is_the_one_that_alembic_finds() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS))
    found = [revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()]
    assert tuple(reversed(found)) == schema.revisions()


async def test_a_database_that_is_up_to_date_opens_without_the_migration_tool(sqlite_url: str) -> None:
    await open_store(sqlite_url).close()
    script = (
        "import asyncio, sys; from accord.store import open_store; asyncio.run(open_store(sys.argv[1]).close());"
        "print([name for name in ('alembic', 'sqlalchemy', 'psycopg') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", script, sqlite_url], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_processes_that_open_a_new_database_at_once_make_it_once(
    kind: str, tmp_path: Path, postgres: PostgresServer
) -> None:
    url = postgres.database() if kind == "postgres" else str(tmp_path / "accord.db")
    start, errors = threading.Barrier(4), []

    def opening() -> None:
        start.wait()
        try:
            asyncio.run(open_store(url).close())
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=opening) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


async def test_a_process_that_keeps_the_file_locked_is_told_of(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("accord.store.sqlite.LOCK_WAIT", 0.05)
    store = open_store(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("begin immediate")
    with pytest.raises(Unreachable, match="kept the database locked"):
        await store.run(lambda tx: tx.put_fact("a", "1"))
    assert await store.read(lambda tx: tx.fact("a")) is None
    other.execute("rollback")
    await store.run(lambda tx: tx.put_fact("a", "1"))
    other.close()
    await store.close()
