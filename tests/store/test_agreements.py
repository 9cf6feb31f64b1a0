"""Connections and twins as the store keeps them."""

from __future__ import annotations

from typing import Any

import pytest

from accord.errors import ConfigurationInvalid, UnknownThing
from accord.model import ConnectionState, Intent, Item, Replica, Shadow, SubItem, Trace, Twin, TwinState
from accord.ports import Transaction
from accord.store import SqlStore
from tests.store.examples import NOW, connection, twin

CREATING = Shadow(intents=(Intent(operation="create", marker="m-1", started_at=NOW),))


async def test_connections_are_kept_whole_and_listed_by_name(store: SqlStore) -> None:
    red = connection("red", peer_url="https://peer.example", paused_because="the guard", state=ConnectionState.PAUSED)
    blue = connection("blue")

    def work(tx: Transaction) -> None:
        tx.put_connection(red)
        tx.put_connection(blue)

    await store.run(work)
    assert await store.read(lambda tx: tx.connections()) == [blue, red]
    assert await store.read(lambda tx: tx.connection("c-red")) == red
    assert await store.read(lambda tx: tx.connection("c-none")) is None


async def test_a_connection_can_be_changed_and_renamed(store: SqlStore) -> None:
    await store.run(lambda tx: tx.put_connection(connection("blue")))
    renamed = connection("blue", name="azure", state=ConnectionState.PAUSED)
    await store.run(lambda tx: tx.put_connection(renamed))
    assert await store.read(lambda tx: tx.connections()) == [renamed]


async def test_two_connections_can_not_have_one_name_unless_one_is_removed(store: SqlStore) -> None:
    await store.run(lambda tx: tx.put_connection(connection("blue")))
    second = connection("blue", id="c-second")
    with pytest.raises(ConfigurationInvalid) as caught:
        await store.run(lambda tx: tx.put_connection(second))
    assert (caught.value.field, caught.value.value) == ("name", "blue")

    await store.run(lambda tx: tx.put_connection(connection("blue", state=ConnectionState.REMOVED)))
    await store.run(lambda tx: tx.put_connection(second))
    assert await store.read(lambda tx: tx.connection("c-second")) == second


async def test_a_twin_comes_back_as_it_was(store: SqlStore) -> None:
    kept = twin(
        1,
        remote_key="#7",
        shadow=Shadow(
            local=Item(key="ITEM-1", summary="Ünïcode \u0000 ☃", labels=("a", "b"), fields={"x": [1, None]}),
            sent=Replica(summary=None, custom={"deep": {"er": 1.5}}),
            traces=(Trace(kind=SubItem.COMMENT, local_id="1", here="abc"),),
            intents=CREATING.intents,
        ),
    )
    await store.run(lambda tx: tx.put_twin(kept))

    found = await store.read(lambda tx: tx.twin(kept.id))
    assert found == kept
    assert found.shadow.sent
    # Null was said, an absent field was not.
    assert found.shadow.sent.model_fields_set == {"summary", "custom"}
    assert await store.read(lambda tx: tx.twin("t-none")) is None


