"""Statuses are reached by the workflow: directly where it allows that, else over others."""

from __future__ import annotations

from collections import deque

from accord.errors import WriteRefused
from accord.trackers.redmine.names import NameBook
from accord.trackers.redmine.rest import RedmineRest, Row, filters


class Workflow:
    """Which statuses the account may take issues to, as far as issues told: Redmine answers only for one at a time."""

    def __init__(self, rest: RedmineRest, book: NameBook) -> None:
        self._rest, self._book = rest, book
        self._allowed: dict[tuple[int, int], list[int]] = {}

    async def steps(self, row: Row, wanted: int) -> list[int]:
        """The statuses to go through, the wanted one last, from where the issue is; none if it is there.

        Raises WriteRefused naming those that are allowed.
        """
        self._saw(row)
        if row["status"]["id"] == wanted:
            return []
        return self._way(row, wanted) or await self._asked_way(row, wanted)

    async def _asked_way(self, row: Row, wanted: int) -> list[int]:
        """Asks issues of the same kind that stand in other statuses how they may go on."""
        tracker = row["tracker"]["id"]
        for status in (await self._book.statuses()).values():
            if (tracker, status) in self._allowed or status == wanted:
                continue
            conditions = {"tracker_id": ("=", str(tracker)), "status_id": ("=", str(status))}
            query = [*filters(conditions), ("project_id", str(row["project"]["id"])), ("limit", "1")]
            for one in await self._rest.group("issues.json", "issues", query):
                self._saw(await self._rest.issue(str(one["id"])))
            if way := self._way(row, wanted):
                return way
        raise await self._no_way(row, wanted)

    def _saw(self, row: Row) -> None:
        if "allowed_statuses" in row:
            here = (row["tracker"]["id"], row["status"]["id"])
            self._allowed[here] = [status["id"] for status in row["allowed_statuses"]]

    def _way(self, row: Row, wanted: int) -> list[int]:
        """The shortest of those that are known."""
        tracker, start = row["tracker"]["id"], row["status"]["id"]
        ways, seen = deque([[start]]), {start}
        while ways:
            way = ways.popleft()
            for status in self._allowed.get((tracker, way[-1]), ()):
                if status == wanted:
                    return [*way[1:], status]
                if status not in seen:
                    seen.add(status)
                    ways.append([*way, status])
        return []

    async def _no_way(self, row: Row, wanted: int) -> WriteRefused:
        names = {id_: name for name, id_ in (await self._book.statuses()).items()}
        here = row["status"]
        allowed = [
            status for status in self._allowed.get((row["tracker"]["id"], here["id"]), []) if status != here["id"]
        ]
        told = ", ".join(names.get(status, str(status)) for status in allowed)
        return WriteRefused(
            f"Redmine's workflow leads the account from {here['name']} not to {names.get(wanted, wanted)}.",
            item=str(row["id"]),
            field="status",
            value=names.get(wanted, str(wanted)),
            remedy=f"Allowed from there: {told}." if told else "From there it allows no other status.",
        )
