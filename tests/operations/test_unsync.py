"""Ending a twin."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accord.errors import UnknownThing, Unreachable
from accord.model import Kind, TwinState
from accord.operations.history import history
from accord.operations.sync import sync
from accord.operations.unsync import unsync
from accord.ports import LeaseLost
from tests.pair import Pair


async def test_both_sides_go_their_own_ways(synced: Pair) -> None:
    ended = await unsync(synced.blue.ports, "BLUE-1")
    assert (ended.key, ended.remote_key, ended.telling) == ("BLUE-1", "RED-1", True)
    await synced.settle()
    assert await synced.red.twin("RED-1") is None
    synced.blue.tracker.person_edits("BLUE-1", summary="ours alone")
    synced.red.tracker.person_edits("RED-1", summary="theirs alone")
    await synced.settle()
    assert [side.only.summary for side in synced.sides] == ["ours alone", "theirs alone"]
    assert (await history(synced.blue.ports, "BLUE-1"))[0].step == "ended"
    assert await synced.blue.lanes() == [] == await synced.red.lanes()


async def test_the_other_side_is_told_though_it_is_away_at_first(synced: Pair) -> None:
    synced.blue.wire.trouble = lambda message: (Unreachable("down"), False)
    await unsync(synced.blue.ports, "BLUE-1")
    await synced.settle()
    assert await synced.red.twin("RED-1") is not None
    synced.blue.wire.trouble = lambda message: None
    await synced.settle(seconds=60)
    assert await synced.red.twin("RED-1") is None


async def test_what_waits_is_dropped(synced: Pair) -> None:
    synced.blue.tracker.person_edits("BLUE-1", summary="never sent")
    await synced.blue.look()
    await unsync(synced.blue.ports, "BLUE-1")
    await synced.settle()
    assert synced.red.only.summary == "Login fails"
    assert [m.kind for m in synced.blue.wire.sent][-1] is Kind.UNSYNC


async def test_a_step_under_way_does_not_bring_it_back(synced: Pair) -> None:
    twin = await synced.blue.twin("BLUE-1")
    await sync(synced.blue.ports, "BLUE-1")
    (lease,) = await synced.blue.worker.claim(1)
    await unsync(synced.blue.ports, "BLUE-1")
    with pytest.raises(LeaseLost):
        await synced.blue.ports.store.run(lambda tx: (tx.fence(lease), tx.put_twin(twin)))
    await synced.settle()
    states = [await side.ports.store.read(lambda tx: tx.twin(twin.id).state) for side in synced.sides]
    assert states == [TwinState.ENDED, TwinState.ENDED]


async def test_nobody_is_told_of_what_nobody_knows(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="one")
    await sync(two.blue.ports, "BLUE-1")
    assert not (await unsync(two.blue.ports, "BLUE-1")).telling
    await two.settle()
    assert two.blue.wire.sent == []
    assert two.red.tracker.items == {}


async def test_it_can_come_under_sync_again_with_the_same_item(synced: Pair) -> None:
    synced.blue.tracker.person_comments("BLUE-1", "known to both")
    await synced.settle()
    await unsync(synced.red.ports, "RED-1")
    await synced.settle()
    synced.red.tracker.person_edits("RED-1", priority="high")
    await sync(synced.blue.ports, "BLUE-1")
    await synced.settle()
    assert (await synced.blue.twin("BLUE-1")).remote_key == "RED-1"
    for side in synced.sides:
        assert (side.only.priority, [c.body for c in side.only.comments]) == ("high", ["known to both"])


async def test_it_is_made_anew_where_the_other_item_is_gone(synced: Pair) -> None:
    synced.red.tracker.person_deletes("RED-1")
    await synced.settle(seconds=60)
    await sync(synced.blue.ports, "BLUE-1")
    await synced.settle()
    assert (await synced.blue.twin("BLUE-1")).remote_key == "RED-2"


async def test_twice_is_once_too_often(synced: Pair) -> None:
    await unsync(synced.blue.ports, "BLUE-1")
    with pytest.raises(UnknownThing, match="BLUE-1 is not under sync"):
        await unsync(synced.blue.ports, "BLUE-1")


async def test_a_lease_left_by_a_crash_does_not_delay_the_telling(synced: Pair) -> None:
    await sync(synced.blue.ports, "BLUE-1")
    (lease,) = await synced.blue.worker.claim(1)
    assert lease.until > synced.clock.now() + timedelta(seconds=10)
    await unsync(synced.blue.ports, "BLUE-1")
    await synced.blue.worker.run_until_idle()
    assert await synced.red.twin("RED-1") is None


async def test_it_goes_by_our_key_lest_another_item_is_meant(synced: Pair) -> None:
    with pytest.raises(UnknownThing, match="RED-1 is the other side's key of BLUE-1"):
        await unsync(synced.blue.ports, "RED-1")
    assert await synced.blue.twin("BLUE-1") is not None


async def test_what_has_no_item_here_goes_by_its_key_there(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="one")
    await sync(two.blue.ports, "BLUE-1")
    await two.blue.worker.run_until_idle()
    assert (await unsync(two.red.ports, "BLUE-1")).key is None
    await two.settle()
    assert two.red.tracker.items == {}
    assert await two.blue.twin("BLUE-1") is None
