"""Keeps asking the trackers what changed: polls each at its pace, and listens to those that push."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress

import structlog

from accord.errors import AccordError, Unauthorized
from accord.ports import Hint, Ports, Tracker, Transaction
from accord.steps.detect import detect, register

log = structlog.get_logger("accord.node")


class Detector:
    """Watches one tracker. `found` is called when sync events were registered."""

    def __init__(self, ports: Ports, tracker: Tracker, poll_seconds: float, found: Callable[[], None]) -> None:
        self._ports, self._tracker, self._poll_seconds, self._found = ports, tracker, poll_seconds, found
        self._troubled: str | None = ""
        self._nudged = asyncio.Event()

    async def run(self) -> None:
        """Polls and listens until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._poll())
            if self._tracker.capabilities.pushes:
                tasks.create_task(self._listen())

    def look(self) -> None:
        """Polls now, not only when it is time."""
        self._nudged.set()

    async def poll_once(self) -> int:
        """One look at the tracker; the number of sync events registered."""
        registered = await detect(self._ports, self._tracker)
        if registered:
            self._found()
        return registered

    async def _poll(self) -> None:
        while True:
            self._nudged.clear()
            try:
                await self.poll_once()
                await self._tell_trouble(None)
            except AccordError as error:
                error.step = error.step or "detect"
                await self._tell_trouble(error)
            except Exception:  # a bug of a connector must not end the looking
                log.exception("detect.bug", tracker=self._tracker.name)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await self._nudged.wait()

    async def _listen(self) -> None:
        while True:
            try:
                async for hint in self._tracker.watch():
                    await self._register([hint])
            except AccordError as error:
                await self._tell_trouble(error)
            except Exception:  # likewise
                log.exception("watch.bug", tracker=self._tracker.name)
            await self._ports.clock.sleep(self._poll_seconds)

    async def _register(self, hints: list[Hint]) -> None:
        if await register(self._ports, self._tracker, hints, "seen at once"):
            self._found()

    async def _tell_trouble(self, error: AccordError | None) -> None:
        """Why this tracker can't be looked at, for `accord status`; written only when it changes."""
        trouble = json.dumps(error.to_json()) if error else None
        if trouble == self._troubled:
            return
        self._troubled = trouble

        def work(tx: Transaction) -> None:
            tx.put_fact(f"trouble.{self._tracker.name}", trouble or "")
            if error is None:
                tx.lift_hold("tracker", self._tracker.name)

        with suppress(AccordError):
            await self._ports.store.run(work)
        if error:
            revoked = isinstance(error, Unauthorized)
            log.warning("detect.failed", tracker=self._tracker.name, revoked=revoked, **error.to_json())
