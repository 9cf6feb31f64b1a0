"""A side whose database was brought back from an older copy."""

from __future__ import annotations

from dataclasses import replace

from accord.operations.rejoin import give_way, rejoin
from accord.store import open_store
from tests.pair import CONNECTION, Pair, SideUnderTest


async def forgets(side: SideUnderTest) -> None:
    """The database as it was before the items came under sync."""
    side.ports = replace(side.ports, store=open_store("sqlite://", inline=True))
    await side.start()
    side.worker = type(side.worker)(side.ports, "restored", jitter=lambda: 0.0)


async def held(side: SideUnderTest) -> list[str]:
    holds = await side.ports.store.read(lambda tx: tx.holds())
    return [str(hold.cause["remedy"]) for hold in holds if hold.name == CONNECTION]


async def test_the_connection_stops_before_anything_is_written(synced: Pair) -> None:
    await forgets(synced.red)
    synced.blue.tracker.person_edits("BLUE-1", summary="newer")
    await synced.settle()
    assert synced.red.only.summary == "Login fails"
    assert "accord rejoin red-other --restored" in (await held(synced.red))[0]
    assert "accord rejoin blue-other" in (await held(synced.blue))[0]


async def test_what_the_forgetful_side_takes_for_new_is_not_made_twice(synced: Pair) -> None:
    await forgets(synced.red)
    await synced.red.sync("RED-1")
    await synced.settle()
    assert list(synced.blue.tracker.items) == ["BLUE-1"]
    assert await held(synced.red)


async def test_everything_is_paired_anew(synced: Pair) -> None:
    synced.blue.tracker.person_comments("BLUE-1", "known to both")
    await synced.settle()
    await forgets(synced.red)
    synced.tick(60)
    synced.blue.tracker.person_edits("BLUE-1", summary="newer")
    synced.red.tracker.person_edits("RED-1", priority="high")
    await synced.settle()
    await give_way(synced.red.ports, "red-other")
    assert (await rejoin(synced.blue.ports, "blue-other")).pairs == 1
    await synced.settle(seconds=600)
    for side in synced.sides:
        comments = [comment.body for comment in side.only.comments]
        assert (side.only.summary, side.only.priority, comments) == ("newer", "high", ["known to both"])
    assert (await synced.blue.twin("BLUE-1")).remote_key == "RED-1"
