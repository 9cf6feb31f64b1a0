"""A person's decision about a twin, taken while no worker is in the middle of a step on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from accord.errors import NeedsOperator
from accord.model import Twin
from accord.ports import Lease, LeaseLost, Ports

OWNER = "a person"
SECONDS = 10.0
PATIENCE = 5.0
STEP = 0.1


@asynccontextmanager
async def leased(ports: Ports, twin: Twin) -> AsyncIterator[Lease]:
    """A lease on the twin for the body. Raises NeedsOperator if a worker keeps it for longer than five seconds, or
    the body took so long that one has taken it back."""
    lease = await _take(ports, twin)
    try:
        yield lease
    except LeaseLost:
        raise _busy(twin) from None
    finally:
        await ports.store.run(lambda tx: tx.release(lease))


async def _take(ports: Ports, twin: Twin) -> Lease:
    waited = 0.0
    while True:
        lease = await _try(ports, twin)
        if lease is not None:
            return lease
        if waited >= PATIENCE:
            raise _busy(twin)
        await ports.clock.sleep(STEP)
        waited += STEP


async def _try(ports: Ports, twin: Twin) -> Lease | None:
    now = ports.clock.now()
    return await ports.store.run(lambda tx: tx.take(twin, OWNER, now, now + timedelta(seconds=SECONDS)))


def _busy(twin: Twin) -> NeedsOperator:
    return NeedsOperator(
        f"{twin.local_key or twin.remote_key} is being worked on just now.",
        remedy="Try again when that step is done: accord queue shows it.",
        item=twin.local_key,
    )
