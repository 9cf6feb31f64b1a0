"""People who book the time that they spent, correct it, and take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.soak.place import Place
from tests.soak.tokens import Kind, item_of

if TYPE_CHECKING:
    from tests.soak.people import People

LONGEST = 600  # minutes


class Hours:
    """What `people` do where both trackers keep time."""

    def __init__(self, people: People) -> None:
        self._people, self._dice, self._ledger = people, people.dice, people.ledger

    async def log(self, place: Place, handle: str) -> None:
        seen = await place.look(handle)
        item = item_of(seen.summary)
        if item is None or seen.key is None:
            return
        minutes, text = self._dice.randint(1, LONGEST), self._people.text(item, Kind.TIME)
        booked = place.log_time(handle, minutes, text)
        if await self._people.written(place, "log time", booked, item, handle, [minutes, text]):
            self._ledger.wrote(place.name, text)

    async def edit(self, place: Place, handle: str) -> None:
        seen = await place.look(handle)
        item = item_of(seen.summary)
        if not seen.times or item is None:
            return
        time, minutes, text = (
            self._dice.choice(seen.times),
            self._dice.randint(1, LONGEST),
            self._people.text(item, Kind.TIME),
        )
        edit = place.edit_time(handle, time.id, minutes, text)
        old = await self._people.written(place, "edit time", edit, item, handle, [time.id, minutes, text])
        if old is not None:
            self._ledger.note("replaced", place=place.name, item=item, field=f"time {time.id}", old=old, new=text)
            self._ledger.replaced(place.name, old)
            self._ledger.wrote(place.name, text)

    async def delete(self, place: Place, handle: str) -> None:
        seen = await place.look(handle)
        if not seen.times:
            return
        time = self._dice.choice(seen.times)
        gone = place.delete_time(handle, time.id)
        old = await self._people.written(place, "delete time", gone, item_of(seen.summary), handle, time.text)
        if old is not None:
            self._ledger.replaced(place.name, old)
