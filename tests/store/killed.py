"""A process that works on a store until it is killed: `python -m tests.store.killed URL count|claim`."""

from __future__ import annotations

import asyncio
import sys
from itertools import count

from accord.ports import Transaction
from accord.store import SqlStore, open_store
from tests.store.examples import claim, with_events

WORKERS = 8


async def counting(store: SqlStore) -> None:
    """Tells after each transaction how many are done."""
    done = count(1)

    async def worker(number: int) -> None:
        for written in count(1):

            def work(tx: Transaction, value: str = str(written)) -> None:
                tx.put_fact(f"worker-{number}", value)
                tx.count("written")

            await store.run(work)
            print(next(done), flush=True)

    await asyncio.gather(*(worker(number) for number in range(WORKERS)))


async def claiming(store: SqlStore) -> None:
    """Takes a lease and keeps it."""
    await store.run(lambda tx: with_events(tx, range(1, 2)))
    await store.run(lambda tx: claim(tx, at=60, lasts=30, owner="killed"))
    print("claimed", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run({"count": counting, "claim": claiming}[sys.argv[2]](open_store(sys.argv[1])))
