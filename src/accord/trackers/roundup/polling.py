"""What changed since a cursor.

Roundup has no feed: issues and messages are asked for by their own time of activity. Its stamps are whole seconds and
set before the commit, so each poll looks back a little and recognises by content what it has told already. Texts that
were edited in place have no stamp: they are looked through in turns.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from accord.ports import Changes, Hint
from accord.trackers.roundup.reading import Layout, digest, ids_of
from accord.trackers.roundup.rest import IDS_AT_ONCE, RoundupRest, Row, serialised, stamp
from accord.trackers.roundup.texts import Texts, TextWatch

CURSOR_FORMAT = 2
# After an import thousands of rows lie within the overlap. Once nothing has come for twice as long, only the newest
# stamps can still be shared by a change to come, and the others need not be listed with each poll.
MANY = 200
SHORT_LOOK_BACK = timedelta(seconds=2)
# Where nothing changed within a day: far enough back to be before now on any clock, and not before that day.
HALF_A_DAY = timedelta(hours=12)
EVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Seen:
    """What was last seen of one class: the newest stamp, when by our clock something last changed, the time before
    which nothing more can come, and rows after that by content."""

    newest: datetime
    since: float
    floor: datetime = EVER
    rows: dict[str, str] = field(default_factory=dict)

    def look_back_to(self, overlap: float, now: float) -> datetime:
        if now - self.since >= 2 * overlap and len(self.rows) > MANY:
            self.floor = max(self.floor, self.newest - SHORT_LOOK_BACK)
        return max(self.floor, self.newest - timedelta(seconds=overlap))

    def take(self, rows: list[Row], now: float) -> list[Row]:
        """Those of `rows` that are not as they were."""
        told = {str(row["id"]): digest(row) for row in rows}
        changed = [row for row in rows if self.rows.get(str(row["id"])) != told[str(row["id"])]]
        self.newest = max([self.newest, *(moment for row in rows if (moment := stamp(row.get("activity"))))])
        if changed:
            self.since = now
        self.rows = told
        return changed

    def to_json(self) -> list[object]:
        return [self.newest.isoformat(), self.since, self.floor.isoformat(), self.rows]

    @classmethod
    def from_json(cls, told: Any) -> Seen:
        newest, since, floor, rows = told
        return cls(datetime.fromisoformat(newest), float(since), datetime.fromisoformat(floor), dict(rows))


@dataclass
class Cursor:
    """`ids` are all issues known to be there: one that is missing later was retired."""

    issues: Seen
    messages: Seen
    ids: set[int] = field(default_factory=set)
    texts: Texts = field(default_factory=Texts)

    def to_text(self) -> str:
        parts = [CURSOR_FORMAT, self.issues.to_json(), self.messages.to_json(), ranges(self.ids), self.texts.to_json()]
        return json.dumps(parts, separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Cursor | None:
        """None for a cursor that is not ours, or from a version that we don't know."""
        try:
            version, *parts = json.loads(text)
            if version != CURSOR_FORMAT:
                return None
            issues, messages, ids, texts = parts
            return cls(Seen.from_json(issues), Seen.from_json(messages), parse_ranges(ids), Texts.from_json(texts))
        except (ValueError, TypeError):
            return None