async def test_a_live_twin_is_found_by_its_key(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        tx.put_twin(twin(1))
        tx.put_twin(twin(1, "red"))
        tx.put_twin(twin(2, state=TwinState.ENDED))

    await store.run(work)
    assert await store.read(lambda tx: tx.live_twin("c-blue", "ITEM-1")) == twin(1)
    assert await store.read(lambda tx: tx.live_twin("c-red", "ITEM-1")) == twin(1, "red")
    assert await store.read(lambda tx: tx.live_twin("c-blue", "ITEM-2")) is None


async def test_an_item_is_under_sync_once_through_a_connection(store: SqlStore) -> None:
    second = twin(2, local_key="ITEM-1")
    await store.run(lambda tx: tx.put_twin(twin(1)))

    def try_second(tx: Transaction) -> bool:
        with pytest.raises(UnknownThing, match="ITEM-1 is under sync"):
            tx.put_twin(second)
        tx.put_twin(twin(3))
        return tx.twin(second.id) is None

    assert await store.run(try_second) is True
    assert await store.read(lambda tx: tx.twin("t-blue-3")) == twin(3)

    await store.run(lambda tx: tx.put_twin(twin(1, state=TwinState.ENDED)))
    await store.run(lambda tx: tx.put_twin(second))
    with pytest.raises(UnknownThing):
        await store.run(lambda tx: tx.put_twin(twin(1)))


async def test_any_number_of_twins_may_have_no_key_yet(store: SqlStore) -> None:
    def work(tx: Transaction) -> int:
        for number in range(3):
            tx.put_twin(twin(number, local_key=None))
        return tx.count_twins("c-blue")

    assert await store.run(work) == 3


async def test_twins_are_listed_oldest_first(store: SqlStore) -> None:
    ended = twin(2, state=TwinState.ENDED)
    red = twin(4, "red")

    def work(tx: Transaction) -> None:
        for one in (red, twin(3), ended, twin(1)):
            tx.put_twin(one)

    await store.run(work)

    async def listed(connection_id: str | None = None, **how: bool | int) -> list[Twin]:
        return await store.read(lambda tx: tx.twins(connection_id, **how))  # type: ignore[arg-type]

    assert await listed("c-blue") == [twin(1), twin(3)]
    assert await listed("c-blue", live=False) == [twin(1), ended, twin(3)]
    assert await listed() == [twin(1), twin(3), red]
    assert await listed(live=False, limit=2) == [twin(1), ended]
    assert await store.read(lambda tx: tx.count_twins("c-blue")) == 2


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({}, True),
        ({"started_here": True}, False),
        ({"local_key": "ITEM-1"}, False),
        ({"state": TwinState.PAIRED}, False),
        ({"shadow": Shadow()}, False),
        ({"shadow": Shadow(intents=(Intent(operation="update", started_at=NOW),))}, False),
        ({"connection": "c-red"}, False),
    ],
)
async def test_an_item_that_is_just_being_created_is_known(
    store: SqlStore, parts: dict[str, Any], expected: bool
) -> None:
    values: dict[str, Any] = {"started_here": False, "local_key": None, "shadow": CREATING}
    await store.run(lambda tx: tx.put_twin(twin(1, **(values | parts))))
    assert await store.read(lambda tx: tx.creating("c-blue")) is expected


async def test_who_waits_for_an_item_is_found_until_it_is_under_sync_or_ended(store: SqlStore) -> None:
    child, other, epic = (twin(n, local_key=f"OPS-{n}", remote_key=f"ACME-{n}") for n in (1, 2, 3))

    def begin(tx: Transaction) -> list[bool]:
        tx.put_twin(child)
        tx.put_twin(other)
        tx.put_twin(epic.model_copy(update={"local_key": None}))
        return [tx.put_waits(child, ["ACME-3", "ACME-9"]), tx.put_waits(other, ["ACME-3"])]

    assert await store.run(begin) == [False, False]
    waiting = await store.read(lambda tx: tx.waiting_for(epic.connection, "ACME-3"))
    assert [one.id for one in waiting] == [child.id, other.id]
    assert await store.read(lambda tx: tx.count_waiting(epic.connection)) == 2

    def come(tx: Transaction) -> bool:
        tx.put_twin(epic)
        tx.put_twin(other.ended(NOW))
        return tx.put_waits(child, ["ACME-3"])

    assert await store.run(come)
    assert await store.read(lambda tx: [len(tx.waiting_for(epic.connection, key)) for key in ("ACME-3", "ACME-9")]) == [
        1,
        0,
    ]
    await store.run(lambda tx: tx.put_waits(child, []))
    assert await store.read(lambda tx: tx.count_waiting(epic.connection)) == 0
