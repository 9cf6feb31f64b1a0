"""What changed since a cursor.

RT writes a transaction for every change of a ticket, and numbers them all in one row: a poll asks for those after the
last. A ticket's version is the number of its last transaction, so that a hint tells it, and what sync wrote itself
costs nothing. A transaction that turns up late, behind ones with higher numbers, is told without a version.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import timedelta

from accord.ports import Changes, Hint
from accord.trackers.rt.cursor import Cursor
from accord.trackers.rt.query import among, scope_of_tickets, scope_of_transactions
from accord.trackers.rt.rest import PAGE, Row, RTRest, quoted, sql, stamp

FIELDS = ("fields", "ObjectId,Created,Type,Field,NewValue")
# The statuses and links after which a ticket may no longer be there.
LEAVING = frozenset({"Status", "MergedInto", "Queue"})


class Poller:
    """One request a poll, and one for each look whether all tickets are still there, every `sweep` seconds.
    `queues` are the names of those that are looked at; none: all."""

    def __init__(self, rest: RTRest, queues: tuple[str, ...], *, overlap: float, sweep: float) -> None:
        self._rest, self._overlap, self._sweep = rest, timedelta(seconds=overlap), sweep
        self._tickets, self._transactions = scope_of_tickets(queues), scope_of_transactions(queues)
        self._quiet_since = time.monotonic()
        self._swept_at: float | None = None

    async def changes(self, text: str | None) -> Changes:
        cursor = Cursor.from_text(text) if text else None
        if cursor is None:
            return await self._everything()
        before = set(cursor.seen)
        rows = await self._feed(f"id > {cursor.floor}")
        new = cursor.take(rows)
        hints = await self._hints(cursor, rows, new, before)
        self._settle(cursor, rows, new)
        hints += await self._missing(cursor, {hint.key for hint in hints})
        return Changes(tuple(hints), cursor.to_text())

    async def _everything(self) -> Changes:
        """Every ticket, and a cursor from which all that changes from now on is told."""
        cursor = Cursor()
        query = [("query", self._transactions), FIELDS, ("orderby", "id"), ("order", "DESC"), ("per_page", "1")]
        newest = (await self._rest.element("transactions", query)).get("items") or []
        if newest and (moment := stamp(newest[0].get("Created"))):
            recent = await self._feed(f"Created >= {quoted(sql(moment - self._overlap))}")
            cursor.take(recent)
            cursor.rise(min((int(row["id"]) for row in recent), default=int(newest[0]["id"])) - 1)
        cursor.ids = await self._there(self._tickets)
        self._swept_at = time.monotonic()
        return Changes(tuple(Hint(str(id_)) for id_ in sorted(cursor.ids)), cursor.to_text())

    async def _feed(self, condition: str) -> list[Row]:
        query = [("query", f"{self._transactions} AND {condition}"), FIELDS, ("orderby", "id"), ("order", "ASC")]
        return await self._rest.listing("transactions", query)

    async def _there(self, condition: str) -> set[int]:
        rows = await self._rest.listing("tickets", [("query", condition), ("orderby", "id"), ("order", "ASC")])
        return {int(row["id"]) for row in rows}

    async def _hints(self, cursor: Cursor, rows: list[Row], new: list[Row], before: set[int]) -> list[Hint]:
        latest = {int(row["ObjectId"]): int(row["id"]) for row in sorted(rows, key=lambda row: int(row["id"]))}
        told = {int(row["ObjectId"]): int(row["id"]) for row in rows if int(row["id"]) in before}
        changed = list(dict.fromkeys(int(row["ObjectId"]) for row in new))
        doubtful = {id_ for id_ in changed if id_ not in cursor.ids}
        doubtful |= {int(row["ObjectId"]) for row in new if {row.get("Type"), row.get("Field")} & LEAVING}
        there = await self._still_there(doubtful)
        hints = []
        for id_ in changed:
            if id_ in doubtful and id_ not in there:
                if id_ in cursor.ids:
                    cursor.ids.discard(id_)
                    hints.append(Hint(str(id_), gone=True))
                continue
            cursor.ids.add(id_)
            first_new = min(int(row["id"]) for row in new if int(row["ObjectId"]) == id_)
            late = first_new < told.get(id_, 0)
            hints.append(Hint(str(id_), None if late else str(latest[id_])))
        return hints

    async def _still_there(self, ids: Iterable[int]) -> set[int]:
        wanted, found = sorted(ids), set()
        for start in range(0, len(wanted), PAGE):
            found |= await self._there(f"{self._tickets} AND {among(wanted[start : start + PAGE])}")
        return found

    def _settle(self, cursor: Cursor, rows: list[Row], new: list[Row]) -> None:
        """Where nothing has come for long, all is done with, whatever RT's clock says."""
        now = time.monotonic()
        if new:
            self._quiet_since = now
        if rows and now - self._quiet_since > 2 * self._overlap.total_seconds():
            cursor.rise(max(int(row["id"]) for row in rows))
        else:
            cursor.settle(rows, self._overlap)

    async def _missing(self, cursor: Cursor, told: set[str]) -> list[Hint]:
        """Tickets that left without a transaction that the account sees: by rights, or to another queue."""
        now = time.monotonic()
        if self._swept_at is not None and now - self._swept_at < self._sweep:
            return []
        hints: list[Hint] = []
        if await self._rest.count(self._tickets) != len(cursor.ids):
            there = await self._there(self._tickets)
            hints = [Hint(str(id_), gone=True) for id_ in sorted(cursor.ids - there)]
            hints += [Hint(str(id_)) for id_ in sorted(there - cursor.ids)]
            cursor.ids = there
        self._swept_at = now
        return [hint for hint in hints if hint.key not in told]
