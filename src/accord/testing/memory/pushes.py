"""Hints that the tracker sends by itself, as late, as often and in the order that a test wants."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from accord.ports import Hint


class Pushes:
    """Everybody who listens gets every hint that arrives; what arrives while nobody listens is lost."""

    def __init__(self) -> None:
        self._listeners: list[asyncio.Queue[Hint]] = []

    def send(self, hint: Hint, delay: float) -> None:
        """It arrives after `delay` seconds. A delay needs a running loop."""
        if delay:
            asyncio.get_running_loop().call_later(delay, self._arrive, hint)
        else:
            self._arrive(hint)

    async def listen(self) -> AsyncIterator[Hint]:
        queue: asyncio.Queue[Hint] = asyncio.Queue()
        self._listeners.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.remove(queue)

    def _arrive(self, hint: Hint) -> None:
        for queue in self._listeners:
            queue.put_nowait(hint)


async def nothing() -> AsyncIterator[Hint]:
    none: tuple[Hint, ...] = ()
    for hint in none:
        yield hint
