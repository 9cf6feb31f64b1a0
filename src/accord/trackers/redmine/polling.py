"""What changed since a cursor.

Redmine tells which issues changed since a second, by stamps that are whole seconds and set before the commit: each poll
looks back a little, and recognises by content what it has told already. An issue told within the very second of its
stamp is told once more when that second is over by Redmine's clock, which its own stamps give away.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from accord.ports import Changes, Hint
from accord.trackers.redmine.cursor import EVER, Cursor
from accord.trackers.redmine.rest import PAGE, RedmineRest, Row, filters, stamp
from accord.trackers.redmine.sweeping import Sweeper

INCLUDE = ("include", "attachments,relations")
# A stamp is cut to its second; the half is for the way from the stamp to the commit.
SURE_AFTER = timedelta(seconds=1.5)
MANY = 2 * PAGE
SHORT_LOOK_BACK = timedelta(seconds=2)


@dataclass
class RemoteClock:
    """The latest moment that it certainly is at Redmine: no stamp lies ahead of its clock."""

    ahead: timedelta | None = None  # of our own clock, at least

    def saw(self, rows: list[Row]) -> None:
        ours = timedelta(seconds=time.monotonic())
        for row in rows:
            if moment := stamp(row.get("updated_on")):
                least = (moment - EVER) - ours
                self.ahead = least if self.ahead is None else max(self.ahead, least)

    def now(self) -> datetime:
        return EVER if self.ahead is None else EVER + self.ahead + timedelta(seconds=time.monotonic())


class Poller:
    """One request a poll, and those of a sweep each `sweep` seconds. `scope` are the conditions that all listed issues
    fulfil: their projects."""

    def __init__(
        self, rest: RedmineRest, scope: Mapping[str, tuple[str, str]], sweeper: Sweeper, *, overlap: float
    ) -> None:
        self._rest, self._scope, self._sweeper, self._overlap = rest, scope, sweeper, timedelta(seconds=overlap)
        self._clock = RemoteClock()
        self._quiet_since = time.monotonic()

    async def changes(self, text: str | None) -> Changes:
        cursor = Cursor.from_text(text) if text else None
        if cursor is None:
            return await self._everything()
        self._sweeper.overhear(cursor)
        rows = await self._recent(cursor)
        changed = cursor.take(rows, self._over())
        hints = {row["id"]: Hint(str(row["id"])) for row in changed}
        for row in changed:
            cursor.ids.add(row["id"])
            cursor.note(row)
            self._sweeper.told(cursor, row["id"])
        if changed:
            self._quiet_since = time.monotonic()
        for hint in await self._sweeper.sweep(cursor):
            hints.setdefault(int(hint.key), hint)
        return Changes(tuple(hints.values()), cursor.to_text())

    async def _everything(self) -> Changes:
        """Every issue, and a cursor from which all that changes from now on is told."""
        cursor = Cursor()
        await self._sweeper.booked(cursor)
        query = [*filters(self._scope), ("sort", "updated_on:desc"), INCLUDE]
        newest = await self._rest.group("issues.json", "issues", [*query, ("limit", str(PAGE))])
        # Told before all issues are: whatever changes in between differs from it next time.
        self._clock.saw(newest)
        cursor.newest = max((moment for row in newest if (moment := stamp(row.get("updated_on")))), default=EVER)
        cursor.take(await self._recent(cursor), self._over())
        if cursor.young:
            # Rather than telling them once more: by then they are as they are, or have changed visibly.
            await asyncio.sleep(SURE_AFTER.total_seconds())
            cursor.take(await self._recent(cursor), self._over())
        rows = await self._rest.listing("issues.json", "issues", [*filters(self._scope), ("sort", "id"), INCLUDE])
        for row in rows:
            cursor.ids.add(row["id"])
            cursor.note(row)
        self._sweeper.starts(cursor)
        return Changes(tuple(Hint(str(row["id"])) for row in rows), cursor.to_text())

    async def _recent(self, cursor: Cursor) -> list[Row]:
        since = self._look_back(cursor)
        conditions = dict(self._scope)
        if since > EVER:
            conditions["updated_on"] = (">=", since.strftime("%Y-%m-%dT%H:%M:%SZ"))
        query = [*filters(conditions), ("sort", "updated_on:desc"), INCLUDE]
        rows = await self._rest.listing("issues.json", "issues", query)
        self._clock.saw(rows)
        return rows

    def _look_back(self, cursor: Cursor) -> datetime:
        """After an import thousands of rows lie within the overlap: once it is long over, they need not be listed."""
        if cursor.newest <= EVER + self._overlap:
            return EVER
        rests = time.monotonic() - self._quiet_since > 2 * self._overlap.total_seconds()
        short = rests and len(cursor.rows) > MANY
        return cursor.newest - (SHORT_LOOK_BACK if short else self._overlap)

    def _over(self) -> datetime:
        """Whatever bears this stamp or an earlier one has been committed."""
        now = self._clock.now()
        return now - SURE_AFTER if now > EVER + SURE_AFTER else EVER
