"""A run: nodes, trackers, network and people brought together, on virtual time."""

from __future__ import annotations

import asyncio
import logging
import random
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Coroutine, MutableMapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import structlog

from accord.model import Connection, ConnectionState, Item, Policy, Side
from accord.operations.pause import resume
from accord.operations.rejoin import give_way, rejoin
from accord.operations.retry import retry
from accord.operations.unsync import unsync
from accord.ports import Transaction
from accord.testing.simulated_loop import SimulatedLoop
from tests.simulation.checks import Failure, check_agreement, check_end, check_questions, check_rest
from tests.simulation.databases import Disk, InFile, InMemory, OnServer
from tests.simulation.ledger import Ledger
from tests.simulation.node import TRIGGER, Node
from tests.simulation.people import People
from tests.simulation.plan import Fault, Plan
from tests.simulation.ports import START
from tests.simulation.rules import LINKS, Manner, SideRules
from tests.simulation.trackers import DONE, REFUSED, make_tracker

MEMORY = Path("/dev/shm")
REST = 600.0
PATIENCE = 12 * 3600.0
MOST_POINTS = 300_000
MOST_ANSWERS = 5


class Spinning(KeyboardInterrupt):
    """A node goes round and round without getting anywhere; the event loop lets nothing else out."""


@dataclass
class Run:
    """What came of a plan. `steps` counts acts, faults and messages; `log` tells all that happened, line by line."""

    plan: Plan
    failures: list[Failure]
    steps: int
    coverage: Counter[str]
    log: list[str]
    points: list[tuple[str, str, int, str]] = field(default_factory=list)


