"""Pairing two items that exist: asked for by one side, agreed to by the other."""

from __future__ import annotations

import pytest

from accord.errors import UnknownThing
from accord.operations.connect import connect
from accord.operations.errors import errors
from accord.operations.sync import sync
from tests.pair import Pair


@pytest.fixture
async def apart(two: Pair) -> Pair:
    """An item on each side, not under sync."""
    two.blue.tracker.person_creates(summary="Login fails", description="since Monday")
    two.red.tracker.person_creates(summary="Login fails", priority="high")
    return two


async def test_both_operators_say_so_and_the_items_agree(apart: Pair) -> None:
    asked = await connect(apart.blue.ports, "BLUE-1", "RED-1")
    assert not asked.approved
    await apart.settle()
    (group,) = await errors(apart.red.ports)
    assert group.remedy is not None
    assert "accord connect RED-1 BLUE-1" in group.remedy

    agreed = await connect(apart.red.ports, "RED-1", "BLUE-1")
    assert (agreed.approved, agreed.twin_id) == (True, asked.twin_id)
    await apart.settle()
    for side in apart.sides:
        assert (side.only.description, side.only.priority) == ("since Monday", "high")
    assert (await apart.blue.twin("BLUE-1")).remote_key == "RED-1"


async def test_agreeing_to_another_pair_is_not_agreeing(apart: Pair) -> None:
    apart.blue.tracker.person_creates(summary="another")
    await connect(apart.blue.ports, "BLUE-1", "RED-1")
    await apart.settle()
    with pytest.raises(UnknownThing, match="RED-2"):
        await connect(apart.red.ports, "RED-2", "BLUE-1")
    await apart.settle()
    assert (await apart.blue.twin("BLUE-1")).remote_key is None


async def test_an_item_has_one_partner(apart: Pair) -> None:
    await sync(apart.blue.ports, "BLUE-1")
    await apart.settle()
    with pytest.raises(UnknownThing, match="BLUE-1 is under sync through blue-other already: BLUE-1 and RED-2"):
        await connect(apart.blue.ports, "BLUE-1", "RED-1")
    apart.blue.tracker.person_creates(summary="another")
    with pytest.raises(UnknownThing, match="RED-2 is under sync"):
        await connect(apart.blue.ports, "BLUE-2", "RED-2")


async def test_asking_again_asks_once(apart: Pair) -> None:
    first = await connect(apart.blue.ports, "BLUE-1", "RED-1")
    again = await connect(apart.blue.ports, "BLUE-1", "RED-1")
    assert first.twin_id == again.twin_id


@pytest.mark.parametrize("reached", [True, False], ids=["asked", "on its way"])
async def test_the_other_side_begins_with_the_same_item_meanwhile(apart: Pair, reached: bool) -> None:
    asked = await connect(apart.blue.ports, "BLUE-1", "RED-1")
    if reached:
        await apart.settle()
    (begun,) = await sync(apart.red.ports, "RED-1")
    if not reached:
        await apart.red.worker.run_until_idle()
    await apart.settle(seconds=300)
    for side in apart.sides:
        assert (side.only.description, side.only.priority) == ("since Monday", "high")
        twin = await side.twin(side.only.key)
        assert twin.id == begun.twin_id != asked.twin_id
    assert await errors(apart.red.ports) == await errors(apart.blue.ports) == []
