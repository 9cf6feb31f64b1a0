"""One life of a node's process. When it is over nothing of it has any effect any more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from tests.simulation.plan import Fault

if TYPE_CHECKING:
    from tests.simulation.world import World

T = TypeVar("T")


class Life:
    """Counts the places that the process passes, and lets happen there what the plan says."""

    def __init__(self, world: World, node: str, die: Callable[[float], None]) -> None:
        self.world, self.node, self._die = world, node, die
        self.over = False
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Work that ends with this life."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def end(self) -> None:
        """The process is gone."""
        self.over = True
        for task in list(self._tasks):
            task.cancel()

    async def arrive(self, place: str, label: str) -> Fault | None:
        """Comes to a place, after the time that it takes to get there; what is to happen there, if anything."""
        self._check()
        await self.world.pass_time(place)
        self._check()
        fault = self.world.fault_at(self.node, place, label)
        if fault and fault.what == "crash before":
            await self.crash(fault, f"before {label}")
        return fault

    async def leave(self, fault: Fault | None, place: str, label: str) -> None:
        """What was done at the place is done; the answer is on its way."""
        if fault and fault.what == "crash after":
            await self.crash(fault, f"after {label}")
        await self.world.pass_time(place)
        self._check()

    async def crash(self, fault: Fault, when: str) -> NoReturn:
        """The process is killed here and now."""
        self.world.say(f"the {self.node} node is killed {when}")
        self._die(fault.seconds)
        raise asyncio.CancelledError

    def _check(self) -> None:
        if self.over:
            raise asyncio.CancelledError