class World:
    """Everything that a run consists of."""

    def __init__(self, plan: Plan, folder: Path, urls: dict[str, str] | None = None) -> None:
        self.plan = plan
        self.dice = random.Random(plan.seed)
        self.coverage: Counter[str] = Counter()
        self.ledger, self.people = Ledger(self.time), People(self)
        self.log: list[str] = []
        self.failures: list[Failure] = []
        self.points: list[tuple[str, str, int, str]] = []
        self.acts = self.faults = self.messages = self.calls = 0
        self.calm = self.over = False
        self._values = 0
        self.away: dict[str, float] = {}
        self.cut: dict[str, float] = {}
        self.revoked: dict[str, float] = {}
        self.restored: set[str] = set()
        self._faults = {(f.where, f.place, f.nth): f for f in plan.faults}
        self._passed: defaultdict[tuple[str, str], int] = defaultdict(int)
        self._numbers = count(1)
        self._background: set[asyncio.Task[Any]] = set()
        self.trackers = {name: make_tracker(name, plan.behaviours(name), self) for name in plan.names}
        disks = {n: _disk(plan, folder / n, (urls or {}).get(n)) for n in plan.names}
        self.nodes = {n: Node(self, n, self.trackers[n], folder / n, disks[n]) for n in plan.names}
        for one, two in zip(plan.names, plan.names[1:], strict=False):
            self._connect(one, two)

    # what everybody asks

    def time(self) -> float:
        return asyncio.get_running_loop().time()

    def next_number(self) -> int:
        return next(self._numbers)

    def new_value(self) -> str:
        """A value that nobody wrote before."""
        self._values += 1
        return f"v{7000 + self._values}"

    def say(self, what: str) -> None:
        """A line of the log."""
        self.log.append(f"{_clock(self.time())}  {what}")

    def fail(self, kind: str, what: str) -> None:
        """Something that must never happen."""
        self.failures.append(Failure(kind, what))

    def across(self, node: str, connection_id: str) -> Node:
        """The node at the other end of a connection."""
        return next(n for n in self.nodes.values() if n.name != node and connection_id in n.connections)

    async def pass_time(self, place: str) -> None:
        """How long it takes to get to a place, or back."""
        if place in ("call", "send", "fetch"):
            await asyncio.sleep(self.dice.random() * self.plan.delay)
        elif self.dice.random() < 0.2:
            await asyncio.sleep(self.dice.random() * self.plan.delay / 10)

    def fault_at(self, node: str, place: str, label: str) -> Fault | None:
        """What the plan wants to happen this time."""
        self._passed[node, place] += 1
        nth = self._passed[node, place]
        self.points.append((node, place, nth, label))
        if len(self.points) > MOST_POINTS:
            raise Spinning
        if self.calm:
            return None
        fault = self._faults.get((node, place, nth))
        if fault:
            self.faults += 1
            self.coverage[f"fault: {fault.what} at {place}"] += 1
        return fault

    def called(self, tracker: str, call: str, result: object) -> None:
        """A tracker was asked something."""
        if call == "read" and isinstance(result, Item):
            self.ledger.sync_read(tracker, result)
        if call not in ("changes", "describe"):
            self.calls += 1

    def is_away(self, tracker: str) -> bool:
        return self.away.get(tracker, 0.0) > self.time()

    def is_revoked(self, tracker: str) -> bool:
        return self.revoked.get(tracker, 0.0) > self.time()

    def is_cut(self, one: str, two: str) -> bool:
        return max(self.cut.get(one, 0.0), self.cut.get(two, 0.0)) > self.time()

    def later(self, seconds: float, work: Coroutine[Any, Any, Any]) -> None:
        """Does something after a while."""

        async def waiting() -> None:
            await asyncio.sleep(seconds)
            await work

        task = asyncio.get_running_loop().create_task(waiting())
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    # the run

    async def run(self) -> Run:
        """Carries out the plan, lets everything come to rest, and looks at what is there."""
        for node in self.nodes.values():
            await node.first_start()
        doing = []
        for act in self.plan.acts:
            await asyncio.sleep(max(0.0, act.at - self.time()))
            doing.append(asyncio.get_running_loop().create_task(self.people.do(act)))
        await asyncio.gather(*doing)
        await self._heal()
        if await self._rest("while an item is refused" if self.people.poisoned else "at the end"):
            self.failures += await check_agreement(self, but=self.people.poisoned)
            await self._cure()
            if await self._rest("at the end") and await self._answer():
                self.failures += [*await check_agreement(self), *await check_rest(self), *await check_end(self)]
        await self._stop()
        steps = self.acts + self.faults + self.messages
        return Run(self.plan, self.failures, steps, self.coverage, self.log, self.points)

    async def _answer(self) -> bool:
        """What people are asked is asked of both sides, and the rest agrees; then they answer. False if that never
        comes to rest."""
        for _ in range(MOST_ANSWERS):
            self.failures += [*await check_agreement(self), *await check_questions(self)]
            if not await self.people.answer_all():
                return True
            if not await self._rest("when all is answered"):
                return False
        self.fail("asked again and again", f"{MOST_ANSWERS} times")
        return False

    async def _heal(self) -> None:
        """No more faults; everything runs, everybody can be reached, and all rules send everything."""
        self.calm = True
        for times in (self.away, self.cut, self.revoked):
            times.clear()
        self.say("-- from here on nothing breaks any more --")
        for node in self.nodes.values():
            if node.life is None:
                node.start()
        while self._background:
            await asyncio.sleep(60)
        if self.restored:
            await asyncio.sleep(REST)
        for name in sorted(self.restored):
            await self._rejoin(self.nodes[name])
        for node in self.nodes.values():
            await self._speak_again(node)
            for connection in node.connections.values():
                await node.operate(lambda ports, c=connection: resume(ports, c.name))  # type: ignore[misc]

    # inside

    async def _speak_again(self, node: Node) -> None:
        """Rules that were switched off for some fields map them again, and every item under sync is looked at."""
        quiet = [connection_id for connection_id, rules in node.rules.items() if rules[-1].quiet - {LINKS}]
        for connection_id in quiet:
            await node.publish(connection_id, node.rules[connection_id][-1].quiet & {LINKS})
        if all(len(rules) == 2 for rules in node.rules.values()):
            return
        await node.operate(lambda ports: ports.store.run(lambda tx: _look_again(tx, ports.clock.now())))

    async def _cure(self) -> None:
        """Somebody gives the refused items a status that everybody takes. One that was deleted meanwhile can have none:
        where its tracker tells nothing of that, everything is looked at."""
        number = 9000
        for name, tracker in self.trackers.items():
            for key, before in list(tracker.items.items()):
                if (before.status or "").lower() == REFUSED:
                    number += 1
                    tracker.person_edits(key, status=f"v{number}")
                    self.ledger.person_wrote(name, key, before, tracker.items[key])
        self.people.poisoned.clear()
        for node in self.nodes.values():
            if not node.tracker.behaviour.tombstones:
                await node.operate(lambda ports: ports.store.run(lambda tx: _look_again(tx, ports.clock.now())))
            await node.operate(lambda ports: retry(ports))

    async def _rest(self, when: str) -> bool:
        """Waits until nothing has happened for a while; operators let go what the guard stopped.

        What the other side refuses is asked for again and again.
        """
        end = self.time() + PATIENCE
        while self.time() < end:
            before = self._activity()
            await asyncio.sleep(REST)
            for node in self.nodes.values():
                await self._let_go(node)
            if before == self._activity():
                return True
        self.fail("never comes to rest", f"{when}: " + "; ".join([await _lanes(node) for node in self.nodes.values()]))
        return False

    async def _rejoin(self, restored: Node) -> None:
        """Operators on both sides of a node whose database was brought back have everything paired anew."""
        for connection in restored.connections.values():
            held = await restored.inspect(lambda tx: tx.holds())
            self.coverage[f"paired anew, {'stopped before' if held else 'noticed by nobody yet'}"] += 1
            other = self.across(restored.name, connection.id)
            self.say(f"the {restored.name} and {other.name} operators pair {connection.name} anew")
            await restored.operate(lambda ports, c=connection: give_way(ports, c.name))  # type: ignore[misc]
            await other.operate(lambda ports, c=connection: rejoin(ports, c.name))  # type: ignore[misc]
        self.ledger.pairs_changed()

    def _activity(self) -> tuple[int, ...]:
        return (self.calls, self.ledger.writes) if self.people.poisoned else (self.calls, self.messages)

    async def _let_go(self, node: Node) -> None:
        """What an operator decides: the guard was right to ask, no item is in two pairs, and what was out of reach is
        tried again."""
        for lane in await node.inspect(lambda tx: tx.lanes()):
            if (lane.cause or {}).get("error") == "Forbidden":
                await node.operate(lambda ports, i=lane.twin_id: retry(ports, i))  # type: ignore[misc]
            if (lane.cause or {}).get("error") in ("UnknownThing", "ItemGone"):
                twin = await node.inspect(lambda tx, i=lane.twin_id: tx.twin(i))
                self.people.part(node.name, twin.local_key)
                await node.operate(lambda ports, t=twin: unsync(ports, t.id))  # type: ignore[misc]
        holds = await node.inspect(lambda tx: tx.holds())
        for connection in node.connections.values():
            if any(hold.name == connection.id and hold.until is None for hold in holds):
                self.coverage["operator accepts what the guard stopped"] += 1
                self.say(f"the {node.name} operator lets {connection.name} go on")
                await node.operate(lambda ports, c=connection: resume(ports, c.name, accept=True))  # type: ignore[misc]
                self.calls += 1

    async def _stop(self) -> None:
        self.over = True
        for node in self.nodes.values():
            node.stop()
        for task in self._background:
            task.cancel()
        await asyncio.sleep(0)
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)

    def _leaves(self, item: Item) -> None:
        """Rules end the sync of an item, now or in a moment: its two sides may go their own ways."""
        self.coverage["rules end the sync of an item"] += 1
        self.people.part_item(item)

    def _connect(self, one: str, two: str) -> None:
        connection_id = f"{one}-{two}"
        for side, name in ((Side.INITIATOR, one), (Side.ACCEPTOR, two)):
            node = self.nodes[name]
            node.connections[connection_id] = Connection(
                id=connection_id,
                name=connection_id,
                tracker=name,
                side=side,
                state=ConnectionState.ACTIVE,
                policy=Policy(self.plan.policy),
                policies={path: Policy(policy) for path, policy in self.plan.policies},
                created_at=START,
            )
            manner = Manner(
                loud=name == "red",
                header=name == "green",
                linking=self.plan.asks_for(LINKS),
                families=self.plan.has_families,
                leaves=self._leaves,
                done=DONE,
            )
            node.rules[connection_id] = [SideRules(manner)]
            node.triggers[connection_id] = TRIGGER if self.plan.both_ways or side is Side.INITIATOR else None


