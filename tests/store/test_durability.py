"""A process that is killed: what `run` has told is on disk, and others take its work over."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from accord.ports import Lease, LeaseLost
from accord.store import SqlStore
from tests.store import killed
from tests.store.examples import OUT, claim, later

ROOT = Path(__file__).parents[2]


@contextmanager
def process(url: str, role: str) -> Iterator[subprocess.Popen[str]]:
    """A process of `tests.store.killed`, killed at the end if not before."""
    command = [sys.executable, "-m", "tests.store.killed", url, role]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as running:
        try:
            yield running
        finally:
            running.kill()


@pytest.fixture
def store(opened: Callable[[], SqlStore]) -> SqlStore:
    return opened()


async def test_all_that_was_told_to_be_done_survives_a_kill(shared_url: str, store: SqlStore) -> None:
    told = 0
    with process(shared_url, "count") as running:
        assert running.stdout
        for line in running.stdout:
            told = int(line)
            if told == 200:
                running.kill()
    assert told >= 200
    stored = await store.read(lambda tx: [int(tx.fact(f"worker-{n}") or 0) for n in range(killed.WORKERS)])
    assert sum(stored) >= told
    # A number and its counter are one transaction: both are there or neither.
    assert await store.read(lambda tx: tx.counters()) == {"written": sum(stored)}


async def test_the_work_of_a_killed_process_is_taken_over(shared_url: str, store: SqlStore) -> None:
    with process(shared_url, "claim") as running:
        assert running.stdout
        assert running.stdout.readline() == "claimed\n"
        running.kill()
    lost = Lease(
        twin_id="t-blue-1",
        connection_id="c-blue",
        owner="killed",
        epoch=1,
        until=later(90),
        directions=(OUT,),
    )
    assert await store.run(lambda tx: claim(tx, at=89)) == []
    await store.run(lambda tx: tx.fence(lost))
    [taken] = await store.run(lambda tx: claim(tx, at=90))
    assert (taken.twin_id, taken.epoch) == ("t-blue-1", 2)
    with pytest.raises(LeaseLost):
        await store.run(lambda tx: tx.fence(lost))
    head = await store.read(lambda tx: tx.head("t-blue-1", OUT))
    assert head
    assert head.reason == "changed"
