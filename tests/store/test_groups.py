"""Group commit: closures share a transaction, not their errors."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Any

import pytest

from accord.errors import Unreachable
from accord.ports import Transaction
from accord.store import SqlStore
from accord.store.database import Database
from accord.store.executors import GROUP_SIZE, Threaded
from accord.store.groups import Group
from accord.store.postgresql import PostgresDatabase
from accord.store.sqlite import SqliteDatabase, prepare


class Writer:
    """A writer thread that can be held up, so that closures wait for it together."""

    def __init__(self, database: Database) -> None:
        self.group = Group(database)
        self.executor = Threaded(self.group, "test-writer")

    async def together(self, *works: Callable[[Transaction], Any]) -> list[Any]:
        """Hands in all closures while the thread is busy with another one; their results, and errors, in order."""
        busy, go = asyncio.Event(), threading.Event()
        loop = asyncio.get_running_loop()

        def hold_up(tx: Transaction) -> None:
            loop.call_soon_threadsafe(busy.set)
            go.wait()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.executor.run(hold_up))
            await busy.wait()
            outcomes = asyncio.gather(*(self.executor.run(work) for work in works), return_exceptions=True)
            loop.call_soon(go.set)
            return await outcomes


@pytest.fixture
async def writer(shared_url: str) -> AsyncIterator[Writer]:
    path = shared_url.removeprefix("sqlite:///")
    if path == shared_url:
        opened = Writer(PostgresDatabase(shared_url))
    else:
        prepare(path)
        opened = Writer(SqliteDatabase(path))
    yield opened
    await opened.executor.close()


class Crash(BaseException):
    """What a simulation stops a node with."""


def put(number: int) -> Callable[[Transaction], int]:
    def work(tx: Transaction) -> int:
        tx.put_fact(f"n{number}", str(number))
        tx.count("put")
        return number

    return work


def put_and_fail(number: int, error: BaseException) -> Callable[[Transaction], int]:
    def work(tx: Transaction) -> int:
        put(number)(tx)
        raise error

    return work


async def test_closures_that_wait_together_share_a_commit(writer: Writer) -> None:
    assert await writer.together(*map(put, range(50))) == list(range(50))
    assert writer.group.commits == 2


async def test_a_group_is_bounded(writer: Writer) -> None:
    await writer.together(*map(put, range(GROUP_SIZE * 2 + 1)))
    assert writer.group.commits == 1 + 3


async def test_a_closure_that_fails_undoes_only_itself(writer: Writer) -> None:
    error = ValueError("no")
    outcomes = await writer.together(put(1), put_and_fail(2, error), put(3), put_and_fail(4, error))

    assert outcomes == [1, error, 3, error]
    assert writer.group.commits == 2
    found = await writer.executor.run(lambda tx: [tx.fact(f"n{number}") for number in (1, 2, 3, 4)])
    assert found == ["1", None, "3", None]
    assert await writer.executor.run(lambda tx: tx.counters()) == {"put": 2}


async def test_a_closure_sees_what_those_before_it_in_its_group_did(writer: Writer) -> None:
    outcomes = await writer.together(put(1), lambda tx: (tx.fact("n1"), tx.counters()))
    assert outcomes == [1, ("1", {"put": 1})]


async def test_an_error_of_the_database_undoes_only_its_closure_too(writer: Writer) -> None:
    def too_large(tx: Transaction) -> None:
        put(2)(tx)
        tx.put_digest("jira", "ITEM-1", "1", "aa", 2**70)

    first, failed, third = await writer.together(put(1), too_large, put(3))
    assert (first, third) == (1, 3)
    assert isinstance(failed, Exception)
    assert await writer.executor.run(lambda tx: [tx.fact(f"n{number}") for number in (1, 2, 3)]) == ["1", None, "3"]


async def test_a_swallowed_error_never_passes_for_a_commit(postgres_url: str) -> None:
    writer = Writer(PostgresDatabase(postgres_url))

    def swallow(tx: Transaction) -> str:
        put(2)(tx)
        with suppress(Exception):
            tx.put_digest("jira", "ITEM-1", "1", "aa", 2**70)
        return "done"

    first, swallowed, third = await writer.together(put(1), swallow, put(3))
    assert (first, third) == (1, 3)
    assert isinstance(swallowed, Exception)
    [alone] = await writer.together(swallow)
    assert isinstance(alone, Exception)
    assert await writer.executor.run(lambda tx: [tx.fact(f"n{number}") for number in (1, 2, 3)]) == ["1", None, "3"]
    await writer.executor.close()


async def test_a_cancelled_caller_harms_no_other(writer: Writer) -> None:
    busy = asyncio.create_task(writer.together(put(1), put(2)))
    cancelled = asyncio.create_task(writer.executor.run(put(3)))
    await asyncio.sleep(0)
    cancelled.cancel()
    assert await busy == [1, 2]
    assert await writer.executor.run(put(4)) == 4


async def test_the_thread_survives_even_what_is_no_exception(writer: Writer) -> None:
    [failed] = await writer.together(put_and_fail(1, Crash()))
    assert isinstance(failed, Crash)
    assert await writer.executor.run(put(2)) == 2


async def test_closing_finishes_what_was_handed_in(shared_url: str, opened: Callable[[], SqlStore]) -> None:
    store = opened()
    waiting = [asyncio.create_task(store.run(put(number))) for number in range(20)]
    await asyncio.sleep(0)
    await store.close()
    assert await asyncio.gather(*waiting) == list(range(20))
    with pytest.raises(Unreachable, match="closed"):
        await store.run(put(1))
    assert await opened().read(lambda tx: tx.fact("n19")) == "19"


async def test_a_closure_that_fails_writes_nothing(store: SqlStore) -> None:
    with pytest.raises(ValueError, match="no"):
        await store.run(put_and_fail(1, ValueError("no")))
    assert await store.read(lambda tx: (tx.fact("n1"), tx.counters())) == (None, {})


async def test_reading_can_not_write(store: SqlStore) -> None:
    with pytest.raises(Exception, match=r"read-?only"):
        await store.read(lambda tx: tx.put_fact("n1", "1"))
    assert await store.run(lambda tx: tx.fact("n1")) is None
    await store.run(put(2))


async def test_reading_sees_all_that_was_done_before(store: SqlStore) -> None:
    for number in range(20):
        await store.run(put(number))
        assert await store.read(lambda tx: tx.counters()) == {"put": number + 1}
