"""What a node reaches, as it reaches it in one of its lives: store, tracker, clock, with the faults of the plan."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from accord.errors import AccordError, Throttled, Unauthorized, Unreachable, VersionMismatch
from accord.model import Item, Patch
from accord.ports import Capabilities, Hint, Transaction, Written
from accord.store.opening import SqlStore
from accord.testing.memory import MemoryTracker
from tests.simulation.ledger import Write
from tests.simulation.life import Life
from tests.simulation.plan import Fault
from tests.simulation.tokens import tokens
from tests.simulation.watched import Watched

if TYPE_CHECKING:
    from tests.simulation.world import World

T = TypeVar("T")
START = datetime(2026, 1, 1, tzinfo=UTC)
WRITES = frozenset(
    {"create", "update", "add_attachment", "delete_attachment"}
    | {f"{act}_{what}" for act in ("add", "edit", "delete") for what in ("comment", "worklog")}
    | {"add_link", "delete_link"}
)


class SkewedClock:
    """A machine's clock: as wrong as it is."""

    def __init__(self, world: World, skew: float) -> None:
        self._world, self._skew = world, skew

    def now(self) -> datetime:
        return START + timedelta(seconds=self._world.time() + self._skew)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class FaultyStore:
    """The real store; its commits fail as a database's do."""

    def __init__(self, life: Life, store: SqlStore) -> None:
        self._life, self._store = life, store

    async def run(self, work: Callable[[Transaction], T]) -> T:
        fault = await self._life.arrive("commit", "a commit")
        if fault and fault.what == "locked":
            raise self._trouble("the database is locked")
        refused = fault is not None and fault.what == "commit fails"

        def watched(tx: Transaction) -> T:
            result = work(Watched(tx, self._life.world.coverage))  # type: ignore[arg-type]
            if refused:
                raise self._trouble("a commit fails")
            return result

        result = await self._store.run(watched)
        if fault and fault.what == "commit unsure":
            raise self._trouble("a commit is done, but the answer is lost")
        await self._life.leave(fault, "commit", "a commit")
        return result

    async def read(self, work: Callable[[Transaction], T]) -> T:
        fault = await self._life.arrive("look", "a look into the database")
        if fault and fault.what == "locked":
            raise self._trouble("the database is locked")
        return await self._store.read(work)

    async def close(self) -> None:
        await self._store.close()

    def _trouble(self, what: str) -> Unreachable:
        self._life.world.say(f"{what} ({self._life.node})")
        return Unreachable(what)


class DistantTracker:
    """A tracker at the other end of a network."""

    def __init__(self, life: Life, tracker: MemoryTracker) -> None:
        self._life, self._tracker = life, tracker
        self.name = tracker.name

    @property
    def capabilities(self) -> Capabilities:
        return self._tracker.capabilities

    def __getattr__(self, call: str) -> Callable[..., Awaitable[Any]]:
        async def called(*args: Any) -> Any:
            return await self._call(call, *args)

        return called

    async def watch(self) -> AsyncIterator[Hint]:
        async for hint in self._tracker.watch():
            if self._life.over:
                return
            yield hint

    async def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]:
        fault = await self._life.arrive("call", "download")
        self._fail_before(fault, "download", key)
        async for chunk in self._tracker.download(key, attachment_id):
            yield chunk

    async def close(self) -> None:
        return None

    async def _call(self, call: str, *args: Any) -> Any:
        life = self._life
        fault = await life.arrive("call", f"{call} at {self.name}")
        self._fail_before(fault, call, str(args[0]) if args else "")
        if call == "update":
            self._be_beaten(*args)
        if fault and fault.what in ("in flight", "slow"):
            await self._be_late(fault, call, *args)
        result = await self._done(call, *args)
        if fault and fault.what == "answer lost":
            life.world.say(f"{self.name} does {call}, but the answer is lost")
            raise Unreachable(f"{self.name} did not answer in time.")
        await life.leave(fault, "call", f"{call} at {self.name}")
        return result

    async def _be_late(self, fault: Fault, call: str, *args: Any) -> NoReturn:
        """The request takes effect when nobody waits for its answer any more."""
        life, seconds = self._life, min(fault.seconds, 10.0)
        life.world.say(f"{call} at {self.name} is under way for {seconds} s")
        life.world.later(seconds, _ignoring(self._done(call, *args)))
        if fault.what == "in flight":
            await life.crash(fault, f"while {self.name} works on {call}")
        raise Unreachable(f"{self.name} did not answer in time.")

    def _be_beaten(self, key: str, patch: Patch, *_: object) -> None:
        """Somebody is faster, by a moment."""
        life = self._life
        fault = life.world.fault_at(life.node, "update", f"update at {self.name}")
        if fault and fault.what == "beaten":
            life.world.people.beat(self.name, key, patch, fault.nth)

    def _fail_before(self, fault: Fault | None, call: str, key: str) -> None:
        errors: dict[str, Callable[[], AccordError]] = {
            "refused": self._unconnected,
            "server error": lambda: Unreachable(f"{self.name} answered 503."),
            "throttled": lambda: Throttled(retry_after=fault.seconds if fault else 0.0),
            "stale": lambda: VersionMismatch(item=key),
        }
        world = self._life.world
        if world.is_away(self.name):
            raise self._unconnected()
        if world.is_revoked(self.name):
            raise Unauthorized()
        if fault is None or fault.what not in errors or (fault.what == "stale" and call != "update"):
            return
        world.say(f"{self.name} answers {call}: {fault.what}")
        raise errors[fault.what]()

    def _unconnected(self) -> Unreachable:
        error = Unreachable(f"{self.name} can't be reached.")
        error.undone = True
        return error

    async def _done(self, call: str, *args: Any) -> Any:
        world, node = self._life.world, self._life.node
        if call not in WRITES:
            result = await getattr(self._tracker, call)(*args)
            world.called(self.name, call, result)
            return result
        before = self._tracker.items.get(str(args[0])) if call != "create" else None
        result = await getattr(self._tracker, call)(*args)
        self._account(call, args, before, result)
        world.say(f"the {node} node does {call} at {self.name}: {_told(call, args, result)}")
        return result

    def _account(self, call: str, args: tuple[Any, ...], before: Item | None, written: Written) -> None:
        key = written.id if call == "create" else str(args[0])
        after = self._tracker.items.get(key)
        patch = args[1] if call == "update" else None
        asked = tokens(args[0] if call == "create" else args[1])
        write = Write(before, after, patch, asked, versioned=self._tracker.behaviour.versioned)
        self._life.world.ledger.sync_wrote(self.name, key, write)


async def _ignoring(done: Awaitable[object]) -> None:
    """Nobody is there to hear of an error."""
    with suppress(AccordError):
        await done


def _told(call: str, args: tuple[Any, ...], result: Written) -> str:
    if call == "create":
        return f"{result.id} {sorted(tokens(args[0]))}"
    what = args[1]
    if isinstance(what, Patch):
        return f"{args[0]} {what.paths()}"
    text = what if isinstance(what, str) else getattr(what, "body", None) or getattr(what, "name", "")
    return f"{args[0]} {text!r}"


def fetched(source: Path, target: Path, cut: bool) -> None:
    """Appends what is still missing at `target`, or only half of it."""
    content = source.read_bytes()
    have = target.stat().st_size if target.exists() else 0
    missing = content[have:]
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("ab") as file:
        file.write(missing[: len(missing) // 2] if cut else missing)
