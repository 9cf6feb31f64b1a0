"""Statuses, of which RT tells only those that the buttons of a ticket lead to."""

from __future__ import annotations

from collections import deque

from accord.errors import WriteRefused
from accord.trackers.rt.names import nearest
from accord.trackers.rt.rest import Row


class Lifecycle:
    """Where the lifecycles of queues lead, as far as tickets told. `known` are the statuses that were set up."""

    def __init__(self, known: tuple[str, ...]) -> None:
        self._known = known
        self._offered: dict[tuple[str, str], list[str]] = {}

    def check(self, status: str) -> None:
        """Raises WriteRefused where there is no such status."""
        names = {*self._known, *(one for offers in self._offered.values() for one in offers)} - {"deleted"}
        if status not in names:
            raise WriteRefused(
                f"There is no status {status!r}.",
                field="status",
                value=status,
                remedy=f"{nearest(status, names)} The tracker's setting statuses names them.",
            )

    def saw(self, row: Row) -> None:
        """Learns where a ticket may go from where it is."""
        offers = [str(link["to"]) for link in row.get("_hyperlinks") or () if link.get("ref") == "lifecycle"]
        self._offered[_place(row)] = [one for one in dict.fromkeys(offers) if one != "deleted"]

    def offers(self, row: Row) -> list[str]:
        self.saw(row)
        return self._offered[_place(row)]

    def way(self, row: Row, wanted: str) -> list[str]:
        """The statuses to go through where no direct way is allowed, the wanted one last; none where none is known."""
        queue, start = _place(row)
        ways, seen = deque([[start]]), {start}
        while ways:
            way = ways.popleft()
            for status in self._offered.get((queue, way[-1]), ()):
                if status == wanted and len(way) > 1:
                    return [*way[1:], status]
                if status not in seen and status != wanted:
                    seen.add(status)
                    ways.append([*way, status])
        return []

    def refusal(self, row: Row, wanted: str, said: str) -> WriteRefused:
        offers = ", ".join(self.offers(row))
        return WriteRefused(
            f"RT does not take ticket {row['id']} from {row.get('Status')} to {wanted}: {said}",
            item=str(row["id"]),
            field="status",
            value=wanted,
            remedy=f"From there it offers the account: {offers}." if offers else "It offers no other one.",
        )


def _place(row: Row) -> tuple[str, str]:
    """Queues that share a lifecycle learn apart: RT does not tell the account which they have."""
    return str((row.get("Queue") or {}).get("Name") or ""), str(row.get("Status") or "")
