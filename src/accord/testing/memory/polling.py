"""How the connector asks what changed, of a search that may be late and may know stamps only."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from accord.testing.memory.behaviour import Behaviour
from accord.testing.memory.search import Found, Search
from accord.testing.memory.shaping import cut

Told = dict[str, tuple[str, bool]]


@dataclass(frozen=True)
class Cursor:
    """How far search was asked. `since`: the stamp that is asked for next.

    `told`: by identity, which state of those that will be found again was told, and whether no other can hide
    behind its stamp any more.
    """

    since: datetime | None = None
    told: Told = field(default_factory=dict)

    def text(self) -> str:
        return json.dumps({"since": self.since and self.since.isoformat(), "told": self.told})

    @classmethod
    def of(cls, text: str | None) -> Cursor:
        """One that makes no sense is the very first."""
        try:
            data = json.loads(text or "")
            told = {str(identity): (str(state), bool(final)) for identity, (state, final) in data["told"].items()}
            return cls(datetime.fromisoformat(data["since"]), told)
        except (ValueError, TypeError, KeyError, AttributeError):
            return cls()


def by_number(search: Search, cursor: str | None) -> tuple[list[Found], str]:
    """What was written to since `cursor`, where the tracker numbers its writes."""
    found, number = search.after(int(cursor) if cursor and cursor.isdecimal() else 0)
    return found, str(number)


class ByStamp:
    """What was written to since a cursor, where the tracker can be asked for stamps only.

    Writes that share a stamp, and those that search does not show yet, hide behind what was found. So the stamps
    that they can have are asked for again. Where versions are told they tell what is new; else an item is told
    when it is first found, and once more when nothing can hide behind its stamp any more.
    """

    def __init__(self, search: Search, behaviour: Behaviour) -> None:
        self._search, self._versioned = search, behaviour.versioned
        self._resolution = behaviour.stamp_resolution

    def ask(self, text: str | None) -> tuple[list[Found], str]:
        cursor = Cursor.of(text)
        horizon = self._search.horizon()
        found = self._search.since(cursor.since)
        if not found:
            return [], cursor.text()
        states = {one.identity: self._state(one, horizon) for one in found}
        news = [one for one in found if cursor.told.get(one.identity) != states[one.identity]]
        since = cut(horizon, self._resolution)
        again = {one.identity: states[one.identity] for one in found if one.stamp >= since}
        return news, Cursor(since, again).text()

    def _state(self, found: Found, horizon: datetime) -> tuple[str, bool]:
        if self._versioned:
            return str(found.number), True
        return found.stamp.isoformat(), found.stamp + timedelta(seconds=self._resolution) <= horizon
