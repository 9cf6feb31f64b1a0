"""The tracker's search: what happened in which order, seen late and by stamp where the tracker is so."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter

from accord.model import Item
from accord.testing.memory.behaviour import Behaviour
from accord.testing.memory.shaping import cut


@dataclass(frozen=True, slots=True)
class Found:
    """The last that search knows of an item. `number` counts the writes to the tracker."""

    number: int
    at: datetime
    identity: str
    item: Item | None
    stamp: datetime

    @property
    def gone(self) -> bool:
        return self.item is None


class Search:
    """Every write, by the identity of its item."""

    def __init__(self, behaviour: Behaviour, now: Callable[[], datetime]) -> None:
        self._lag = timedelta(seconds=behaviour.search_lag)
        self._resolution = behaviour.stamp_resolution
        self._tombstones, self._now = behaviour.tombstones, now
        self._log: list[Found] = []
        self._seen: dict[str, Found] = {}
        self._shown = 0

    def add(self, identity: str, item: Item | None, at: datetime) -> None:
        """A write to an item; None: it is gone."""
        self._log.append(Found(len(self._log) + 1, at, identity, item, cut(at, self._resolution)))

    @property
    def last_number(self) -> int:
        return len(self._log)

    def horizon(self) -> datetime:
        """Every write until then can be found."""
        return self._now() - self._lag

    def known(self) -> dict[str, Found]:
        """The items as search knows them, those that are gone among them."""
        shown = self._count()
        for found in self._log[self._shown : shown]:
            self._seen.pop(found.identity, None)
            self._seen[found.identity] = found
        self._shown = shown
        return self._seen

    def after(self, number: int) -> tuple[list[Found], int]:
        """Items written to after the write `number`, by their last write, and the last number that can be found."""
        shown = self._count()
        last = {found.identity: found for found in self._log[number:shown]}
        return self._told(iter(last.values())), max(number, shown)

    def since(self, stamp: datetime | None) -> list[Found]:
        """Items whose last write has this stamp or a later one, oldest first; None: all."""
        newest_first = []
        for found in reversed(self.known().values()):
            if stamp is not None and found.stamp < stamp:
                break
            newest_first.append(found)
        return self._told(reversed(newest_first))

    def _told(self, found: Iterator[Found]) -> list[Found]:
        return [one for one in found if self._tombstones or not one.gone]

    def _count(self) -> int:
        if not self._lag:
            return len(self._log)
        return bisect_right(self._log, self.horizon(), key=attrgetter("at"))
