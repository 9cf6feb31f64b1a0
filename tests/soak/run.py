"""One soak: people edit, nodes are killed, all comes to rest, and both trackers are compared."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.soak.ledger import Ledger
from tests.soak.nodes import Node, NodeFailed
from tests.soak.people import People
from tests.soak.place import Seen
from tests.soak.verdict import Verdict, judge
from tests.soak.world import World, world

PROGRESS_SECONDS = 10.0
LOOK_SECONDS = 2.0
PAUSE_MOST = 2.0
# A node writes to its database right before and after it writes to a tracker or to its peer: shortly after that is
# where a crash hurts. A kill at any moment would hardly ever fall there.
AIM_SECONDS = 3.0
STRIKE_WITHIN = (0.01, 0.1, 0.4)


@dataclass(frozen=True)
class Plan:
    """What is asked for. `kills` are for each node; `pace` is the mean time between two acts, `patience` how long both
    sides may take to come to rest, both in seconds."""

    pair: str
    edits: int
    kills: int
    seed: int
    pace: float = 0.35
    patience: float = 180.0


@dataclass(frozen=True)
class Outcome:
    """What was done, and what came of it."""

    edits: int
    kills: int
    verdict: Verdict
    errors: str = ""

    def last_line(self) -> str:
        found = self.verdict
        counts = f"lost={len(found.lost)} doubled={len(found.doubled)} disagreeing={len(found.disagreeing)}"
        return f"edits={self.edits} kills={self.kills} {counts}"


class Soak:
    """One run in `folder`, which holds all that there is to look at afterwards."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder = plan, folder
        self.dice = random.Random(plan.seed)
        self.ledger = Ledger(folder / "journal.jsonl")

    async def run(self) -> Outcome:
        """Raises NodeFailed if a node ends by itself or can't be asked."""
        async with world(self.plan.pair, self.folder, self.dice) as two:
            people = People(two.places, self.ledger, random.Random(self.dice.random()))
            progress = asyncio.create_task(self._tell_progress(two))
            try:
                async with asyncio.TaskGroup() as tasks:
                    for node, across in zip(two.nodes, reversed(two.places), strict=True):
                        dice = random.Random(self.dice.random())
                        tasks.create_task(self._kill(node, lambda at=across: people.add(at), dice))
                    tasks.create_task(self._edit(people))
            finally:
                progress.cancel()
            print(f"edits are done: {self._done(two)}; {people.refused} refused by the trackers", flush=True)
            verdict = await self._rest(two)
            errors = "" if verdict.clean else await self._errors(two)
            return Outcome(self.ledger.edits, sum(node.kills for node in two.nodes), verdict, errors)

    async def _edit(self, people: People) -> None:
        while self.ledger.edits < self.plan.edits:
            await people.act()
            await asyncio.sleep(people.dice.expovariate(1 / self.plan.pace))

    async def _kill(self, node: Node, give_work: Callable[[], Awaitable[None]], dice: random.Random) -> None:
        """Kills spread over the edits. `give_work` lets somebody add something across, which the node has to make."""
        moments = sorted(dice.uniform(0.02, 0.98) * self.plan.edits for _ in range(self.plan.kills))
        for moment in moments:
            while self.ledger.edits < moment:
                await asyncio.sleep(0.02)
            await dice.choice((_at_any_time, _at_work, partial(_making, give_work)))(node, dice)
            node.kill()
            self.ledger.note("kill", node=node.name)
            if dice.random() < 0.5:
                await asyncio.sleep(dice.uniform(0, PAUSE_MOST))
            node.start()
            self.ledger.note("start", node=node.name)

    async def _rest(self, two: World) -> Verdict:
        """Waits until nothing is left to do and two looks in a row are the same; gives the verdict on the last one."""
        started = time.monotonic()
        before: list[list[Seen]] = []
        while True:
            looks = [await place.look_at_all() for place in two.places]
            verdict = self._judge(two, looks)
            late = time.monotonic() - started > self.plan.patience
            if (looks == before and verdict.clean and await self._idle(two)) or late:
                print(f"at rest after {time.monotonic() - started:.0f} s", flush=True)
                return verdict
            before = looks
            await asyncio.sleep(LOOK_SECONDS)

    def _judge(self, two: World, looks: list[list[Seen]]) -> Verdict:
        names = [place.name for place in two.places]
        losers = [loser for node in two.nodes for loser in node.conflict_losers()]
        return judge(names, looks, self.ledger.fates.values(), losers)

    async def _idle(self, two: World) -> bool:
        return all([(await node.work()).idle for node in two.nodes])

    async def _errors(self, two: World) -> str:
        return "\n".join([f"{node.name}:\n{await node.errors()}" for node in two.nodes])

    async def _tell_progress(self, two: World) -> None:
        while True:
            await asyncio.sleep(PROGRESS_SECONDS)
            queues = [await self._queue(node) for node in two.nodes]
            items = [len(await place.handles()) for place in two.places]
            print(f"{self._done(two)} items={items[0]}/{items[1]} {' '.join(queues)}", flush=True)

    async def _queue(self, node: Node) -> str:
        try:
            return f"{node.name}: {await node.work()}"
        except NodeFailed as failed:
            return f"{node.name}: {str(failed).strip().splitlines()[-1]}"

    def _done(self, two: World) -> str:
        return f"edits={self.ledger.edits} kills={sum(node.kills for node in two.nodes)}"


async def _at_any_time(_: Node, dice: random.Random) -> None:
    """The node may be idle, or still starting."""
    await asyncio.sleep(dice.random())


async def _at_work(node: Node, dice: random.Random) -> None:
    """Right after it has written something down."""
    await node.commits(within=AIM_SECONDS)
    await asyncio.sleep(dice.uniform(0, dice.choice(STRIKE_WITHIN)))


async def _making(give_work: Callable[[], Awaitable[None]], node: Node, dice: random.Random) -> None:
    """While it makes an item, or something else that it has written down."""
    await give_work()
    if dice.random() < 0.5:
        await node.makes_an_item(within=AIM_SECONDS)
    else:
        for _ in range(dice.randint(1, 4)):
            await node.commits(within=AIM_SECONDS)
    await asyncio.sleep(dice.uniform(0, dice.choice(STRIKE_WITHIN)))
