"""What a node notices of its own database when it starts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from accord.model import Policy, Side
from accord.node.watermark import EVERY, Watermark
from accord.ports import Ports
from tests.pair import CONNECTION, HandClock, SideUnderTest


@pytest.fixture
async def red(tmp_path: Path) -> SideUnderTest:
    side = SideUnderTest("red", Side.ACCEPTOR, HandClock(), tmp_path, Policy.LATEST)
    await side.start()
    return side


async def worked(side: SideUnderTest, watermark: Watermark, times: int) -> None:
    """The mark after some work."""
    for _ in range(times):
        now = side.ports.clock.now()
        watermark.keep(await side.ports.store.run(lambda tx, n=now: watermark.raised(tx, n)), now)  # type: ignore[misc]
        side.clock.time += EVERY


async def is_older(ports: Ports, watermark: Watermark) -> bool:
    return await ports.store.run(lambda tx: watermark.check(tx, ports.clock.now()))


async def test_a_database_that_is_as_far_as_the_node_is_fine(red: SideUnderTest, tmp_path: Path) -> None:
    await worked(red, Watermark(tmp_path / "watermark"), times=3)
    assert not await is_older(red.ports, Watermark(tmp_path / "watermark"))
    assert not await is_older(red.ports, Watermark(tmp_path / "of another node"))


async def test_an_older_one_stops_every_connection_once(red: SideUnderTest, tmp_path: Path) -> None:
    (tmp_path / "watermark").write_text("7")
    await worked(red, Watermark(tmp_path / "of the copy"), times=3)
    assert await is_older(red.ports, Watermark(tmp_path / "watermark"))
    (hold,) = await red.ports.store.read(lambda tx: tx.holds())
    assert hold.name == CONNECTION
    assert "accord rejoin red-other --restored" in str(hold.cause["remedy"])
    assert not await is_older(red.ports, Watermark(tmp_path / "watermark"))


async def test_it_is_raised_every_ten_seconds_at_most(red: SideUnderTest, tmp_path: Path) -> None:
    watermark, now = Watermark(tmp_path / "watermark"), red.ports.clock.now()
    first = await red.ports.store.run(lambda tx: watermark.raised(tx, now))
    watermark.keep(first, now)
    soon, later = now + EVERY - timedelta(seconds=1), now + EVERY
    assert await red.ports.store.run(lambda tx: watermark.raised(tx, soon)) is None
    assert await red.ports.store.run(lambda tx: watermark.raised(tx, later)) == (first or 0) + 1


async def test_a_file_that_nobody_can_read_says_nothing(red: SideUnderTest, tmp_path: Path) -> None:
    (tmp_path / "watermark").write_text("torn\x00")
    assert not await is_older(red.ports, Watermark(tmp_path / "watermark"))
