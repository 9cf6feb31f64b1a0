"""The world of the demo: two folders, two configurations, two node processes."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accord.demo.people import Folder
from accord.errors import Unreachable

READY_SECONDS = 45.0

CONFIG = """# One of the two nodes of the demo. `accord check -c` this file, change it, play.
[node]
name = "{name}"
listen = "127.0.0.1:{port}"
poll_seconds = 1.0
acknowledgment_timeout = 3.0
retry_most = 2.0

[trackers.{tracker}]
kind = "markdown"
folder = "{tracker}"
prefix = "{prefix}"

[connections.{connection}]
tracker = "{tracker}"
trigger = "*"

[connections.{connection}.people]
{people}

[connections.{connection}.map]
summary = "both"
description = "both"
labels = "both"
assignee = "both"
comments = {{ direction = "both", author = "header" }}
attachments = "both"
status = {{ direction = "both", values = {status} }}
priority = {{ direction = "both", values = {priority} }}
"""


@dataclass(frozen=True)
class Team:
    """One side: its words for things, and its people. Words are in the same order on both sides."""

    node: str
    tracker: str
    prefix: str
    connection: str
    people: tuple[str, ...]
    statuses: tuple[str, ...]
    priorities: tuple[str, ...]


PAYMENTS = Team(
    node="payments",
    tracker="board",
    prefix="PAY",
    connection="operations",
    people=("anna", "ben"),
    statuses=("To do", "Doing", "Done"),
    priorities=("Low", "Normal", "Urgent"),
)
OPERATIONS = Team(
    node="operations",
    tracker="desk",
    prefix="OPS",
    connection="payments",
    people=("carla", "dan"),
    statuses=("New", "In progress", "Resolved"),
    priorities=("P3", "P2", "P1"),
)


class Node:
    """One node of the demo: its folder of items, and its process."""

    def __init__(self, team: Team, other: Team, root: Path) -> None:
        self.team, self.home = team, root / team.node
        self.config = self.home / "accord.toml"
        self.items = Folder(self.home / team.tracker)
        self._process: asyncio.subprocess.Process | None = None
        self.items.path.mkdir(parents=True)
        self._declare()
        self._configure(other)

    def _declare(self) -> None:
        """What this tracker knows: its own statuses, priorities and people."""
        lines = [f"statuses: {json.dumps(self.team.statuses)}", f"priorities: {json.dumps(self.team.priorities)}"]
        people = [f"  - {{username: {name}, email: {name}@example.net}}" for name in self.team.people]
        (self.items.path / "tracker.yaml").write_text("\n".join([*lines, "people:", *people, ""]))

    def _configure(self, other: Team) -> None:
        team = self.team
        text = CONFIG.format(
            name=team.node,
            port=_free_port(),
            tracker=team.tracker,
            prefix=team.prefix,
            connection=team.connection,
            people="\n".join(f'{a} = "{b}"' for a, b in zip(other.people, team.people, strict=True)),
            status=_pairs(other.statuses, team.statuses),
            priority=_pairs(other.priorities, team.priorities),
        )
        self.config.write_text(text)

    async def start(self) -> None:
        """Starts the process and waits until it takes requests."""
        log = (self.home / "node.log").open("ab")
        self._process = await asyncio.create_subprocess_exec(
            *_accord(), "--config", str(self.config), "up", stdout=asyncio.subprocess.PIPE, stderr=log
        )
        log.close()
        assert self._process.stdout
        try:
            async with asyncio.timeout(READY_SECONDS):
                line = await self._process.stdout.readline()
        except TimeoutError:
            line = b""
        if not line:
            raise Unreachable(f"The node {self.team.node} did not start.", remedy=f"See {self.home / 'node.log'}.")

    async def kill(self) -> int:
        """`kill -9`, in the middle of whatever it does. Gives the process id."""
        assert self._process
        self._process.kill()
        await self._process.wait()
        return self._process.pid

    async def stop(self) -> None:
        """Asks it to end."""
        if self._process and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
            await self._process.wait()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    async def accord(self, *words: str) -> str:
        """Runs an `accord` command beside this node. Raises Unreachable with what it said if it fails."""
        process = await asyncio.create_subprocess_exec(
            *_accord(),
            "--config",
            str(self.config),
            *words,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=os.environ | {"COLUMNS": "1000", "NO_COLOR": "1"},
        )
        out, error = await process.communicate()
        if process.returncode != 0:
            raise Unreachable(f"accord {words[0]} failed: {error.decode().strip() or out.decode().strip()}")
        return out.decode()

    async def ask(self, *words: str) -> Any:
        """An `accord` command's `--json` answer."""
        return json.loads(await self.accord(*words, "--json"))


def _accord() -> list[str]:
    return [sys.executable, "-m", "accord.cli"]


def _pairs(theirs: tuple[str, ...], ours: tuple[str, ...]) -> str:
    return "{ " + ", ".join(f'"{a}" = "{b}"' for a, b in zip(theirs, ours, strict=True)) + " }"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
