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
from accord.errors import UnknownThing
from accord.model import Connection
from accord.peers.blobs import LocalBlobs
from accord.peers.client import PeerClient
from accord.peers.keys import NodeIdentity, load_node_key
from accord.ports import Agreement, Description, Ports, Rules, Store, Tracker
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


class Agreements:
    """This side's part of each connection, from the configuration."""

    def __init__(self, config: Config, sandbox: Sandbox) -> None:
        self._config, self._sandbox = config, sandbox
        self._rules: dict[str, Rules] = {}

    def of(self, connection: Connection) -> Agreement:
        """Raises UnknownThing if the connection is no longer in the configuration."""
        configured = self._config.connections.get(connection.name)
        if configured is None:
            raise UnknownThing(
                f"Connection {connection.name} is not in {self._config.path.name}.",
                remedy=f"Put [connections.{connection.name}] back, or remove the connection.",
                file=str(self._config.path),
            )
        if connection.name not in self._rules:
            self._rules[connection.name] = configured.rules(self._sandbox)
        return Agreement(
            rules=self._rules[connection.name],
            guard=configured.guard,
            trigger=configured.trigger,
            accept_connect=configured.accept_connect,
        )


@dataclass(frozen=True)
class Assembled:
    """A node's parts, ready for use; nothing of it runs by itself."""

    config: Config
    store: Store
    ports: Ports
    identity: NodeIdentity
    client: PeerClient


@asynccontextmanager
async def assembled(config: Config) -> AsyncIterator[Assembled]:
    """Opens the database, the trackers and what else a node needs; closes them at the end."""
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
        ports = Ports(
            store=store,
            clock=clock,
            peers=client,
            blobs=LocalBlobs(node.data / "blobs"),
            trackers=trackers,
            agreement=Agreements(config, sandbox).of,
            describe=Descriptions(trackers).describe,
            new_id=lambda: str(uuid.uuid4()),
            settings=node.settings(),
        )
        yield Assembled(config, store, ports, identity, client)
