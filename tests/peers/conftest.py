"""Two nodes on real sockets: Blue invited, Red accepted."""

from __future__ import annotations

import contextlib
import secrets
import socket
import sqlite3
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic_core import from_json, to_json

from accord.model import Connection, ConnectionState, Kind, Message, Replica, Side
from accord.peers import NodeIdentity, NodeKey, PeerClient, PeerServer
from accord.peers.gate import Limits
from accord.peers.signatures import RequestView, sign_request
from accord.ports import Answer
from accord.store import SqlStore, open_store

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


class FixedClock:
    def __init__(self) -> None:
        self.time = NOW

    def now(self) -> datetime:
        return self.time

    def pass_by(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.pass_by(seconds)


@dataclass
class Engine:
    """What stands behind a peer server in these tests: keeps what arrives, answers as told."""

    answer: Answer = field(default_factory=lambda: Answer("registered"))
    failure: Exception | None = None
    received: list[tuple[str, Message]] = field(default_factory=list)
    blobs: dict[tuple[str, str], Path] = field(default_factory=dict)
    agreed: list[Connection] = field(default_factory=list)

    async def receive(self, connection: Connection, message: Message) -> Answer:
        if self.failure is not None:
            raise self.failure
        self.received.append((connection.name, message))
        return self.answer

    async def blob(self, connection: Connection, sha256: str) -> Path | None:
        return self.blobs.get((connection.id, sha256))

    async def accepted(self, connection: Connection) -> None:
        self.agreed.append(connection)


@dataclass
class Node:
    me: NodeIdentity
    clock: FixedClock
    store: SqlStore
    database: Path
    engine: Engine
    client: PeerClient
    server: PeerServer

    @property
    def key(self) -> NodeKey:
        return self.me.key

    async def counters(self) -> dict[str, int]:
        return await self.store.read(lambda tx: tx.counters())

    def everything(self) -> list[str]:
        """All that is in the node's database, as SQL, but for the counters."""
        with contextlib.closing(sqlite3.connect(self.database)) as database:
            return [line for line in database.iterdump() if 'INTO "counter' not in line]

    async def connect(self, other: Node, connection_id: str = "c1", **changes: object) -> Connection:
        """This node's side of a connection with another node."""
        connection = Connection(
            id=connection_id,
            name=f"with-{other.me.name}",
            tracker="files",
            side=Side.INITIATOR,
            state=ConnectionState.ACTIVE,
            peer_node=other.me.name,
            peer_url=other.me.url,
            peer_key=other.key.public,
            created_at=NOW,
        ).model_copy(update=changes)
        await self.store.run(lambda tx: tx.put_connection(connection))
        return connection


@contextlib.asynccontextmanager
async def serving(app, listener: socket.socket):
    config = uvicorn.Config(app, log_level="critical", lifespan="off")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # Neither `serve()` nor `shutdown()`: both wait by the tenth of a second.
    await server.startup(sockets=[listener])
    yield
    for each in server.servers:
        each.close()
    for connection in list(server.server_state.connections):
        connection.shutdown()


def free_listener() -> socket.socket:
    # The protocol is named so that asyncio sets TCP_NODELAY: without it each answer takes 40 ms.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    return listener


@contextlib.asynccontextmanager
async def a_node(name: str, clock: FixedClock, *, prefix: str = "", limits: Limits | None = None):
    listener = free_listener()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}{prefix}"
    me = NodeIdentity(name, url, NodeKey(Ed25519PrivateKey.generate()))
    engine, client = Engine(), PeerClient(me, clock, timeout=5.0)
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "accord.db"
        store = open_store(f"sqlite:///{database}", inline=True)
        server = PeerServer(me, store, clock, engine, limits=limits)
        async with serving(server.app(), listener):
            yield Node(me, clock, store, database, engine, client, server)
            await client.close()
        await store.close()


@pytest.fixture
def clock():
    return FixedClock()


@pytest.fixture
async def blue(clock):
    async with a_node("blue", clock) as node:
        yield node


@pytest.fixture
async def red(clock):
    async with a_node("red", clock, limits=Limits(message_bytes=20_000, body_seconds=0.2)) as node:
        yield node


@pytest.fixture
async def agreed(blue, red):
    """Blue's side of a connection that both have."""
    await red.connect(blue)
    return await blue.connect(red)


def a_message(**changes: object) -> Message:
    replica = Replica(key="BLUE-1", summary="The printer is on fire", labels=("urgent",))
    message = Message(
        kind=Kind.SYNC, connection="c1", twin="twin-1", sequence=1, version=1, seen=0, replica=replica, key="BLUE-1"
    )
    return message.model_copy(update=changes)


@dataclass
class Raw:
    """A request put together by hand, so that any part of it can be wrong."""

    sender: Node
    receiver: Node
    method: str = "POST"
    target: str = "/peer/v1/messages"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    body: bytes = field(default_factory=lambda: to_json(a_message().dump()))
    recipient: str | None = None
    nonce: str | None = None

    def sign(self) -> Raw:
        self.headers = sign_request(
            self.sender.key,
            RequestView(self.method, self.target, self.headers),
            self.body,
            recipient=self.recipient or self.receiver.key.public,
            now=self.sender.clock.now(),
            nonce=self.nonce or secrets.token_urlsafe(18),
        )
        return self

    async def send(self) -> tuple[int, dict]:
        origin = self.receiver.me.url
        async with (
            aiohttp.ClientSession() as session,
            session.request(self.method, origin + self.target, data=self.body or None, headers=self.headers) as answer,
        ):
            body = await answer.read()
            return answer.status, from_json(body) if answer.content_type == "application/json" else {}


@pytest.fixture
def raw(blue, red, agreed):
    """A request from Blue to Red that would be taken if nothing were changed."""
    return Raw(blue, red)
