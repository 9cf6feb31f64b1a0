"""Watching syncs that were asked for until they rest, and telling how they come along."""

from __future__ import annotations

import fcntl
from collections.abc import Sequence
from typing import TYPE_CHECKING

from accord.cli.saying import clean, console

if TYPE_CHECKING:
    from accord.config import Config
    from accord.operations.following import Followed
    from accord.ports import Ports


async def watch_all(ports: Ports, asked: Sequence[Followed], seconds: float) -> None:
    """Follows each until it rests, for at most `seconds` in all; a line on standard error shows how it goes."""
    from accord.operations.following import follow_all

    waiting = [one for one in asked if one.registered]
    with console(error=True).status(_line(waiting)) as shown:
        await follow_all(ports, waiting, seconds, lambda: shown.update(_line(waiting)))


def _line(waiting: Sequence[Followed]) -> str:
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
