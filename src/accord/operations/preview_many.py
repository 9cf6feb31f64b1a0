"""What would be sent and written of many items, one line each, and in all."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from accord.errors import AccordError
from accord.model import Connection
from accord.operations.find import the_connection
from accord.operations.preview import Known, Preview, known_twin, preview_known
from accord.operations.preview_guard import Stopping, guard_ahead
from accord.operations.preview_here import AgreementOf
from accord.ports import Ports, Transaction
from accord.steps.detect import bring_under_sync

AT_ONCE = 8
CHUNK = 100


@dataclass
class Summary:
    """Counts of items: `sends` would tell the other side something, `writes` would be changed here, `creates` would be
    made here, `conflicts` are fields that both sides hold differently, `fails` can't be synced as they are, `waits`
    have a request of the other side's in the queue, `leaves` would leave the sync. `stopping` says where the guard
    would stop a run over them, `not_known` what a preview can't tell."""

    items: int = 0
    sends: int = 0
    writes: int = 0
    creates: int = 0
    conflicts: int = 0
    fails: int = 0
    waits: int = 0
    leaves: int = 0
    stopping: Stopping | None = None
    not_known: str = "what the other side's own rules make of what would be sent"

    def add(self, seen: Preview) -> None:
        """Counts one item."""
        planned = [one for one in (seen.here, seen.request) if one is not None]
        self.items += 1
        self.sends += bool(seen.sending and seen.sending.news)
        self.writes += any(one.act in ("update", "pair") for one in planned)
        self.creates += any(one.act == "create" for one in planned)
        self.conflicts += sum(len(one.conflicts) for one in planned)
        self.fails += bool(seen.failed) or any(one.act == "fail" for one in planned)
        self.waits += bool(seen.requests_waiting)
        self.leaves += any(one is not None and one.ends for one in (seen.sending, *planned))


@dataclass(frozen=True)
class Selection:
    """Which items of a connection: their keys here, or the ids of twins that have none here yet."""

    connection: Connection
    keys: tuple[str, ...]


async def under_sync(ports: Ports, connection: str | None = None) -> Selection:
    """All items under sync through a connection (which may be left out where there is one only).

    Raises UnknownThing, NeedsOperator.
    """
    chosen = await the_connection(ports, connection)
    twins = await ports.store.read(lambda tx: tx.twins(chosen.id))
    return Selection(chosen, tuple(twin.local_key or twin.id for twin in twins))


async def matching(ports: Ports, query: str, connection: str | None = None) -> Selection:
    """All items that match a query in the tracker's own language, as a trigger's. Raises UnknownThing, NeedsOperator,
    and the tracker's errors: WriteRefused names what is wrong in the query."""
    chosen = await the_connection(ports, connection)
    tracker = ports.trackers[chosen.tracker]
    everything = [hint.key for hint in (await tracker.changes(None)).hints if not hint.gone]
    found = await tracker.matching(query, everything) if everything else set()
    return Selection(chosen, tuple(key for key in dict.fromkeys(everything) if key in found))


async def previews(
    ports: Ports, selection: Selection, draft: AgreementOf | None = None, *, at_once: int = AT_ONCE
) -> AsyncGenerator[Preview, None]:
    """One after another, in the order of the selection; `at_once` are worked on side by side.

    What goes wrong with one item is in its preview, and does not keep the others. Writes nothing.
    """
    working: deque[asyncio.Task[Preview]] = deque()
    try:
        for begin in range(0, len(selection.keys), CHUNK):
            keys = selection.keys[begin : begin + CHUNK]
            for known in await ports.store.read(lambda tx, keys=keys: _known(tx, ports, selection.connection, keys)):  # type: ignore[misc]
                working.append(asyncio.create_task(_preview(ports, known, draft)))
                if len(working) >= at_once:
                    yield await working.popleft()
        while working:
            yield await working.popleft()
    finally:
        for task in working:
            task.cancel()


async def judged(
    ports: Ports, selection: Selection, draft: AgreementOf | None = None, *, pace: float | None = None
) -> AsyncGenerator[tuple[Preview, Summary], None]:
    """The same, each with the counts so far and whether the guard would stop the run. `pace`: so many of them a second
    would be brought in line."""
    summary, guard = Summary(), await guard_ahead(ports, selection.connection, pace)
    async with aclosing(previews(ports, selection, draft)) as every:
        async for seen in every:
            summary.add(seen)
            if guard is not None:
                guard.add(seen)
                summary.stopping = guard.stopping
            yield seen, summary


async def _preview(ports: Ports, known: Known, draft: AgreementOf | None) -> Preview:
    try:
        return await preview_known(ports, known, draft)
    except Exception as error:  # a bug that one item brings to light must not hide all the others
        bug = AccordError(f"Accord met a bug of its own: {type(error).__name__}.", item=known.twin.local_key)
        return Preview(
            known.twin.local_key, known.twin.remote_key, known.connection.name, known.under_sync, failed=bug.to_json()
        )


def _known(tx: Transaction, ports: Ports, connection: Connection, keys: Sequence[str]) -> list[Known]:
    ports.load_rules(tx, connection)
    found = []
    for key in keys:
        twin = tx.live_twin(connection.id, key) or tx.twin(key)
        if twin is not None:
            found.append(known_twin(tx, ports, twin))
        else:
            found.append(Known(connection, bring_under_sync(ports, connection, key), under_sync=False))
    return found
