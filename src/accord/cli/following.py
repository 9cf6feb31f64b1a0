"""Watching syncs that were asked for until they rest, and telling how they come along."""

from __future__ import annotations

import asyncio
import fcntl
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accord.cli.saying import clean, console

if TYPE_CHECKING:
    from accord.config import Config
    from accord.operations.progress import Progress
    from accord.operations.sync import Registered
    from accord.ports import Ports


@dataclass
class Followed:
    """One key that was asked for: what was registered, how far that has come, and what went wrong, if anything."""

    key: str
    registered: Registered | None = None
    error: dict[str, Any] | None = None
    seen: Progress | None = None
    late: bool = False

    @property
    def status(self) -> str:
        if self.seen is not None:
            return f"{self.seen.status}{' (still)' if self.late else ''}"
        return "registered" if self.registered else "failed"

    @property
    def remote_key(self) -> str | None:
        if self.seen is not None and self.seen.remote_key:
            return self.seen.remote_key
        return self.registered.remote_key if self.registered else None

    @property
    def failed(self) -> bool:
        return self.error is not None or self.late

    def data(self) -> dict[str, Any]:
        """For `--json`."""
        registered = self.registered
        return {
            "key": registered.key if registered else self.key,
            "remote_key": self.remote_key,
            "remote_url": self.seen.remote_url if self.seen else None,
            "connection": registered.connection if registered else None,
            "twin_id": registered.twin_id if registered else None,
            "new": registered.new if registered else None,
            "status": str(self.seen.status) if self.seen else "registered" if registered else "failed",
            "error": self.error,
        }


async def follow_all(ports: Ports, asked: list[Followed], seconds: float) -> None:
    """Follows each until it rests, for at most `seconds` in all; a line on standard error shows how it goes."""
    waiting = [one for one in asked if one.registered]
    with console(error=True).status(_line(waiting)) as shown, suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(_follow(ports, one, lambda: shown.update(_line(waiting))) for one in waiting))
    for one in waiting:
        one.late = one.seen is None or not one.seen.resting


async def _follow(ports: Ports, one: Followed, tell: Any) -> None:
    from accord.operations.progress import follow
    from accord.operations.queue import Status

    assert one.registered, "only what was registered is followed"
    async for seen in follow(ports, one.registered.twin_id):
        one.seen = seen
        one.error = seen.cause if seen.status is Status.BLOCKED else None
        tell()


def _line(waiting: list[Followed]) -> str:
    moving = [one for one in waiting if one.seen is None or not one.seen.resting]
    first = f": {moving[0].key} {moving[0].status}" if moving else ""
    return clean(f"{len(waiting) - len(moving)} of {len(waiting)} done{first}")


def node_runs(config: Config) -> bool:
    """Whether a node works on this database. Where others may share it, one is taken to be somewhere."""
    if config.node.database is not None:
        return True
    try:
        with (config.node.data / "node.lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
