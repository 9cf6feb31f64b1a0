"""A node of the simulation: one database and one process after another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from accord.errors import AccordError
from accord.model import Connection
from accord.node.detector import Detector
from accord.node.service import NodeService
from accord.node.watermark import Watermark
from accord.node.worker import Worker
from accord.peers.blobs import LocalBlobs
from accord.ports import Agreement, Ports, RulesSource, RulesVersion, Settings, Store
from accord.testing.memory import MemoryTracker
from tests.simulation.databases import Disk
from tests.simulation.life import Life
from tests.simulation.network import Network
from tests.simulation.ports import DistantTracker, FaultyStore, SkewedClock
from tests.simulation.rules import SideRules

if TYPE_CHECKING:
    from tests.simulation.world import World

TRIGGER = "label=shared"
IDLE_SECONDS = 15.0


WATERMARK = "watermark"


class Node:
    """`life` is the running process, None while it is down; `disk` is its database, which stays."""

    def __init__(self, world: World, name: str, tracker: MemoryTracker, folder: Path, disk: Disk) -> None:
        self.world, self.name, self.tracker, self.folder, self.disk = world, name, tracker, folder, disk
        self.clock = SkewedClock(world, world.plan.skew_of(name))
        self.connections: dict[str, Connection] = {}
        self.rules: dict[str, list[SideRules]] = {}  # by connection, those in the files first, then by version
        self.triggers: dict[str, str | None] = {}
        self.life: Life | None = None
        self.service: NodeService | None = None
        self.ports: Ports | None = None
        self.lives = 0

    async def first_start(self) -> None:
        """Starts, with its connections and the first version of their rules."""
        store = self.disk.open()
        for connection in self.connections.values():
            await store.run(lambda tx, c=connection: tx.put_connection(c))  # type: ignore[misc]
            first = self._version(connection.id)
            self.rules[connection.id].append(self.rules[connection.id][0])
            await store.run(lambda tx, v=first: tx.publish_rules(v))  # type: ignore[misc]
        await store.close()
        self.start()

    def start(self) -> None:
        """A new process on the database as it was left."""
        life = self.life = Life(self.world, self.name, self.die)
        self.lives += 1
        ports = self.ports = self._ports(life, FaultyStore(life, self.disk.open()))
        watermark = Watermark(self.folder / WATERMARK)
        owner, jitter = f"{self.name}-{self.lives}", self.world.dice.random
        worker = Worker(ports, owner, jitter=jitter, idle_seconds=IDLE_SECONDS, watermark=watermark)
        detector = Detector(ports, ports.trackers[self.name], self.world.plan.poll, worker.wake)
        self.service = NodeService(ports, worker.wake, lambda tracker: detector.look())
        life.start(self._run(ports, watermark, worker, detector)).add_done_callback(self._ended)

    def die(self, seconds: float = 0.0) -> None:
        """The process is killed, and started again after some time."""
        if self.life is None:
            return
        self.stop()
        asyncio.get_running_loop().call_later(max(seconds, 0.01), self._start_again)

    def stop(self) -> None:
        """The process is killed."""
        if self.life is not None:
            self.life.end()
        self.life = self.service = None

    async def operate(self, operation: Callable[[Ports], Awaitable[object]]) -> bool:
        """A person at this node does something; False if it is down or the operation is refused."""
        if self.life is None or self.ports is None:
            return False
        task = self.life.start(_caught(operation(self.ports)))
        await asyncio.wait([task])
        return not task.cancelled() and task.result()

    async def publish(self, connection_id: str, quiet: frozenset[str]) -> bool:
        """Puts rules in force that keep quiet about some paths; False where the node can't be reached just now."""
        known = self.rules[connection_id]
        version = self._version(connection_id)

        async def work(ports: Ports) -> None:
            self.world.ledger.unordered |= known[-1].quiet ^ quiet
            known.append(known[0].but(quiet))
            done = False
            try:
                done = await ports.store.run(lambda tx: tx.publish_rules(version))
            finally:
                # Whether a commit that failed has come to be is for the database to say.
                if not done and await self.inspect(lambda tx: tx.rules_version(connection_id, version.number)) is None:
                    known.pop()

        return await self.operate(work)

    def _version(self, connection_id: str) -> RulesVersion:
        number = len(self.rules[connection_id])
        return RulesVersion(connection_id, number, self.clock.now(), "its operator", "", RulesSource(str(number)))

    async def forget_rules(self) -> None:
        """The rules are those that the database says are in force."""
        for connection in await self.inspect(lambda tx: tx.connections()):
            del self.rules[connection.id][connection.rules_version + 1 :]

    def forget_watermark(self) -> None:
        """What stands beside the database is of the same copy."""
        (self.folder / WATERMARK).unlink(missing_ok=True)

    async def inspect(self, look: Callable[[Any], Any]) -> Any:
        """Looks into the database from outside."""
        store = self.disk.open()
        try:
            return await store.read(look)
        finally:
            await store.close()

    def _start_again(self) -> None:
        if self.life is None and not self.world.over:
            self.world.say(f"the {self.name} node starts again")
            self.start()

    async def _run(self, ports: Ports, watermark: Watermark, worker: Worker, detector: Detector) -> None:
        try:
            await ports.store.run(lambda tx: tx.release_all())
            if await ports.store.run(lambda tx: watermark.check(tx, self.clock.now())):
                self.world.coverage["an older copy noticed at the start"] += 1
        except AccordError:
            # Like a service that could not start: its supervisor tries again.
            self.die(5.0)
            return
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(worker.run())
            tasks.create_task(detector.run())

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self.world.fail("a node ends by itself", f"{self.name}: {task.exception()!r}")

    def _ports(self, life: Life, store: Store) -> Ports:
        tracker = DistantTracker(life, self.tracker)
        return Ports(
            store=store,
            clock=self.clock,
            peers=Network(life),
            blobs=LocalBlobs(self.folder / "blobs"),
            trackers={self.name: tracker},  # type: ignore[dict-item]
            agreement=lambda c: Agreement(
                self.rules[c.id][c.rules_version], trigger=self.triggers[c.id], accept_connect=True
            ),
            describe=lambda name: self.tracker.describe(),
            new_id=lambda: f"{self.name}-{self.world.next_number()}",
            settings=Settings(),
            started_at=self.clock.now(),
        )


async def _caught(operation: Awaitable[object]) -> bool:
    try:
        await operation
    except AccordError:
        return False
    return True
