"""Claims twins that have something due, and works on them side by side."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

import structlog

from accord.errors import WaitAndRetry
from accord.model import Connection, ConnectionState
from accord.node.watermark import Watermark
from accord.node.work import work_on
from accord.ports import Hold, Lease, LeaseLost, Ports, Transaction

log = structlog.get_logger("accord.node")

LEASE_SECONDS = 30.0
IDLE_SECONDS = 0.5


class Worker:
    """One process's share of the work. `wake` says that something may be due; the database says what.

    `at_once` twins are worked on at a time. `owner` names this process in leases. It looks by itself every
    `idle_seconds`: for what has come due, and for what other processes registered. `watermark` follows the work.
    """

    def __init__(
        self,
        ports: Ports,
        owner: str,
        *,
        at_once: int = 16,
        jitter: Callable[[], float] = random.random,
        idle_seconds: float = IDLE_SECONDS,
        watermark: Watermark | None = None,
    ) -> None:
        self._ports, self._owner, self._at_once, self._jitter = ports, owner, at_once, jitter
        self._idle_seconds, self._watermark = idle_seconds, watermark
        self._awake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """Something was registered: look at once."""
        self._awake.set()

    async def run(self) -> None:
        """Works until cancelled; work under way is then given up where it is, and taken up after its lease."""
        try:
            while True:
                await self._turn()
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def run_until_idle(self) -> None:
        """Works until nothing is due: for tests."""
        while await self.work_once():
            pass

    async def work_once(self) -> bool:
        """Works on one twin that has something due, if there is one."""
        leases = await self.claim(1)
        for lease in leases:
            await work_on(self._ports, lease, self._jitter)
        return bool(leases)

    async def claim(self, limit: int) -> list[Lease]:
        """Takes leases on up to `limit` twins."""
        now = self._ports.clock.now()
        until = now + timedelta(seconds=LEASE_SECONDS)

        def work(tx: Transaction) -> tuple[list[Lease], int | None]:
            held = _held_connections(tx.connections(), _standing_holds(tx, self._ports))
            leases = tx.claim(self._owner, now, until, limit, held)
            return leases, self._watermark.raised(tx, now) if self._watermark and leases else None

        leases, mark = await self._ports.store.run(work)
        if self._watermark:
            self._watermark.keep(mark, now)
        return leases

    async def _turn(self) -> None:
        self._awake.clear()
        free = self._at_once - len(self._tasks)
        try:
            leases = await self.claim(free) if free > 0 else []
        except WaitAndRetry as away:
            log.warning("store.away", error=str(away))
            leases = []
        for lease in leases:
            task = asyncio.create_task(self._work(lease))
            self._tasks.add(task)
            task.add_done_callback(self._done)
        if not leases:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._idle_seconds):
                    await self._awake.wait()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._awake.set()
        if not task.cancelled() and task.exception():
            log.error("work.failed", error=repr(task.exception()))

    async def _work(self, lease: Lease) -> None:
        heart = asyncio.create_task(self._keep(lease))
        try:
            await work_on(self._ports, lease, self._jitter)
        finally:
            heart.cancel()

    async def _keep(self, lease: Lease) -> None:
        """Renews the lease while the work lasts."""
        with suppress(LeaseLost):
            while True:
                await self._ports.clock.sleep(LEASE_SECONDS / 3)
                until = self._ports.clock.now() + timedelta(seconds=LEASE_SECONDS)
                await self._ports.store.run(lambda tx, until=until: tx.renew(lease, until))  # type: ignore[misc]


def _standing_holds(tx: Transaction, ports: Ports) -> list[Hold]:
    """The holds that stand; those whose time has come are lifted."""
    standing = []
    for hold in tx.holds():
        if hold.until is not None and hold.until <= ports.clock.now():
            tx.lift_hold(hold.scope, hold.name)
        else:
            standing.append(hold)
    return standing


def _held_connections(connections: Sequence[Connection], holds: Sequence[Hold]) -> list[str]:
    trackers = {hold.name for hold in holds if hold.scope == "tracker"}
    names = {hold.name for hold in holds if hold.scope != "tracker"}
    return [
        c.id for c in connections if c.state is not ConnectionState.ACTIVE or c.tracker in trackers or c.id in names
    ]
