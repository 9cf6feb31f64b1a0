"""Two sides in one process: real steps, real stores in memory, trackers in memory, and a wire between them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from accord.errors import AccordError, PeerRefused
from accord.model import (
    Connection,
    ConnectionState,
    Item,
    Kind,
    Message,
    Person,
    Policy,
    Replica,
    ReplicaAttachment,
    ReplicaComment,
    ReplicaLink,
    ReplicaWorkLog,
    Side,
)
from accord.node.worker import Worker
from accord.peers.blobs import LocalBlobs
from accord.ports import Agreement, Answer, Asks, GuardSettings, Ports, RuleContext, Settings, with_asks
from accord.steps.detect import bring_under_sync, detect
from accord.steps.receive import receive
from accord.store import open_store
from accord.testing.memory import MemoryTracker

CONNECTION = "c0ffee"
PATHS = ("summary", "description", "status", "priority", "type", "assignee", "due")


class HandClock:
    """Time that moves only when told, or when somebody sleeps."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)
        await asyncio.sleep(0)


class PlainRules:
    """Sends everything; takes everything, with words translated by `values` (theirs to ours, by field)."""

    heeds_previous = False

    def __init__(self, values: dict[str, dict[str, str]] | None = None, *, header: bool = False) -> None:
        self.values, self.header = values or {}, header

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        comments = [ReplicaComment(id=c.id, body=c.body, author=c.author) for c in item.comments if not c.internal]
        files = [
            ReplicaAttachment(id=a.id, name=a.name, size=a.size or 0, sha256=a.sha256 or "") for a in item.attachments
        ]
        worklogs = [
            ReplicaWorkLog(id=w.id, seconds=w.seconds, body=w.body, started_at=w.started_at) for w in item.worklogs
        ]
        parts = {"labels": item.labels, "comments": comments, "attachments": files, "worklogs": worklogs}
        scalars = {path: getattr(item, path) for path in PATHS}
        links = [ReplicaLink(**link.model_dump(exclude={"mirrored"})) for link in item.links]
        return Replica(key=item.key, fields=item.fields, links=links, **parts, **scalars)

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        update: dict[str, Any] = {}
        for path in PATHS:
            if path in replica.model_fields_set:
                value = getattr(replica, path)
                update[path] = self.values.get(path, {}).get(value, value) if isinstance(value, str) else value
        if "labels" in replica.model_fields_set:
            update["labels"] = replica.labels
        if "fields" in replica.model_fields_set:
            update["fields"] = {**item.fields, **replica.fields}
        update["comments"] = [
            {"id": c.id, "body": c.body, "header": self._header(c) if self.header else ""} for c in replica.comments
        ]
        update["attachments"] = [
            {"id": a.id, "name": a.name, "size": a.size, "sha256": a.sha256} for a in replica.attachments
        ]
        update["worklogs"] = [
            {"id": w.id, "seconds": w.seconds, "body": w.body, "started_at": w.started_at} for w in replica.worklogs
        ]
        keys = [link.key for link in replica.links if link.key]
        found = {key: await context.twin_of(key) if context.twin_of else None for key in keys}
        update["links"] = [
            {"id": link.id, "kind": link.kind, "key": found[link.key]}
            if link.key
            else {"id": link.id, "kind": link.kind, "url": link.url}
            for link in replica.links
            if not link.key or found[link.key]
        ]
        waits = tuple(key for key, ours in found.items() if ours is None)
        return with_asks(Item.model_validate(item.model_dump() | update), Asks(waits_for=waits))

    def _header(self, comment: ReplicaComment) -> str:
        return f"{comment.author.label() if comment.author else 'Somebody'} wrote:"


class Wire:
    """The other side, called directly. `down` refuses; `lose_answers` does the work and then fails."""

    def __init__(self) -> None:
        self.other: SideUnderTest
        self.sent: list[Message] = []
        self.trouble: Callable[[Message], tuple[AccordError, bool] | None] = lambda message: None

    async def send(self, connection: Connection, message: Message) -> Answer:
        message = Message.model_validate_json(message.model_dump_json(exclude_unset=True))
        trouble = self.trouble(message)
        if trouble and not trouble[1]:
            raise trouble[0]
        self.sent.append(message)
        answer = await receive(self.other.ports, self.other.connection, message)
        if trouble:
            raise trouble[0]
        return answer

    async def fetch_blob(self, connection: Connection, sha256: str, target: Path) -> None:
        if await self.other.ports.store.read(lambda tx: tx.offered_blob(connection.id, sha256)) is None:
            raise PeerRefused("No such attachment was offered through this connection.", status=404)
        path = self.other.ports.blobs.path(sha256)
        content = path.read_bytes() if path else self.other.content(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)

    def replicas(self) -> list[Replica]:
        return [m.replica for m in self.sent if m.kind is Kind.SYNC and m.replica]


