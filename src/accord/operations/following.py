"""Items that were asked for by their keys: registered, and followed until they rest."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any

from accord.errors import AccordError
from accord.operations.choose import outcome
from accord.operations.progress import Progress, follow
from accord.operations.queue import Status
from accord.operations.sync import Registered, sync
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

    def told(self) -> Synced:
        """As machines read it."""
        registered = self.registered
        return Synced(
            key=registered.key if registered else self.key,
            remote_key=self.remote_key,
            remote_url=self.seen.remote_url if self.seen else None,
            connection=registered.connection if registered else None,
            twin_id=registered.twin_id if registered else None,
            new=registered.new if registered else None,
            status=str(self.seen.status) if self.seen else "registered" if registered else "failed",
            error=self.error,
        )


@dataclass(frozen=True)
class Synced:
    """What became of one key. `status`: registered, failed (`error` as an error's `to_json()`), or that of its sync
    event; `new`: it came under sync with it."""

    key: str
    remote_key: str | None
    remote_url: str | None
    connection: str | None
    twin_id: str | None
    new: bool | None
    status: str
    error: dict[str, Any] | None


async def register(
    keys: Iterable[str], connection: str | None, acting: Callable[[str], AbstractAsyncContextManager[Ports]]
) -> list[Followed]:
    """Brings items under sync, or looks at them at once, each as an act of its own: see `sync`. What goes wrong with
    one is in its answer, and does not keep the others."""
    results: list[Followed] = []
    for key in dict.fromkeys(keys):
        try:
            async with acting(key) as ports:
                results += [Followed(key, registered) for registered in await sync(ports, key, connection)]
        except AccordError as error:
            results.append(Followed(key, error=error.to_json()))
    return results


async def follow_all(
    ports: Ports, asked: Sequence[Followed], seconds: float, tell: Callable[[], None] = lambda: None
) -> None:
    """Follows each until it rests, for at most `seconds` in all; `tell` is called at each change."""
    waiting = [one for one in asked if one.registered]
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(_follow(ports, one, tell) for one in waiting))
    for one in waiting:
        one.late = one.seen is None or not one.seen.resting


async def carried_out(ports: Ports, twin_id: str, key: str, field: str, seconds: float) -> str:
    """What became of a decision about a field, `seconds` at most after it was made: see `outcome`."""
    followed = Followed(key, Registered(key, None, "", twin_id, new=False))
    await follow_all(ports, [followed], seconds)
    return await outcome(ports, twin_id, field)


async def _follow(ports: Ports, one: Followed, tell: Callable[[], None]) -> None:
    assert one.registered, "only what was registered is followed"
    async for seen in follow(ports, one.registered.twin_id):
        one.seen = seen
        one.error = seen.cause if seen.status is Status.BLOCKED else None
        tell()