class Poller:
    """Three requests a poll, and one more each `sweep` seconds that looks for retired issues."""

    def __init__(self, rest: RoundupRest, layout: Layout, *, overlap: float, sweep: float) -> None:
        self._rest, self._layout, self._overlap, self._sweep = rest, layout, overlap, sweep
        self._swept_at: float | None = None
        self._texts = TextWatch(rest)

    async def changes(self, text: str | None) -> Changes:
        cursor = Cursor.from_text(text) if text else None
        if cursor is None:
            return await self._everything()
        now = time.time()
        rows, changed = await self._recent_issues(cursor, now)
        hinted = {str(row["id"]): None for row in changed}
        messages = await self._recent_messages(cursor, now)
        messages |= await self._texts.changed(cursor.texts)
        hinted |= dict.fromkeys(await self._holding(messages, rows))
        cursor.ids |= {int(row["id"]) for row in rows}
        gone, back = await self._swept(cursor)
        hints = [Hint(key) for key in hinted] + [Hint(key) for key in back if key not in hinted]
        hints += [Hint(key, gone=True) for key in gone]
        return Changes(tuple(hints), cursor.to_text())

    async def _everything(self) -> Changes:
        """Every issue, and a cursor from which all that changes from now on is told."""
        now = time.time()
        cursor = Cursor(
            issues=Seen(await self._newest(self._layout.classname), now),
            messages=Seen(await self._newest("msg"), now),
        )
        # Told before all issues are: whatever changes in between differs from it next time.
        await self._recent_issues(cursor, now)
        await self._recent_messages(cursor, now)
        await self._texts.look_at_all(cursor.texts)
        listing = await self._rest.listing(self._layout.classname, [("@verbose", "0")])
        keys = [str(row["id"]) for row in listing.rows]
        cursor.ids = {int(key) for key in keys}
        return Changes(tuple(Hint(key) for key in keys), cursor.to_text())

    async def _newest(self, classname: str) -> datetime:
        """The newest stamp of a day by Roundup's own clock, or one within that day."""
        query = [("activity", "-1d;"), ("@fields", "activity"), ("@verbose", "0")]
        listing = await self._rest.listing(classname, query)
        stamps = [moment for row in listing.rows if (moment := stamp(row.get("activity")))]
        return max(stamps, default=(listing.served_at or datetime.now(UTC)) - HALF_A_DAY)

    async def _recent_issues(self, cursor: Cursor, now: float) -> tuple[list[Row], list[Row]]:
        """All issues of late, and those of them that are not as they were."""
        rows = await self._recent(self._layout.classname, self._layout.query(), cursor.issues, now)
        return rows, cursor.issues.take(rows, now)

    async def _recent_messages(self, cursor: Cursor, now: float) -> set[str]:
        """Messages that are not as they were."""
        query = [("@fields", "activity,content,author,date,messageid"), ("@verbose", "3")]
        rows = await self._recent("msg", query, cursor.messages, now)
        cursor.texts.saw(rows)
        return {str(row["id"]) for row in cursor.messages.take(rows, now)}

    async def _recent(self, classname: str, query: list[tuple[str, str]], seen: Seen, now: float) -> list[Row]:
        since = ("activity", f"{serialised(seen.look_back_to(self._overlap, now))};")
        return (await self._rest.listing(classname, [since, *query])).rows

    async def _holding(self, changed: set[str], issues: list[Row]) -> list[str]:
        """The issues that messages are on; `issues` are looked through first."""
        found = []
        for issue in issues:
            on_it = changed & set(ids_of(issue, "messages"))
            if on_it:
                found.append(str(issue["id"]))
                changed -= on_it
        pending = sorted(changed, key=int)
        for start in range(0, len(pending), IDS_AT_ONCE):
            wanted = ",".join(pending[start : start + IDS_AT_ONCE])
            listing = await self._rest.listing(self._layout.classname, [("messages", wanted), ("@verbose", "0")])
            found += [str(row["id"]) for row in listing.rows]
        return found

    async def _swept(self, cursor: Cursor) -> tuple[list[str], list[str]]:
        """Issues that are gone, and such as are back: neither leaves a trace in any stamp."""
        now = time.monotonic()
        if self._swept_at is not None and now - self._swept_at < self._sweep:
            return [], []
        count = await self._rest.count(self._layout.classname)
        self._swept_at = now
        if count == len(cursor.ids):
            return [], []
        listing = await self._rest.listing(self._layout.classname, [("@verbose", "0")])
        there = {int(row["id"]) for row in listing.rows}
        gone, back = sorted(cursor.ids - there), sorted(there - cursor.ids)
        cursor.ids = there
        return [str(id_) for id_ in gone], [str(id_) for id_ in back]


def ranges(ids: Iterable[int]) -> str:
    """`1-4,7` for 1, 2, 3, 4 and 7."""
    runs: list[list[int]] = []
    for id_ in sorted(ids):
        if runs and runs[-1][1] == id_ - 1:
            runs[-1][1] = id_
        else:
            runs.append([id_, id_])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def parse_ranges(text: str) -> set[int]:
    ids: set[int] = set()
    for run in text.split(",") if text else []:
        first, _, last = run.partition("-")
        ids.update(range(int(first), int(last or first) + 1))
    return ids
