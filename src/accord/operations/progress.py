"""How a sync that was asked for comes along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from accord.model import TwinState
from accord.operations.queue import Standing, Status, standing
from accord.ports import Direction, Ports, Transaction

LOOK_SECONDS = 0.2


@dataclass(frozen=True)
class Progress:
    """Where one twin's events stand. `cause` tells why it does not go on, as an error's `to_json()`."""

    twin_id: str
    key: str | None
    remote_key: str | None
    remote_url: str | None
    status: Status
    cause: dict[str, Any] | None = None

    @property
    def resting(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.status in (Status.SETTLED, Status.BLOCKED)


async def progress(ports: Ports, twin_id: str) -> Progress:
    """Where a twin's events stand now."""
    return await ports.store.read(lambda tx: progress_of(tx, twin_id))


async def follow(ports: Ports, twin_id: str) -> AsyncIterator[Progress]:
    """Each change of where a twin's events stand, until they rest."""
    last: Progress | None = None
    while last is None or not last.resting:
        now = await progress(ports, twin_id)
        if now != last:
            last = now
            yield now
        if not now.resting:
            await ports.clock.sleep(LOOK_SECONDS)


def progress_of(tx: Transaction, twin_id: str) -> Progress:
    """Where a twin's events stand, in a transaction."""
    twin = tx.twin(twin_id)
    if twin is None:
        return Progress(twin_id, None, None, None, Status.SETTLED)
    stands = Standing(Status.SETTLED)
    connection, lane, head = tx.connection(twin.connection), tx.lane(twin_id, Direction.OUT), None
    if lane is not None and twin.state is not TwinState.ENDED:
        head = tx.head(twin_id, Direction.OUT)
    if lane is not None and head is not None and connection is not None:
        stands = standing(lane, head, connection, tx.holds())
    return Progress(twin_id, twin.local_key, twin.remote_key, twin.remote_url, stands.status, stands.cause)
