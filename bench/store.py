"""How fast the store is: transactions a second, and the price of claiming work among many twins.

    python bench/store.py [--postgresql] [--twins 1000 100000]

Prints a table. PostgreSQL is a durable server of the test package, on this machine, over a socket.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

from accord.model import Connection, ConnectionState, Item, Replica, Shadow, Side, Twin
from accord.ports import Direction, Transaction
from accord.store import SqlStore, open_store

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
CONNECTIONS = 10
TEXT = "Some forty words of a description, as people write them. " * 20
SHADOW = Shadow(local=Item(key="X", summary="A summary", description=TEXT), sent=Replica(description=TEXT))


def twin(number: int) -> Twin:
    return Twin(
        id=f"twin-{number}",
        connection=f"c{number % CONNECTIONS}",
        local_key=f"ITEM-{number}",
        shadow=SHADOW,
        created_at=NOW,
        updated_at=NOW,
    )


def put_connections(tx: Transaction) -> None:
    for number in range(CONNECTIONS):
        name = f"c{number}"
        side, state = Side.INITIATOR, ConnectionState.ACTIVE
        tx.put_connection(Connection(id=name, name=name, tracker="t", side=side, state=state, created_at=NOW))


def checkpoint(number: int) -> Callable[[Transaction], None]:
    """What a step typically does: its twin and an event."""

    def work(tx: Transaction) -> None:
        tx.put_twin(twin(number))
        tx.register_event(twin(number), "changed", NOW)

    return work


async def runs_a_second(store: SqlStore, workers: int, seconds: float = 3.0) -> float:
    done, end = 0, time.perf_counter() + seconds

    async def worker(first: int) -> None:
        nonlocal done
        number = first
        while time.perf_counter() < end:
            await store.run(checkpoint(number % 5000))
            number, done = number + workers, done + 1

    await asyncio.gather(*(worker(number) for number in range(workers)))
    return done / seconds


async def fill(store: SqlStore, first: int, count: int) -> None:
    """Twins that wait: a third backing off, a third blocked, a third idle; and 1 in 100 of 10,000 is due."""

    def work(tx: Transaction, numbers: range) -> None:
        for number in numbers:
            one = twin(number)
            tx.register_event(one, "changed", NOW)
            if number % 3 == 0:
                tx.lane_retrying(one.id, Direction.OUT, LATER, {})
            elif number % 3 == 1:
                tx.lane_blocked(one.id, Direction.OUT, {})
            else:
                tx.clear_lane(one.id, Direction.OUT)

    for start in range(first, first + count, 1000):
        numbers = range(start, min(start + 1000, first + count))
        await store.run(lambda tx, numbers=numbers: work(tx, numbers))  # type: ignore[misc]


async def claim_milliseconds(store: SqlStore, rounds: int = 100) -> float:
    """The median of claiming 16 of 1,600 twins that are due, commit and release included."""

    def due(tx: Transaction) -> None:
        for number in range(1600):
            tx.register_event(twin(-1 - number), "changed", NOW)

    await store.run(due)
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        leases = await store.run(lambda tx: tx.claim("bench", NOW, LATER, 16, ()))
        times.append(time.perf_counter() - begun)
        assert len(leases) == 16
    await store.run(lambda tx: tx.release_all())
    return statistics.median(times) * 1000


async def measure(name: str, url: Callable[[], str], sizes: list[int]) -> None:
    store = open_store(url())
    await store.run(put_connections)
    for workers in (1, 64):
        print(f"{name:12} run()/s, {workers:2} at a time       {await runs_a_second(store, workers):10.0f}")
    await store.close()
    store = open_store(url())
    await store.run(put_connections)
    filled = 0
    for size in sizes:
        await fill(store, filled, size - filled)
        filled = size
        print(f"{name:12} claim of 16, ms, {size:9,} twins {await claim_milliseconds(store):10.2f}")
    await store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--twins", type=int, nargs="+", default=[1_000, 100_000])
    chosen = parser.parse_args()
    with ExitStack() as stack:
        if chosen.postgresql:
            from accord.testing.postgres import postgres_server

            server = stack.enter_context(postgres_server(durable=True))
            asyncio.run(measure("PostgreSQL", server.database, chosen.twins))
            return
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        paths = iter(str(folder / f"{number}.db") for number in range(9))
        asyncio.run(measure("SQLite", lambda: next(paths), chosen.twins))


if __name__ == "__main__":
    main()
