"""An event loop with a time of its own: what would wait does not, and the same run comes out every time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


class Deadlock(RuntimeError):
    """Everything waits, and nothing will ever happen."""


class SimulatedLoop(asyncio.BaseEventLoop):
    """Runs callbacks in the order in which they are due. `time()` is in seconds since the loop was made.

    There are no sockets, and no threads: what is handed to an executor is done at once. Raises Deadlock when nothing
    is ready and no timer is set.
    """

    def __init__(self) -> None:
        super().__init__()
        self._passed = 0.0
        self._selector = self

    def time(self) -> float:
        return self._passed

    def select(self, timeout: float | None) -> tuple[()]:
        """In place of waiting for `timeout` seconds they have passed."""
        if timeout is None:
            raise Deadlock("Everything waits, and nothing will ever happen.")
        self._passed += timeout
        return ()

    def run_in_executor(self, _: Any, func: Callable[..., T], *args: Any) -> asyncio.Future[T]:  # type: ignore[override]
        done: asyncio.Future[T] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:
            done.set_exception(error)
        return done

    def _process_events(self, _: object) -> None:
        return None

    def _write_to_self(self) -> None:
        return None
