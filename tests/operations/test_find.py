"""What people mean by a name."""

from __future__ import annotations

import pytest

from accord.errors import NeedsOperator, UnknownThing
from accord.model import ConnectionState
from accord.operations.find import connection_called, item_and_connection, twin_called
from tests.operations.conftest import second_connection
from tests.pair import CONNECTION, Pair


async def test_a_twin_goes_by_either_key_and_by_its_id(synced: Pair) -> None:
    twin = await synced.blue.twin("BLUE-1")
    for name in ("BLUE-1", "RED-1", twin.id):
        assert await synced.blue.ports.store.read(lambda tx, name=name: twin_called(tx, name)) == twin


async def test_a_misspelt_key_gets_the_nearest(synced: Pair) -> None:
    with pytest.raises(UnknownThing, match="BLUE-7 is not under sync") as caught:
        await synced.blue.ports.store.read(lambda tx: twin_called(tx, "BLUE-7"))
    assert caught.value.remedy == "Did you mean 'BLUE-1'?"


async def test_a_connection_goes_by_name_or_id_and_a_misspelt_one_gets_the_nearest(two: Pair) -> None:
    for name in ("blue-other", CONNECTION):
        found = await two.blue.ports.store.read(lambda tx, name=name: connection_called(tx, name))
        assert found == two.blue.connection
    with pytest.raises(UnknownThing, match="'blue-othr'") as caught:
        await two.blue.ports.store.read(lambda tx: connection_called(tx, "blue-othr"))
    assert caught.value.remedy == "Did you mean 'blue-other'?"


async def test_what_several_connections_could_mean_is_asked_back(two: Pair) -> None:
    await second_connection(two.blue)
    two.blue.tracker.person_creates(summary="one")
    with pytest.raises(UnknownThing, match="blue-other, third") as caught:
        await item_and_connection(two.blue.ports, "BLUE-1")
    assert caught.value.remedy == "Choose one: --connection blue-other."
    item, connection = await item_and_connection(two.blue.ports, "BLUE-1", "third")
    assert (item.summary, connection.name) == ("one", "third")


async def test_a_pending_connection_is_named_as_such(two: Pair) -> None:
    await second_connection(two.blue, state=ConnectionState.PENDING)
    two.blue.tracker.person_creates(summary="one")
    assert (await item_and_connection(two.blue.ports, "BLUE-1"))[1].name == "blue-other"
    with pytest.raises(NeedsOperator, match="third is still pending"):
        await item_and_connection(two.blue.ports, "BLUE-1", "third")


async def test_without_any_connection_the_way_to_one_is_told(two: Pair) -> None:
    removed = two.blue.connection.model_copy(update={"state": ConnectionState.REMOVED})
    await two.blue.ports.store.run(lambda tx: tx.put_connection(removed))
    with pytest.raises(NeedsOperator, match="no connection in force") as caught:
        await item_and_connection(two.blue.ports, "BLUE-1")
    assert "accord invite" in (caught.value.remedy or "")
