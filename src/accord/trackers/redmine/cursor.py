"""How far a Redmine was looked through: what polling has to remember from one time to the next."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from accord.trackers.ranges import parse_ranges, ranges
from accord.trackers.redmine.reading import digest
from accord.trackers.redmine.rest import Row, stamp

FORMAT = 1
TIMED = ("issue", "hours", "spent_on", "comments", "user")
EVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class Cursor:
    """`newest` is the newest stamp seen, `rows` what was told of issues with stamps of late, by number, as digests.

    `young` are those told while their second may not have been over: a later write can bear the same stamp. `ids` are
    all issues known to be there. Redmine does not stamp an issue when a file, a relation or hours come or go, nor when
    a comment is edited: `parts` and `talks` are digests of those. An issue without files and the like is not among the
    first; one without comments has an empty digest among the second, where that is known. `times` are digests of the
    newest time entries, by their own number.
    """

    newest: datetime = EVER
    rows: dict[int, str] = field(default_factory=dict)
    young: dict[int, str] = field(default_factory=dict)
    ids: set[int] = field(default_factory=set)
    parts: dict[int, str] = field(default_factory=dict)
    talks: dict[int, str] = field(default_factory=dict)
    times: dict[int, str] = field(default_factory=dict)

    def take(self, rows: list[Row], over: datetime) -> list[Row]:
        """Those of `rows` that are not as they were, or were told too early to be sure. `over`: the moment up to which
        nothing more can come."""
        told = {row["id"]: digest(row) for row in rows}
        changed = [row for row in rows if self.rows.get(row["id"]) != told[row["id"]] or self._is_grown(row, over)]
        self.newest = max([self.newest, *(moment for row in rows if (moment := stamp(row.get("updated_on"))))])
        self.rows = told
        for row in changed:
            self.young.pop(row["id"], None)
            if (stamp(row.get("updated_on")) or EVER) > over:
                self.young[row["id"]] = str(row["updated_on"])
        return changed

    def _is_grown(self, row: Row, over: datetime) -> bool:
        return row["id"] in self.young and (stamp(row.get("updated_on")) or EVER) <= over

    def note(self, row: Row) -> bool:
        """Keeps what an issue holds besides its fields; says whether it is not what was known."""
        now, known = parts_digest(row), self.parts.pop(row["id"], "")
        if now:
            self.parts[row["id"]] = now
        return now != known

    def hear(self, issue: int, talk: str) -> bool:
        """Keeps a digest of an issue's comments; says whether it is not what was known."""
        differs = self.talks.get(issue) != talk
        self.talks[issue] = talk
        return differs

    def book(self, entries: list[Row]) -> set[int]:
        """Keeps the newest time entries; gives the issues of those that are not as they were known."""
        known, self.times = self.times, {row["id"]: digest([row.get(name) for name in TIMED]) for row in entries}
        differing = [row for row in entries if known.get(row["id"]) != self.times[row["id"]]]
        return {row["issue"]["id"] for row in differing if row.get("issue")} & self.ids

    def forget(self, issue: int) -> None:
        """The issue is gone."""
        self.ids.discard(issue)
        for known in (self.rows, self.young, self.parts, self.talks):
            known.pop(issue, None)

    def to_text(self) -> str:
        told = [dict(sorted(known.items())) for known in (self.rows, self.young, self.parts)]
        # The order of the discussions is that of their last change.
        talks = list(self.talks.items())
        times = dict(sorted(self.times.items()))
        return json.dumps(
            [FORMAT, self.newest.isoformat(), ranges(self.ids), *told, talks, times], separators=(",", ":")
        )

    @classmethod
    def from_text(cls, text: str) -> Cursor | None:
        """None for a cursor that is not ours, or from a version that we don't know. Earlier ones knew no times."""
        try:
            version, *kept = json.loads(text)
            if version != FORMAT:
                return None
            newest, ids, rows, young, parts, talks, *more = kept
            known = [
                {int(id_): str(told) for id_, told in one.items()} for one in (rows, young, parts, *(more or [{}]))
            ]
            heard = {int(id_): str(told) for id_, told in talks}
            return cls(datetime.fromisoformat(newest), known[0], known[1], parse_ranges(ids), known[2], heard, known[3])
        except (ValueError, TypeError, AttributeError):
            return None


def parts_digest(row: Row) -> str:
    """Of the files, relations and hours of an issue; empty where there are none."""
    told = [row.get("attachments") or [], row.get("relations") or [], row.get("spent_hours") or 0]
    return digest(told) if any(told) else ""