class SideUnderTest:
    """One node with one tracker in memory."""

    def __init__(self, name: str, side: Side, clock: HandClock, folder: Path, policy: Policy) -> None:
        people = (Person(username="alice", email="alice@example.net"), Person(username="bob"))
        self.tracker = MemoryTracker(name, prefix=name.upper(), people=people)
        self.tracker.now = clock.now
        self.wire, self.rules, self.guard = Wire(), PlainRules(), GuardSettings()
        self.trigger: str | None = "*"
        self.accept_connect = False
        self.tell_who = False
        ids = itertools.count(1)
        self.connection = Connection(
            id=CONNECTION,
            name=f"{name}-other",
            tracker=name,
            side=side,
            state=ConnectionState.ACTIVE,
            policy=policy,
            created_at=clock.now(),
        )
        self.clock = clock
        self.ports = Ports(
            store=open_store("sqlite://", inline=True),
            clock=clock,
            peers=self.wire,
            blobs=LocalBlobs(folder / name),
            trackers={name: self.tracker},
            agreement=lambda connection: Agreement(
                self.rules, self.guard, self.trigger, self.accept_connect, self.tell_who
            ),
            describe=lambda name: self.tracker.describe(),
            new_id=lambda: f"{name}-{next(ids)}",
            settings=Settings(),
        )
        self.worker = Worker(self.ports, name, jitter=lambda: 0.0)

    async def start(self) -> None:
        await self.ports.store.run(lambda tx: tx.put_connection(self.connection))

    def content(self, sha256: str) -> bytes:
        for item in self.tracker.items.values():
            for attachment in item.attachments:
                if attachment.sha256 == sha256:
                    return self.tracker.content[item.key, attachment.id]
        raise KeyError(sha256)

    async def look(self) -> None:
        await detect(self.ports, self.tracker)

    async def sync(self, key: str, pair_with: str | None = None) -> None:
        def work(tx: Any) -> None:
            twin = tx.live_twin(CONNECTION, key)
            if twin is None:
                twin = bring_under_sync(self.ports, self.connection, key, pair_with)
                tx.put_twin(twin)
            tx.register_event(twin, "by hand", self.clock.now())

        await self.ports.store.run(work)

    @property
    def only(self) -> Item:
        """The only item of the tracker."""
        (item,) = self.tracker.items.values()
        return item

    async def twin(self, key: str) -> Any:
        return await self.ports.store.read(lambda tx: tx.live_twin(CONNECTION, key))

    async def lanes(self) -> list[Any]:
        return await self.ports.store.read(lambda tx: tx.lanes())

    async def next_due(self) -> datetime | None:
        holds = await self.ports.store.read(lambda tx: tx.holds())
        if any(hold.until is None for hold in holds):
            return None
        due = await self.ports.store.read(lambda tx: tx.next_due([]))
        return max([due, *(hold.until for hold in holds if hold.until)]) if due else None

    async def history(self) -> list[Any]:
        return await self.ports.store.read(lambda tx: tx.history(limit=1000))

    async def conflicts(self) -> list[dict[str, Any]]:
        return [entry.details for entry in await self.history() if entry.step == "conflict"]


class Pair:
    """Two sides and the time they live in."""

    def __init__(self, folder: Path, policy: Policy = Policy.LATEST) -> None:
        self.clock = HandClock()
        self.blue = SideUnderTest("blue", Side.INITIATOR, self.clock, folder, policy)
        self.red = SideUnderTest("red", Side.ACCEPTOR, self.clock, folder, policy)
        self.blue.wire.other, self.red.wire.other = self.red, self.blue
        self.sides = (self.blue, self.red)

    async def settle(self, *, seconds: float = 0) -> None:
        """Polls and works on both sides until nothing is left to do (within `seconds` of their time)."""
        end = self.clock.now() + timedelta(seconds=seconds)
        for _ in range(200):
            before = [(len(side.tracker.calls), len(side.wire.sent)) for side in self.sides]
            for side in self.sides:
                await side.look()
                await side.worker.run_until_idle()
            idle = all(
                set(side.tracker.calls[calls:]) <= {"changes"} and len(side.wire.sent) == sent
                for side, (calls, sent) in zip(self.sides, before, strict=True)
            )
            if idle and not await self._advance(end):
                return
        raise AssertionError("it never comes to rest")

    async def _advance(self, end: datetime) -> bool:
        """Moves time on to the next thing due."""
        dues = [await side.next_due() for side in self.sides]
        due = min((due for due in dues if due is not None), default=None)
        if due is None or due > end:
            return False
        self.clock.time = max(self.clock.time, due)
        return True

    def tick(self, seconds: float = 1) -> None:
        self.clock.time += timedelta(seconds=seconds)


@asynccontextmanager
async def pair(folder: Path, policy: Policy = Policy.LATEST) -> AsyncIterator[Pair]:
    two = Pair(folder, policy)
    for side in two.sides:
        await side.start()
    yield two
    for side in two.sides:
        await side.ports.store.close()
