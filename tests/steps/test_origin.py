"""Items that come under sync as if they were new, though sync made them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from accord.model import TwinState
from accord.operations.rejoin import give_way
from accord.store import open_store
from tests.pair import CONNECTION, Pair, SideUnderTest, pair


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    async with pair(tmp_path) as both:
        yield both


async def forgets(side: SideUnderTest) -> None:
    """The database as it was before anything came under sync."""
    side.ports = replace(side.ports, store=open_store("sqlite://", inline=True))
    await side.start()
    side.worker = type(side.worker)(side.ports, "restored", jitter=lambda: 0.0)


async def is_stopped(side: SideUnderTest) -> bool:
    return any(hold.name == CONNECTION for hold in await side.ports.store.read(lambda tx: tx.holds()))


async def test_an_item_that_we_made_and_know_nothing_of_stops_the_connection(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="Login fails")
    await two.settle()
    await forgets(two.red)
    await two.red.look()
    await two.red.worker.run_until_idle()
    assert await is_stopped(two.red)
    assert not await is_stopped(two.blue)
    assert await two.red.twin("RED-1") is None


async def test_once_all_was_paired_anew_the_trigger_leaves_it_alone(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="Login fails")
    await two.settle()
    await forgets(two.red)
    await give_way(two.red.ports, "red-other")
    await two.red.look()
    await two.red.worker.run_until_idle()
    assert not await is_stopped(two.red)
    assert list(two.blue.tracker.items) == ["BLUE-1"]
    ended = await two.red.ports.store.read(lambda tx: tx.twins(CONNECTION, live=False))
    assert [(twin.state, twin.local_key) for twin in ended] == [(TwinState.ENDED, None)]


async def test_a_copy_that_a_person_made_of_our_item_is_theirs(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="Login fails")
    await two.settle()
    ours = two.red.only
    copy = two.red.tracker.person_creates(summary="Login fails, too")
    two.red.tracker.items[copy] = two.red.tracker.items[copy].model_copy(update={"marker": ours.marker})
    await two.settle()
    assert sorted(item.summary or "" for item in two.blue.tracker.items.values()) == ["Login fails", "Login fails, too"]
