"""Random edits on both sides with faults at random places: agreement, nothing lost, nothing twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from accord.errors import AccordError, Throttled, Unreachable
from accord.node.worker import Worker
from accord.ports import GuardSettings
from tests.pair import Pair, SideUnderTest, pair

SEEDS = 40
EDITS = 25


class Crash(BaseException):
    """The process is gone."""


class Chaos:
    """Breaks calls of one side with a given chance."""

    def __init__(self, side: SideUnderTest, dice: random.Random) -> None:
        self.side, self.dice, self.on = side, dice, True
        side.wire.trouble = self._on_the_wire
        side.tracker._called = self._in_the_tracker(side.tracker._called)  # type: ignore[method-assign]
        store = side.ports.store
        store.run = self._at_commit(store.run)  # type: ignore[method-assign]

    def _on_the_wire(self, message: object) -> tuple[Any, bool] | None:
        roll = self.dice.random()
        if not self.on or roll > 0.15:
            return None
        return (Crash() if roll < 0.05 else Unreachable("lost"), self.dice.random() < 0.5)

    def _in_the_tracker(self, called: Callable[[str], Any]) -> Callable[[str], Any]:
        def broken(call: str) -> Any:
            roll = self.dice.random()
            if self.on and call != "changes" and roll < 0.12:
                errors: list[BaseException] = [Crash(), Unreachable("time-out"), Throttled(retry_after=5)]
                error, after = self.dice.choice(errors), self.dice.random() < 0.5
                self.side.tracker.fail_next(call, error, after=after and not isinstance(error, Throttled))  # type: ignore[arg-type]
            return called(call)

        return broken

    def _at_commit(self, run: Callable[..., Any]) -> Callable[..., Any]:
        async def broken(work: Any) -> Any:
            roll = self.dice.random() if self.on else 1.0
            if roll < 0.01:
                raise Crash
            result = await run(work)
            if roll < 0.02:
                raise Crash
            return result

        return broken


async def work_a_little(two: Pair, dice: random.Random) -> None:
    """One side looks or works; a crash is followed by a restart."""
    side = dice.choice(two.sides)
    try:
        if dice.random() < 0.5:
            await side.look()
        for _ in range(dice.randrange(4)):
            await side.worker.work_once()
    except Crash:
        side.worker = Worker(side.ports, f"{side.tracker.name}-again", jitter=lambda: 0.0)
        on, side.chaos.on = side.chaos.on, False  # type: ignore[attr-defined]
        await side.ports.store.run(lambda tx: tx.release_all())
        side.chaos.on = on  # type: ignore[attr-defined]
    except AccordError:
        pass


class People:
    """Edit at random with values that are told apart, and know what they wrote."""

    def __init__(self, two: Pair, dice: random.Random) -> None:
        self.two, self.dice, self.count = two, dice, 0
        self.written: dict[str, tuple[str, str]] = {}
        self.replaced: set[str] = set()
        self.comments: dict[str, str] = {}

    def value(self) -> str:
        self.count += 1
        return f"value {self.count}"

    def edit(self) -> None:
        side = self.dice.choice(self.two.sides)
        tracker = side.tracker
        if not tracker.items or self.dice.random() < 0.05:
            self.two.blue.tracker.person_creates(summary=self.value(), labels=("start",))
            return
        key = self.dice.choice(sorted(tracker.items))
        item = tracker.items[key]
        act = self.dice.randrange(9)
        if act < 4:
            field = self.dice.choice(("summary", "status", "description"))
            before = getattr(item, field)
            if before:
                self.replaced.add(before)
            tracker.person_edits(key, **{field: self.value()})
        elif act < 5:
            labels = set(item.labels) ^ {self.dice.choice("abc")}
            tracker.person_edits(key, labels=tuple(sorted(labels)))
        elif act < 6:
            tracker.person_comments(key, self.value())
        elif act < 7 and item.comments:
            chosen = self.dice.choice(item.comments)
            self.replaced.add(chosen.body)
            edited = [c.model_copy(update={"body": self.value()}) if c is chosen else c for c in item.comments]
            tracker.person_edits(key, comments=tuple(edited))
        elif act < 8 and item.comments:
            gone = self.dice.choice(item.comments)
            self.replaced.add(gone.body)
            tracker.person_edits(key, comments=tuple(c for c in item.comments if c is not gone))
        else:
            tracker.person_attaches(key, "file.txt", self.value().encode())


def shape(side: SideUnderTest) -> list[Any]:
    """What a tracker holds, without keys and ids."""
    return sorted(
        (
            i.summary or "",
            i.status or "",
            i.description or "",
            sorted(i.labels),
            sorted(c.body for c in i.comments),
            sorted(a.sha256 or "" for a in i.attachments),
        )
        for i in side.tracker.items.values()
    )


async def run(seed: int, folder: Path, faults: bool = True) -> tuple[Pair, People]:
    dice = random.Random(seed)
    async with pair(folder) as two:
        two.red.trigger = None
        for side in two.sides:
            side.guard = GuardSettings(min_items=10_000, min_overwritten=10_000, writes_per_twin=10_000)
            side.chaos = Chaos(side, dice)  # type: ignore[attr-defined]
            side.chaos.on = faults  # type: ignore[attr-defined]
        people = People(two, dice)
        for _ in range(EDITS):
            people.edit()
            two.tick(dice.random() * 3)
            for _ in range(dice.randrange(5)):
                await work_a_little(two, dice)
        for side in two.sides:
            side.chaos.on = False  # type: ignore[attr-defined]
            side.tracker._failures.clear()
            await side.ports.store.run(lambda tx: tx.release_all())
        await two.settle(seconds=10_000)
        check(two, people, {str(c.get("lost")) for side in two.sides for c in await side.conflicts()})
        for side in two.sides:
            assert await side.lanes() == []
        return two, people


def check(two: Pair, people: People, lost: set[str]) -> None:
    assert shape(two.blue) == shape(two.red)
    shown = str(shape(two.blue))
    for number in range(1, people.count + 1):
        value = f"value {number}"
        known = f"'{value}'" in shown or value in people.replaced or value in lost
        assert known or _is_file(value, two), f"{value} is lost"


def _is_file(value: str, two: Pair) -> bool:
    return value.encode() in two.blue.tracker.content.values()


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_random_edits_with_faults(seed: int, tmp_path: Path) -> None:
    await run(seed, tmp_path)
