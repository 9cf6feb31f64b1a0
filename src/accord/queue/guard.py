"""The guard: stops a connection before an unusual share of its items is ended, emptied or overwritten at once."""

from __future__ import annotations

from dataclasses import dataclass

from accord.errors import GuardStopped
from accord.ports import GuardSettings


@dataclass(frozen=True)
class Damage:
    """What one step would take away from one item."""

    ended: bool = False
    emptied: bool = False
    removed: bool = False
    overwritten: bool = False

    def __bool__(self) -> bool:
        return self.ended or self.emptied or self.removed or self.overwritten

    def steps(self) -> tuple[str, ...]:
        """Under which names history counts it."""
        removed = ("removed",) if self.ended or self.emptied or self.removed else ()
        return removed + (("overwrote",) if self.overwritten else ())

    def check(
        self,
        guard: GuardSettings,
        connection: str,
        item: str | None,
        items: int,
        removed_lately: int,
        overwritten_lately: int,
    ) -> None:
        """Raises GuardStopped (scope connection) if this one would be one too many of `items` under sync."""
        most_removed = max(guard.min_items, guard.share_ended * items)
        most_overwritten = max(guard.min_overwritten, guard.share_overwritten * items)
        if "removed" in self.steps() and removed_lately + 1 > most_removed:
            raise _stopped(connection, item, "end or empty", removed_lately + 1, items, guard)
        if self.overwritten and overwritten_lately + 1 > most_overwritten:
            raise _stopped(connection, item, "overwrite", overwritten_lately + 1, items, guard)


def check_batch(guard: GuardSettings, connection: str, gone: int, items: int) -> None:
    """Raises GuardStopped if one look at the tracker finds an unusual share of the items gone."""
    if gone > max(guard.min_items, guard.share_ended * items):
        raise _stopped(connection, None, "end", gone, items, guard)


def _stopped(
    connection: str, item: str | None, what: str, count: int, items: int, guard: GuardSettings
) -> GuardStopped:
    error = GuardStopped(
        f"Connection {connection} stopped: this would {what} {count} of {items} items "
        f"within {guard.window_minutes:g} minutes.",
        item=item,
        remedy=f"See what waits with: accord queue {connection}. If it is right: accord resume {connection} --accept. "
        "If it is not: mend it in the tracker, then accord resume.",
    )
    error.scope = "connection"
    return error
