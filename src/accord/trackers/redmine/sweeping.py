"""What no stamp tells: issues that are deleted or out of reach, files, relations and hours that come or go, and
comments and time entries that are edited or deleted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping

from accord.errors import Forbidden, ItemGone
from accord.ports import Hint
from accord.trackers.redmine.cursor import Cursor
from accord.trackers.redmine.reading import IssueReader, talk_digest
from accord.trackers.redmine.rest import PAGE, RedmineRest, Row, filters


class Sweeper:
    """Counts the issues, and looks through a hundred of them and the newest time entries: four requests, and one
    for each of `looks` discussions.

    Half of the looks are at those that changed last, which is where comments are mostly edited; the others take turns.
    """

    def __init__(
        self,
        rest: RedmineRest,
        reader: IssueReader,
        scope: Mapping[str, tuple[str, str]],
        *,
        every: float,
        looks: int,
    ) -> None:
        self._rest, self._reader, self._scope, self._every, self._looks = rest, reader, scope, every, looks
        self._swept_at: float | None = None
        self._block, self._turn = 0, 0
        # An earlier process may have let something be read that it did not live to write down: what it left unknown is
        # told once. What this one began with all items will read itself.
        self._inherited = True

    def starts(self, cursor: Cursor) -> None:
        """All items are being told, with this cursor."""
        self._inherited = False
        for issue in cursor.ids:
            self._reader.forget_talk(issue)

    def overhear(self, cursor: Cursor) -> None:
        """Takes the discussions as they were first read since the issue was told: what differs later was edited."""
        for issue, talk in self._reader.talks.items():
            if issue not in cursor.talks and issue in cursor.ids:
                cursor.talks[issue] = talk

    def told(self, cursor: Cursor, issue: int) -> None:
        """The issue is about to be read anew."""
        cursor.talks.pop(issue, None)
        self._reader.forget_talk(issue)

    async def sweep(self, cursor: Cursor) -> list[Hint]:
        now = time.monotonic()
        if self._swept_at is not None and now - self._swept_at < self._every:
            return []
        hints = [*await self._counted(cursor), *await self._blockwise(cursor), *await self._listened(cursor)]
        hints += await self.booked(cursor)
        self._swept_at = now
        return hints

    async def _counted(self, cursor: Cursor) -> list[Hint]:
        """Issues that are gone, and such as are back."""
        if await self._rest.count(filters(self._scope)) == len(cursor.ids):
            return []
        rows = await self._rest.listing("issues.json", "issues", [*filters(self._scope), ("sort", "id")])
        await self._rest.still_known()
        there = {row["id"] for row in rows}
        gone, back = sorted(cursor.ids - there), sorted(there - cursor.ids)
        cursor.ids |= there
        return [self._gone(cursor, issue) for issue in gone] + [Hint(str(issue)) for issue in back]

    def _gone(self, cursor: Cursor, issue: int) -> Hint:
        cursor.forget(issue)
        self._reader.forget_talk(issue)
        return Hint(str(issue), gone=True)

    async def _blockwise(self, cursor: Cursor) -> list[Hint]:
        """Files, relations and hours of the issues whose turn it is, and who of them has comments that nobody knows."""
        ids = sorted(cursor.ids)
        block = ids[self._block : self._block + PAGE]
        self._block = self._block + PAGE if self._block + PAGE < len(ids) else 0
        if not block:
            return []
        conditions = {**self._scope, "issue_id": ("=", ",".join(map(str, block)))}
        query = [*filters(conditions), ("include", "attachments,relations")]
        # Also those whose journals are all without notes: Redmine does not tell the one from the other.
        with_notes = filters({**conditions, "notes": ("*", "")})
        rows, talking = await asyncio.gather(
            self._rest.listing("issues.json", "issues", query),
            self._rest.listing("issues.json", "issues", with_notes),
        )
        await self._rest.still_known()
        there = {row["id"] for row in rows}
        hints = [Hint(str(row["id"])) for row in rows if cursor.note(row)]
        hints += [self._gone(cursor, issue) for issue in block if issue not in there]
        return hints + await self._unheard(cursor, talking)

    async def booked(self, cursor: Cursor) -> list[Hint]:
        """Time entries of late: of an edit of their day or text the hours of the issue tell nothing."""
        query = [("sort", "created_on:desc"), ("limit", str(PAGE))]
        try:
            entries = await self._rest.group("time_entries.json", "time_entries", query)
        except Forbidden:
            return []
        return [Hint(str(issue)) for issue in sorted(cursor.book(entries))]

    async def _unheard(self, cursor: Cursor, talking: list[Row]) -> list[Hint]:
        unheard = [row["id"] for row in talking if row["id"] not in cursor.talks][: self._looks]
        hints = []
        for issue in unheard:
            try:
                row = await self._reader.row(str(issue))
            except ItemGone:
                continue
            cursor.talks = {issue: talk_digest(row), **cursor.talks}
            if self._inherited:
                hints.append(Hint(str(issue), (await self._reader.item(row)).version))
        return hints

    async def _listened(self, cursor: Cursor) -> list[Hint]:
        # Who is silent can only begin to talk, and that is stamped.
        heard = [issue for issue, talk in cursor.talks.items() if talk]
        late = heard[-(self._looks - self._looks // 2) :]
        others = heard[: len(heard) - len(late)]
        start = self._turn if self._turn < len(others) else 0
        turn = others[start : start + self._looks // 2]
        self._turn = start + len(turn)
        hints = []
        for issue in [*late, *turn]:
            try:
                differs = cursor.hear(issue, talk_digest(await self._rest.issue(str(issue))))
            except ItemGone:
                hints.append(self._gone(cursor, issue))
                continue
            if differs:
                self._reader.forget_talk(issue)
                hints.append(Hint(str(issue)))
        return hints