def simulate(plan: Plan, urls: dict[str, str] | None = None) -> Run:
    """Runs a plan in a world of its own. The same plan gives the same run."""
    bugs: list[Failure] = []
    logging_before = structlog.get_config()
    structlog.configure(
        processors=[structlog.processors.format_exc_info, _collect(bugs)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
    )
    folder = Path(tempfile.mkdtemp(prefix="accord-run-", dir=MEMORY if MEMORY.is_dir() else None))
    loop = SimulatedLoop()
    try:
        asyncio.set_event_loop(loop)
        run = loop.run_until_complete(_run(plan, folder, urls))
        run.failures += bugs
        return run
    except Spinning:
        return Run(plan, [Failure("spins", "a node is busy without getting anywhere"), *bugs], 0, Counter(), [])
    finally:
        structlog.configure(**logging_before)
        asyncio.set_event_loop(None)
        with suppress(RuntimeError):
            loop.close()
        shutil.rmtree(folder, ignore_errors=True)


def _look_again(tx: Transaction, now: datetime) -> None:
    for twin in tx.twins():
        if twin.local_key is not None:
            tx.register_event(twin, "new rules", now)


def _disk(plan: Plan, folder: Path, url: str | None) -> Disk:
    if url is not None:
        return OnServer(url)
    return InFile(folder) if plan.on_disk else InMemory()


def _collect(bugs: list[Failure]) -> Any:
    """Takes down what the engine itself calls a bug; nothing is printed."""

    def take(logger: object, method: str, event: MutableMapping[str, Any]) -> NoReturn:
        if str(event["event"]).endswith(".bug"):
            bugs.append(Failure("a bug of the engine", f"{event['event']}: {event.get('exception', '')}"))
        raise structlog.DropEvent

    return take


async def _run(plan: Plan, folder: Path, urls: dict[str, str] | None) -> Run:
    return await World(plan, folder, urls).run()


async def _lanes(node: Node) -> str:
    lanes = await node.inspect(lambda tx: tx.lanes())
    told = [f"{lane.twin_id} {lane.direction} {lane.state} {(lane.cause or {}).get('message', '')}" for lane in lanes]
    return f"{node.name}: {', '.join(told) or 'no lane busy'}"


def _clock(seconds: float) -> str:
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    day = f"day {days:.0f} " if days else ""
    return f"{day}{hours:02.0f}:{minutes:02.0f}:{rest:06.3f}"
