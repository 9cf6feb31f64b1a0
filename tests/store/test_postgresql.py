"""What only happens where several processes share a server: waiting, deadlock, races, a lost connection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import psycopg
import pytest

from accord.errors import ConfigurationInvalid, UnknownThing, Unreachable
from accord.ports import LaneState, Transaction
from accord.store import SqlStore, open_store
from accord.testing.postgres import PostgresServer
from tests.store.examples import NOW, OUT, later, message, twin

TWIN = twin()
Pair = tuple[SqlStore, SqlStore]


@pytest.fixture
async def pair(postgres_url: str) -> AsyncIterator[Pair]:
    stores = open_store(postgres_url), open_store(postgres_url)
    yield stores
    for store in stores:
        await store.close()


@pytest.fixture
def until_one_waits(postgres_url: str) -> Callable[[], None]:
    """Returns once a statement waits for a lock that another transaction holds."""

    def wait() -> None:
        with psycopg.connect(postgres_url, autocommit=True) as watcher:
            while not watcher.execute("select 1 from pg_locks where not granted").fetchone():
                pass

    return wait


async def test_a_deadlock_is_resolved_and_everything_is_done(pair: Pair) -> None:
    both_hold_one = threading.Barrier(2)

    def crossing(first: str, second: str) -> Callable[[Transaction], None]:
        tries = iter([True])

        def work(tx: Transaction) -> None:
            tx.put_fact(first, first + second)
            if next(tries, False):
                both_hold_one.wait()
            tx.put_fact(second, first + second)

        return work

    await asyncio.gather(pair[0].run(crossing("a", "b")), pair[1].run(crossing("b", "a")))
    a, b = await pair[0].read(lambda tx: (tx.fact("a"), tx.fact("b")))
    assert a == b
    assert a in ("ab", "ba")


async def test_processes_that_count_do_not_lock_each_other_out(pair: Pair) -> None:
    names = ["x", "y", "z"]

    def count(order: list[str]) -> Callable[[Transaction], None]:
        def work(tx: Transaction) -> None:
            for name in order:
                tx.count(name)

        return work

    await asyncio.gather(*(pair[n % 2].run(count(names if n % 2 else names[::-1])) for n in range(60)))
    assert await pair[0].read(lambda tx: tx.counters()) == dict.fromkeys(names, 60)


async def test_two_processes_can_not_bring_one_item_under_sync_twice(
    pair: Pair, until_one_waits: Callable[[], None]
) -> None:
    written = threading.Event()

    def first(tx: Transaction) -> None:
        tx.put_twin(twin(1))
        written.set()
        until_one_waits()

    def second(tx: Transaction) -> None:
        written.wait()
        tx.put_twin(twin(2, local_key="ITEM-1"))

    outcomes = await asyncio.gather(pair[0].run(first), pair[1].run(second), return_exceptions=True)
    assert outcomes[0] is None
    assert isinstance(outcomes[1], UnknownThing)


async def test_one_request_that_arrives_at_two_processes_is_registered_once(pair: Pair) -> None:
    receipts = await asyncio.gather(
        *(store.run(lambda tx: tx.register_request(message(TWIN, 1), TWIN, NOW)) for store in pair * 10)
    )
    assert sorted(receipt.status for receipt in receipts) == ["duplicate"] * 19 + ["registered"]


async def test_an_event_that_arrives_while_the_lane_empties_is_not_forgotten(
    pair: Pair, until_one_waits: Callable[[], None]
) -> None:
    await pair[0].run(lambda tx: tx.register_event(TWIN, "first", NOW))
    head = await pair[0].read(lambda tx: tx.head(TWIN.id, OUT))
    assert head
    registered = threading.Event()

    def register(tx: Transaction) -> None:
        tx.add_composed(TWIN, message(TWIN, 1), "second", later(5))
        registered.set()
        until_one_waits()

    def settle(tx: Transaction) -> None:
        registered.wait()
        tx.remove_entry(head)
        tx.lane_ready(TWIN.id, OUT, later(6))

    await asyncio.gather(pair[0].run(register), pair[1].run(settle))
    lane = await pair[0].read(lambda tx: tx.lane(TWIN.id, OUT))
    assert lane
    assert lane.state is LaneState.READY
    assert [one.reason for one in await pair[0].read(lambda tx: tx.entries(TWIN.id))] == ["second"]


async def test_a_connection_that_was_lost_while_idle_is_opened_again(
    postgres: PostgresServer, postgres_url: str, pair: Pair
) -> None:
    postgres.disconnect(postgres_url)
    await pair[0].run(lambda tx: tx.put_fact("a", "1"))
    assert await pair[0].read(lambda tx: tx.fact("a")) == "1"


async def test_a_connection_that_is_lost_before_the_commit_costs_nothing(
    postgres: PostgresServer, postgres_url: str, pair: Pair
) -> None:
    tries = iter([True])

    def work(tx: Transaction) -> None:
        tx.count("done")
        if next(tries, False):
            postgres.disconnect(postgres_url)
        tx.put_fact("a", "1")

    await pair[0].run(work)
    assert await pair[0].read(lambda tx: (tx.fact("a"), tx.counters())) == ("1", {"done": 1})


async def test_a_connection_that_is_lost_in_the_commit_leaves_it_open_and_says_so(
    postgres: PostgresServer, postgres_url: str, pair: Pair
) -> None:
    def work(tx: Transaction) -> None:
        tx.put_fact("a", "1")
        postgres.disconnect(postgres_url)

    with pytest.raises(Unreachable, match="connection to the PostgreSQL server was lost"):
        await pair[0].run(work)
    await pair[0].run(lambda tx: tx.put_fact("b", "2"))
    assert await pair[0].read(lambda tx: tx.fact("b")) == "2"


async def test_a_server_that_is_gone_fails_everything_at_once(
    postgres: PostgresServer, postgres_url: str, pair: Pair
) -> None:
    postgres.drop(postgres_url)
    outcomes = await asyncio.gather(
        *(pair[0].run(lambda tx: tx.put_fact("a", "1")) for _ in range(10)), return_exceptions=True
    )
    assert {type(outcome) for outcome in outcomes} == {Unreachable}
    with pytest.raises(Unreachable):
        await pair[0].read(lambda tx: tx.fact("a"))


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("postgresql://me:hunter2@127.0.0.1:1/none?connect_timeout=1", Unreachable),
        ("postgresql://me:hunter2@127.0.0.1/none?nonsense=1", ConfigurationInvalid),
    ],
)
def test_an_address_that_does_not_work_is_told_without_its_password(url: str, error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        open_store(url)
    assert "hunter2" not in f"{caught.value} {caught.value.__dict__}"
