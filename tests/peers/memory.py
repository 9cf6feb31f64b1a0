"""A store in memory with the few calls that peers use, transactional like the real one."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime


class MemoryTransaction:
    def __init__(self) -> None:
        self.rows = {}
        self.facts: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.nonces: dict[tuple[str, str], datetime] = {}

    def connections(self):
        return list(self.rows.values())

    def connection(self, connection_id):
        return self.rows.get(connection_id)

    def put_connection(self, connection):
        self.rows[connection.id] = connection

    def use_nonce(self, key_id, nonce, now, keep_seconds):
        if (key_id, nonce) in self.nonces:
            return False
        self.nonces[key_id, nonce] = now
        return True

    def count(self, counter, by=1):
        self.counts[counter] = self.counts.get(counter, 0) + by

    def counters(self):
        return dict(self.counts)

    def fact(self, name):
        return self.facts.get(name)

    def put_fact(self, name, value):
        self.facts[name] = value


class MemoryStore:
    def __init__(self) -> None:
        self.state = MemoryTransaction()
        self.away = False

    async def run(self, work):
        if self.away:
            raise OSError("the disk is gone")
        draft = deepcopy(self.state)
        result = work(draft)
        self.state = draft
        return result

    async def read(self, work):
        return await self.run(work)

    async def close(self):
        return None
