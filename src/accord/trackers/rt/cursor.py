"""How far an RT was looked through: what polling has to remember from one time to the next."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from accord.trackers.ranges import parse_ranges, ranges
from accord.trackers.rt.rest import Row, stamp

FORMAT = 1
EVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Cursor:
    """Transactions up to the number `floor` are done with; of those after it, `seen` were told. `ids` are all tickets
    known to be there.

    RT gives a transaction its number before it commits it, so that a lower one can turn up after a higher one.
    """

    floor: int = 0
    seen: set[int] = field(default_factory=set)
    ids: set[int] = field(default_factory=set)

    def take(self, rows: list[Row]) -> list[Row]:
        """Those of `rows` that were not told yet."""
        new = [row for row in rows if int(row["id"]) not in self.seen]
        self.seen = {int(row["id"]) for row in rows}
        return new

    def settle(self, rows: list[Row], overlap: timedelta) -> None:
        """Is done with the rows that are older than the newest one by more than `overlap`."""
        newest = max((_created(row) for row in rows), default=EVER)
        if newest > EVER + overlap:
            self.rise(max((int(row["id"]) for row in rows if _created(row) < newest - overlap), default=self.floor))

    def rise(self, floor: int) -> None:
        self.floor = max(self.floor, floor)
        self.seen = {id_ for id_ in self.seen if id_ > self.floor}

    def to_text(self) -> str:
        return json.dumps([FORMAT, self.floor, ranges(self.seen), ranges(self.ids)], separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Cursor | None:
        """None for a cursor that is not ours, or from a version that we don't know."""
        try:
            version, floor, seen, ids = json.loads(text)
            return cls(int(floor), parse_ranges(seen), parse_ranges(ids)) if version == FORMAT else None
        except (ValueError, TypeError, AttributeError):
            return None


def _created(row: Row) -> datetime:
    return stamp(row.get("Created")) or EVER
