"""Bringing items under sync by hand."""

from __future__ import annotations

import pytest

from accord.errors import UnknownThing
from accord.operations.progress import Progress, follow
from accord.operations.queue import Status
from accord.operations.sync import sync
from tests.operations.conftest import second_connection
from tests.pair import Pair


async def test_an_item_comes_under_sync(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="Login fails")
    (registered,) = await sync(two.blue.ports, "BLUE-1")
    assert (registered.key, registered.connection, registered.new) == ("BLUE-1", "blue-other", True)
    await two.settle()
    assert two.red.only.summary == "Login fails"


async def test_an_item_under_sync_is_looked_at_whichever_key_is_given(synced: Pair) -> None:
    synced.blue.tracker.items["BLUE-1"] = synced.blue.only.model_copy(update={"summary": "Edited unseen"})
    (registered,) = await sync(synced.blue.ports, "RED-1")
    assert (registered.key, registered.remote_key, registered.new) == ("BLUE-1", "RED-1", False)
    await synced.blue.worker.run_until_idle()
    await synced.settle()
    assert synced.red.only.summary == "Edited unseen"


async def test_asking_twice_makes_one_item(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="one")
    (first,) = await sync(two.blue.ports, "BLUE-1")
    (second,) = await sync(two.blue.ports, "BLUE-1")
    assert (first.twin_id, second.new) == (second.twin_id, False)
    await two.settle()
    assert len(two.red.tracker.items) == 1


async def test_an_item_under_sync_through_two_connections_is_registered_for_both(synced: Pair) -> None:
    await second_connection(synced.blue)
    await sync(synced.blue.ports, "BLUE-1", "third")
    assert {one.connection for one in await sync(synced.blue.ports, "BLUE-1")} == {"blue-other", "third"}


async def test_an_item_that_is_not_there(synced: Pair) -> None:
    with pytest.raises(UnknownThing, match="There is no item BLUE-2 in blue") as caught:
        await sync(synced.blue.ports, "BLUE-2")
    assert caught.value.remedy == "Did you mean 'BLUE-1'?"
    assert await synced.blue.lanes() == []


async def test_progress_is_told_step_by_step_until_it_rests(two: Pair) -> None:
    two.blue.tracker.person_creates(summary="one")
    (registered,) = await sync(two.blue.ports, "BLUE-1")
    steps: list[Progress] = []
    async for step in follow(two.blue.ports, registered.twin_id):
        steps.append(step)
        if len(steps) == 2:
            await two.red.worker.run_until_idle()
        await two.blue.worker.run_until_idle()
    assert [step.status for step in steps] == [Status.QUEUED, Status.WAITING, Status.SETTLED]
    assert steps[-1].remote_key == "RED-1"


async def test_our_item_goes_before_the_other_sides_item_of_the_same_key(synced: Pair) -> None:
    synced.blue.tracker.items["RED-1"] = synced.blue.only.model_copy(update={"key": "RED-1", "summary": "ours"})
    (registered,) = await sync(synced.blue.ports, "RED-1")
    assert (registered.key, registered.new) == ("RED-1", True)
