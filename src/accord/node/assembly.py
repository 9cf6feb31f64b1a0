"""The parts of a node, put together from its configuration."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from accord.config import Config
from accord.node.agreements import Agreements
from accord.operations.publish import check_published, publish_first
from accord.peers.blobs import LocalBlobs
from accord.peers.client import PeerClient
from accord.peers.keys import NodeIdentity, load_node_key
from accord.ports import Description, Ports, Store, Tracker, Transaction
from accord.rules import Sandbox
from accord.store import open_store

DESCRIPTION_SECONDS = 300.0


class SystemClock:
    """Time as it passes."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Descriptions:
    """What each tracker holds, asked again after a while."""

    def __init__(self, trackers: dict[str, Tracker]) -> None:
        self._trackers = trackers
        self._known: dict[str, tuple[float, Description]] = {}

    async def describe(self, name: str) -> Description:
        """Raises what the tracker's `describe` raises."""
        asked, known = self._known.get(name, (0.0, None))
        if known is None or time.monotonic() - asked > DESCRIPTION_SECONDS:
            known = await self._trackers[name].describe()
            self._known[name] = (time.monotonic(), known)
        return known


@dataclass(frozen=True)
class Assembled:
    """A node's parts, ready for use; nothing of it runs by itself."""

    config: Config
    store: Store
    ports: Ports
    identity: NodeIdentity
    client: PeerClient
    agreements: Agreements


@asynccontextmanager
async def assembled(config: Config, *, looking: bool = False) -> AsyncIterator[Assembled]:
    """Opens the database, the trackers and what else a node needs; closes them at the end.

    Raises ConfigurationProblems where rules that were never published are not valid, unless one is only `looking`.
    """
    node = config.node
    async with AsyncExitStack() as stack:
        identity = NodeIdentity(node.name, node.url, load_node_key(node.data))
        database = node.database.get_secret_value() if node.database else f"sqlite:///{node.data / 'accord.db'}"
        store = open_store(database)
        stack.push_async_callback(store.close)
        clock = SystemClock()
        client = PeerClient(identity, clock)
        stack.push_async_callback(client.close)
        trackers: dict[str, Tracker] = {}
        for name, tracker in config.trackers.items():
            trackers[name] = tracker.connector(name, tracker.settings)
            stack.push_async_callback(trackers[name].close)
        sandbox = Sandbox()
        stack.callback(sandbox.close)
        agreements = Agreements(config, sandbox)
        ports = Ports(
            store=store,
            clock=clock,
            peers=client,
            blobs=LocalBlobs(node.data / "blobs"),
            trackers=trackers,
            agreement=agreements.of,
            describe=Descriptions(trackers).describe,
            new_id=lambda: str(uuid.uuid4()),
            settings=node.settings(),
            load_rules=agreements.load,
            started_at=clock.now(),
        )
        if not looking:
            await check_published(config, ports)
        await publish_first(config, ports)
        await store.read(lambda tx: _load_rules(tx, agreements))
        yield Assembled(config, store, ports, identity, client, agreements)


def _load_rules(tx: Transaction, agreements: Agreements) -> None:
    for connection in tx.connections():
        agreements.load(tx, connection)
