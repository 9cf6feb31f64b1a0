"""Where closures run: on a thread of their own, or at once where they are called."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Protocol, TypeVar

from accord.errors import Unreachable
from accord.store.groups import Group, Job
from accord.store.transaction import SqlTransaction

T = TypeVar("T")

# Bounds how long the first of a group waits for the last, and how long rows stay locked.
GROUP_SIZE = 128


class Executor(Protocol):
    """Runs closures and gives what they give."""

    async def run(self, work: Callable[[SqlTransaction], T]) -> T: ...

    async def close(self) -> None: ...


class Inline:
    """Runs each closure at once, in a transaction of its own: with no thread, the same order every time."""

    def __init__(self, group: Group) -> None:
        self._group = group

    async def run(self, work: Callable[[SqlTransaction], T]) -> T:
        job = Job(work)
        self._group.perform([job])
        result: T = job.outcome()
        return result

    async def close(self) -> None:
        self._group.database.close()


Waiting = tuple[Job, "asyncio.Future[Any]"]


class Threaded:
    """A thread that owns the connection and takes all closures that wait into one transaction."""

    def __init__(self, group: Group, name: str) -> None:
        self._group = group
        self._queue: SimpleQueue[Waiting | None] = SimpleQueue()
        self._closed = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def run(self, work: Callable[[SqlTransaction], T]) -> T:
        """Raises Unreachable once the store is closed."""
        if self._closed:
            raise Unreachable("The database is closed.")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.put((Job(work), future))
        return await future

    async def close(self) -> None:
        """Finishes what was handed in, then closes the connection."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        going_on = True
        while going_on:
            group, going_on = self._next_group()
            if group:
                self._group.perform([job for job, _ in group])
                _tell(group)
        self._group.database.close()

    def _next_group(self) -> tuple[list[Waiting], bool]:
        """Waits for one closure, then takes all that wait with it; and whether to go on after them."""
        group: list[Waiting] = []
        try:
            waiting = self._queue.get()
            while waiting is not None:
                group.append(waiting)
                if len(group) == GROUP_SIZE:
                    return group, True
                waiting = self._queue.get_nowait()
        except Empty:
            return group, True
        return group, False


def _tell(group: list[Waiting]) -> None:
    """Resolves the futures of a group, waking each event loop once."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Waiting]] = defaultdict(list)
    for waiting in group:
        by_loop[waiting[1].get_loop()].append(waiting)
    for loop, told in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_resolve, told)


def _resolve(told: list[Waiting]) -> None:
    for job, future in told:
        if future.done():
            continue
        if job.error is not None:
            future.set_exception(job.error)
        else:
            future.set_result(job.result)
