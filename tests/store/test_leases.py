"""Handing out work: each twin to one worker, fairly, and to another one when the first has died."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from accord.ports import LeaseLost, Transaction
from accord.store import SqlStore
from tests.store.examples import CAUSE, IN, NOW, OUT, claim, connection, later, message, twin, with_events


async def test_the_longest_due_come_first_and_nobody_gets_them_twice(store: SqlStore) -> None:
    await store.run(lambda tx: with_events(tx, range(1, 6)))

    first = await store.run(lambda tx: claim(tx, 3))
    second = await store.run(lambda tx: claim(tx, 3))
    assert [lease.twin_id for lease in first] == ["t-blue-1", "t-blue-2", "t-blue-3"]
    assert [lease.twin_id for lease in second] == ["t-blue-4", "t-blue-5"]
    assert {(one.connection_id, one.owner, one.epoch, one.until, one.directions) for one in first} == {
        ("c-blue", "w1", 1, later(90), (OUT,))
    }


async def test_both_lanes_that_are_due_come_in_one_lease(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        with_events(tx, range(1, 4))
        for number in (1, 2):
            tx.register_request(message(twin(number), 1), twin(number), NOW)
        tx.lane_ready("t-blue-2", OUT, later(600))

    await store.run(work)
    leases = await store.run(lambda tx: claim(tx))
    assert {lease.twin_id: lease.directions for lease in leases} == {
        "t-blue-1": (OUT, IN),
        "t-blue-2": (IN,),
        "t-blue-3": (OUT,),
    }


async def test_nothing_is_claimed_before_it_is_due_nor_while_it_is_blocked(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        with_events(tx, range(1, 4))
        tx.lane_retrying("t-blue-1", OUT, later(61), CAUSE)
        tx.lane_blocked("t-blue-2", OUT, CAUSE)
        tx.clear_lane("t-blue-3", OUT)

    await store.run(work)
    assert await store.run(lambda tx: claim(tx, at=60)) == []
    assert [lease.twin_id for lease in await store.run(lambda tx: claim(tx, at=61))] == ["t-blue-1"]


async def test_an_item_shared_in_two_connections_is_worked_on_for_one_at_a_time(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        with_events(tx, range(1, 3), "blue")
        with_events(tx, range(1, 3), "red")
        tx.put_twin(twin(1, "red", local_key="blue-1"))

    await store.run(work)
    first = await store.run(lambda tx: claim(tx))
    assert [lease.twin_id for lease in first] == ["t-blue-1", "t-blue-2", "t-red-2"]
    assert await store.run(lambda tx: claim(tx)) == []
    unpaired = twin(9, "red", local_key=None)
    assert await store.run(lambda tx: tx.is_worked_on(unpaired, "blue-1", later(61)))
    assert not await store.run(lambda tx: tx.is_worked_on(unpaired, "red-2", later(61)))
    await store.run(lambda tx: tx.release(first[0]))
    assert not await store.run(lambda tx: tx.is_worked_on(unpaired, "blue-1", later(61)))
    assert [lease.twin_id for lease in await store.run(lambda tx: claim(tx, held=("c-blue",)))] == ["t-red-1"]


async def test_connections_that_are_not_active_or_held_get_no_turn(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        for name, state in (("blue", "active"), ("gray", "paused"), ("red", "active"), ("rust", "removed")):
            with_events(tx, range(1, 2), name, state)

    await store.run(work)
    assert await store.run(lambda tx: claim(tx, held=("c-blue", "c-red"))) == []
    assert [one.twin_id for one in await store.run(lambda tx: claim(tx, held=("c-red",)))] == ["t-blue-1"]
    assert [one.twin_id for one in await store.run(lambda tx: claim(tx))] == ["t-red-1"]


async def test_a_long_queue_leaves_room_for_others(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        with_events(tx, range(1, 101), "big")
        with_events(tx, range(200, 203), "small")

    await store.run(work)
    shares = Counter(lease.connection_id for lease in await store.run(lambda tx: claim(tx, 10)))
    assert shares == {"c-big": 7, "c-small": 3}


async def test_connections_take_turns_when_there_is_room_for_one(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        for name in ("a", "b", "c"):
            with_events(tx, range(1, 11), name)

    await store.run(work)
    turns = [(await store.run(lambda tx: claim(tx, 1)))[0].connection_id for _ in range(6)]
    assert turns == ["c-a", "c-b", "c-c"] * 2


async def test_a_lease_that_ran_out_goes_to_another_worker_and_fences_the_first_one_out(store: SqlStore) -> None:
    await store.run(lambda tx: with_events(tx, range(1, 2)))
    [lost] = await store.run(lambda tx: claim(tx, at=60, lasts=30))
    assert await store.run(lambda tx: claim(tx, at=89, owner="w2")) == []
    [taken] = await store.run(lambda tx: claim(tx, at=90, owner="w2"))
    assert (taken.owner, taken.epoch) == ("w2", lost.epoch + 1)

    def checkpoint(tx: Transaction) -> None:
        tx.put_fact("written", "by the first")
        tx.fence(lost)

    with pytest.raises(LeaseLost):
        await store.run(checkpoint)
    assert await store.read(lambda tx: tx.fact("written")) is None
    with pytest.raises(LeaseLost):
        await store.run(lambda tx: tx.renew(lost, later(500)))
    await store.run(lambda tx: tx.release(lost))
    await store.run(lambda tx: tx.fence(taken))


async def test_the_same_worker_is_fenced_out_by_its_own_later_lease(store: SqlStore) -> None:
    await store.run(lambda tx: with_events(tx, range(1, 2)))
    [first] = await store.run(lambda tx: claim(tx, at=60, lasts=30))
    [second] = await store.run(lambda tx: claim(tx, at=90))

    await store.run(lambda tx: tx.fence(second))
    with pytest.raises(LeaseLost):
        await store.run(lambda tx: tx.fence(first))


async def test_a_released_twin_is_free_at_once(store: SqlStore) -> None:
    await store.run(lambda tx: with_events(tx, range(1, 2)))
    [lease] = await store.run(lambda tx: claim(tx))
    await store.run(lambda tx: tx.release(lease))

    [again] = await store.run(lambda tx: claim(tx))
    assert again.epoch == lease.epoch + 1
    with pytest.raises(LeaseLost):
        await store.run(lambda tx: tx.fence(lease))


async def test_a_renewed_lease_lasts_longer(store: SqlStore) -> None:
    await store.run(lambda tx: with_events(tx, range(1, 2)))
    [lease] = await store.run(lambda tx: claim(tx, at=60, lasts=30))
    await store.run(lambda tx: tx.renew(lease, later(200)))

    assert await store.run(lambda tx: claim(tx, at=199)) == []
    assert len(await store.run(lambda tx: claim(tx, at=200))) == 1


async def test_one_twin_may_be_taken_though_nothing_of_it_is_due_unless_somebody_has_it(store: SqlStore) -> None:
    one, other = twin(1), twin(2)
    await store.run(lambda tx: with_events(tx, range(1, 2)))
    [theirs] = await store.run(lambda tx: claim(tx, at=60, lasts=30))
    assert await store.run(lambda tx: tx.take(one, "me", later(89), later(99))) is None
    ours = await store.run(lambda tx: tx.take(one, "me", later(90), later(99)))
    assert ours is not None
    with pytest.raises(LeaseLost):
        await store.run(lambda tx: tx.fence(theirs))
    await store.run(lambda tx: tx.fence(ours))
    assert await store.run(lambda tx: claim(tx, at=98)) == []
    assert await store.run(lambda tx: tx.take(other, "me", later(0), later(9))) is not None, "without any lane"


async def test_a_twin_may_be_taken_from_whoever_works_on_it(store: SqlStore) -> None:
    await store.run(lambda tx: with_events(tx, range(1, 2)))
    [lease] = await store.run(lambda tx: claim(tx, lasts=3600))
    await store.run(lambda tx: tx.revoke(lease.twin_id))
    for lost in (lambda tx: tx.fence(lease), lambda tx: tx.renew(lease, later(9999))):
        with pytest.raises(LeaseLost):
            await store.run(lost)
    [again] = await store.run(lambda tx: claim(tx, lasts=3600))
    await store.run(lambda tx: tx.release(lease))
    await store.run(lambda tx: tx.fence(again))


async def test_a_node_alone_on_its_database_frees_what_its_last_run_left(store: SqlStore) -> None:
    await store.run(lambda tx: with_events(tx, range(1, 3)))
    assert len(await store.run(lambda tx: claim(tx, lasts=3600))) == 2
    await store.run(lambda tx: tx.release_all())

    assert len(await store.run(lambda tx: claim(tx))) == 2


async def test_the_next_due_time_tells_when_to_look_again(store: SqlStore) -> None:
    assert await store.read(lambda tx: tx.next_due(())) is None

    def work(tx: Transaction) -> None:
        for name, state, due in (("blue", "active", 70), ("red", "active", 50), ("gray", "paused", 10)):
            tx.put_connection(connection(name, state=state))
            tx.register_event(twin(1, name), "changed", later(due))
        tx.register_event(twin(2), "changed", later(40))
        tx.lane_blocked("t-blue-2", OUT, CAUSE)

    await store.run(work)
    assert await store.read(lambda tx: tx.next_due(())) == later(50)
    assert await store.read(lambda tx: tx.next_due(("c-red",))) == later(70)
    assert await store.read(lambda tx: tx.next_due(("c-red", "c-blue"))) is None


async def test_a_leased_twin_is_next_due_when_its_lease_ends(store: SqlStore) -> None:
    await store.run(lambda tx: with_events(tx, range(1, 2)))
    [lease] = await store.run(lambda tx: claim(tx, at=60, lasts=30))
    assert await store.read(lambda tx: tx.next_due(())) == later(90)
    await store.run(lambda tx: tx.lane_retrying(lease.twin_id, OUT, later(95), CAUSE))
    assert await store.read(lambda tx: tx.next_due(())) == later(95)
    await store.run(lambda tx: tx.release(replace(lease)))
    assert await store.read(lambda tx: tx.next_due(())) == later(95)


async def test_stores_that_claim_at_the_same_time_never_get_the_same_twin(opened: Callable[[], SqlStore]) -> None:
    stores = [opened(), opened()]
    await stores[0].run(lambda tx: with_events(tx, range(1, 201)))

    async def worker(store: SqlStore, owner: str) -> list[str]:
        taken: list[str] = []
        while leases := await store.run(lambda tx: claim(tx, 3, owner=owner)):
            taken += [lease.twin_id for lease in leases]
        return taken

    each = await asyncio.gather(*(worker(store, f"w{n}") for n, store in enumerate(stores * 2)))
    everything = [twin_id for taken in each for twin_id in taken]
    assert len(everything) == 200
    assert len(set(everything)) == 200
