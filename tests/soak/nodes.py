"""A node as a process: started, killed without warning, asked through the command line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "accord.cli")
CODE = re.compile(r"accord1\.[A-Za-z0-9_-]{40,}")
CREATING = "select 1 from twins where creating = 1 limit 1"
READY_WITHIN = 60.0


class NodeFailed(Exception):
    """A node or one of its commands did not do what it should."""


@dataclass(frozen=True)
class Work:
    """What `accord status` tells: items with something waiting or blocked, and trackers and connections that stand
    still as one."""

    waiting: int
    blocked: int
    stops: int

    @property
    def idle(self) -> bool:
        return not (self.waiting or self.blocked or self.stops)

    def __str__(self) -> str:
        return f"{self.waiting} waiting, {self.blocked} blocked" + (f", {self.stops} stopped" if self.stops else "")


class Node:
    """One installation in `folder`, with its `accord.toml` there."""

    def __init__(self, name: str, folder: Path, port: int, secrets: dict[str, str]) -> None:
        self.name, self.folder, self.port = name, folder, port
        self.kills = 0
        self._environment = {**os.environ, **secrets, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "5000"}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / "node.log"

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Starts the process; does not wait for it to be ready."""
        if self._process is not None and not self.alive:
            raise NodeFailed(f"{self.name} ended by itself: {self.log_end()}")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*COMMAND, "-c", str(self.folder / "accord.toml"), "up"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment,
                start_new_session=True,
            )

    async def ready(self) -> None:
        """Waits until it takes connections. Raises NodeFailed."""
        until = time.monotonic() + READY_WITHIN
        while time.monotonic() < until:
            if not self.alive:
                raise NodeFailed(f"{self.name} ended by itself: {self.log_end()}")
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            await asyncio.sleep(0.1)
        raise NodeFailed(f"{self.name} was not ready within {READY_WITHIN:.0f} s: {self.log_end()}")

    async def commits(self, within: float) -> None:
        """Waits until the node has written to its database, or so many seconds."""
        log, until = self.folder / "data" / "accord.db-wal", time.monotonic() + within
        before = _written_at(log)
        while _written_at(log) == before and time.monotonic() < until:
            await asyncio.sleep(0.001)

    async def makes_an_item(self, within: float) -> None:
        """Waits until the node has written down that it is about to make an item, or so many seconds."""
        until = time.monotonic() + within
        with contextlib.closing(self._database()) as connection:
            while time.monotonic() < until and not connection.execute(CREATING).fetchone():
                await asyncio.sleep(0.001)

    def kill(self) -> None:
        """`kill -9`. Raises NodeFailed if it was gone already."""
        if not self.alive or self._process is None:
            raise NodeFailed(f"{self.name} ended by itself: {self.log_end()}")
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()
        self._process = None
        self.kills += 1

    def stop(self) -> None:
        """Ends it for good, and all that it started."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    async def invite(self, connection: str) -> str:
        """The invitation code. Raises NodeFailed."""
        said = await self.run("invite", connection)
        found = CODE.search(said)
        if found is None:
            raise NodeFailed(f"{self.name} gave no code: {said}")
        return found[0]

    async def accept(self, code: str, connection: str) -> None:
        await self.run("accept", code, connection)

    async def work(self) -> Work:
        """What is still to do. Raises NodeFailed."""
        status = json.loads(await self.run("status", "--json"))
        connections = status["connections"]
        counted = [sum(int(c[name]) for c in connections) for name in ("waiting_out", "waiting_in", "blocked")]
        stops = sum(1 for one in (*connections, *status["trackers"]) if one["stop"])
        return Work(counted[0] + counted[1], counted[2], stops)

    async def errors(self) -> str:
        """What holds up work, as it is told to people."""
        return await self.run("errors")

    async def run(self, *arguments: str) -> str:
        """One command; gives what it printed. Raises NodeFailed."""
        process = await asyncio.create_subprocess_exec(
            *COMMAND,
            "-c",
            str(self.folder / "accord.toml"),
            *arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._environment,
        )
        said, complained = await process.communicate()
        if process.returncode:
            raise NodeFailed(f"{self.name}: accord {arguments[0]}: {complained.decode()}{said.decode()}")
        return said.decode()

    def conflict_losers(self) -> Iterator[Any]:
        """Every value that the history of this node keeps as the loser of a conflict."""
        for step, body in self._history():
            details = json.loads(body).get("details", {})
            if step == "conflict":
                yield details.get("lost")
            for note in details.get("conflicts_there", ()):
                yield note.get("lost")

    def _history(self) -> list[tuple[str, str]]:
        with contextlib.closing(self._database()) as connection:
            return connection.execute("select step, body from history order by id").fetchall()

    def _database(self) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{self.folder / 'data' / 'accord.db'}?mode=ro", uri=True)

    def log_end(self) -> str:
        return self.log.read_text(errors="replace")[-2000:] if self.log.exists() else ""


def _written_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def free_port() -> int:
    """A port of loopback that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
