"""Two sides in one process (see `tests.pair`), and items under sync by hand only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from accord.model import ConnectionState
from tests.pair import Pair, SideUnderTest, pair


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    async with pair(tmp_path) as both:
        for side in both.sides:
            side.trigger = None
        yield both


@pytest.fixture
async def synced(two: Pair) -> Pair:
    """BLUE-1 and RED-1 are under sync and agree."""
    two.blue.tracker.person_creates(summary="Login fails", status="open")
    await two.blue.sync("BLUE-1")
    await two.settle()
    assert two.red.only.key == "RED-1"
    return two


async def second_connection(side: SideUnderTest, **parts: Any) -> None:
    """Another connection of the same tracker, called `third`."""
    values = {"id": "c2", "name": "third", "state": ConnectionState.ACTIVE} | parts
    other = side.connection.model_copy(update=values)
    await side.ports.store.run(lambda tx: tx.put_connection(other))


async def everything(side: SideUnderTest) -> Any:
    """All that a side's database holds of twins, queue, history and counters."""
    return await side.ports.store.read(
        lambda tx: (
            tx.twins(live=False),
            tx.lanes(busy_only=False),
            [tx.entries(twin.id) for twin in tx.twins(live=False)],
            tx.history(limit=10_000),
            tx.holds(),
            tx.counters(),
        )
    )
