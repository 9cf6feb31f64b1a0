"""Counts refusals without giving strangers a disk write each."""

from __future__ import annotations

import asyncio
from collections import Counter

import structlog

from accord.ports import Store, Transaction

log = structlog.get_logger("accord.peers")


class Tally:
    """While one write is under way, further counts wait in memory and go together in the next."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: Counter[str] = Counter()
        self._writing = asyncio.Lock()

    async def add(self, counter: str) -> None:
        """Returns when it is on disk. A store that is away costs the count, not the answer."""
        self._waiting[counter] += 1
        async with self._writing:
            if not self._waiting:
                return
            counts, self._waiting = self._waiting, Counter()
            try:
                await self._store.run(lambda tx: _write(tx, counts))
            except Exception as error:
                log.warning("peer.uncounted", counters=dict(counts), error=type(error).__name__)


def _write(tx: Transaction, counts: Counter[str]) -> None:
    for counter, by in counts.items():
        tx.count(counter, by)
