"""People at both places, who edit at random and note what they wrote and what they replaced."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tests.soak.hours import Hours
from tests.soak.ledger import Ledger
from tests.soak.place import Place, Refused, Seen, Value
from tests.soak.tokens import Kind, Mint, Token, item_of
from tests.soak.words import PEOPLE, PRIORITY, STATUS

T = TypeVar("T")

FIRST_ITEMS = 6
MOST_ITEMS = 60
TRACED = {"summary": Kind.SUMMARY, "description": Kind.DESCRIPTION, "number": Kind.NUMBER}
CHOICES: dict[str, Sequence[str | None]] = {
    "status": STATUS,
    "priority": PRIORITY,
    "assignee": (*PEOPLE, None),
}
ACTS = {
    "create": 6,
    "summary": 12,
    "description": 12,
    "number": 8,
    "status": 8,
    "priority": 5,
    "assignee": 5,
    "label": 10,
    "comment": 14,
    "edit comment": 9,
    "delete comment": 5,
    "attach": 6,
    "detach": 3,
    "log time": 8,
    "edit time": 6,
    "delete time": 3,
}
HOURS = ("log time", "edit time", "delete time")


class People:
    """Everyone who works at `places`. `edits` of the ledger counts what was really written."""

    def __init__(self, places: tuple[Place, Place], ledger: Ledger, dice: random.Random) -> None:
        self.places, self.ledger, self.dice = places, ledger, dice
        self.mint = Mint(dice)
        self.refused = 0
        self._items, self._numbers = itertools.count(1), itertools.count(1)
        self._hours = Hours(self) if all(place.keeps_time for place in places) else None
        self._acts = {name: weight for name, weight in ACTS.items() if self._hours or name not in HOURS}
        self._may_be_empty = all(place.takes_empty_files for place in places)
        unchanging = () if all(place.changes_comments for place in places) else ("edit comment", "delete comment")
        self._acts = {act: weight for act, weight in ACTS.items() if act not in unchanging}

    async def act(self) -> None:
        """One thing that happens: an edit, the same field on both sides, a burst, an edit and its revert."""
        roll = self.dice.random()
        if roll < 0.10:
            await self._both_at_once()
        elif roll < 0.16:
            await self._burst()
        elif roll < 0.20:
            await self._edit_and_revert()
        else:
            place = self.dice.choice(self.places)
            await self._something(place, await self._some_item(place))

    async def add(self, place: Place) -> None:
        """Something that has to be made on the other side: an item, a comment, a file or a work log."""
        handle = await self._some_item(place)
        more = self._hours.log if self._hours else self._comment
        act = self.dice.choice((None, None, None, None, self._comment, self._attach, more))
        if handle is None or act is None:
            await self._create(place)
        else:
            await self._tried(act(place, handle))

    async def _something(self, place: Place, handle: str | None) -> None:
        act = self.dice.choices(list(self._acts), list(self._acts.values()))[0]
        if handle is None or act == "create":
            await self._create(place)
            return
        acts: dict[str, Callable[[Place, str], Awaitable[None]]] = {
            "label": self._label,
            "comment": self._comment,
            "edit comment": self._edit_comment,
            "delete comment": self._delete_comment,
            "attach": self._attach,
            "detach": self._detach,
        }
        if self._hours:
            acts |= {"log time": self._hours.log, "edit time": self._hours.edit, "delete time": self._hours.delete}
        if act in acts:
            await self._tried(acts[act](place, handle))
        else:
            await self._change(place, handle, act)

    async def _some_item(self, place: Place) -> str | None:
        """None while there are too few, so that one is made."""
        items = await self._tried_or(place.handles(), {})
        return self.dice.choice(sorted(items)) if len(items) >= FIRST_ITEMS else None

    async def _create(self, place: Place) -> None:
        if len(await self._tried_or(place.handles(), {})) >= MOST_ITEMS:
            return
        item = next(self._items)
        texts = {kind: self.text(item, kind) for kind in (Kind.SUMMARY, Kind.DESCRIPTION)}
        values: dict[str, Value] = {"summary": texts[Kind.SUMMARY], "priority": self.dice.choice(PRIORITY)}
        if self.dice.random() < 0.8:
            values |= {"description": texts[Kind.DESCRIPTION]}
        if self.dice.random() < 0.8:
            values |= {"status": self.dice.choice(STATUS), "assignee": self.dice.choice(PEOPLE)}
        if self.dice.random() < 0.5:
            values |= {"number": next(self._numbers)}
        labels = tuple(self.dice.sample(place.labels, self.dice.randrange(3)))
        handle = await self.written(place, "create", place.open(values, labels), item, None, values)
        if handle is not None:
            for field, value in values.items():
                self.ledger.wrote(place.name, traced(item, field, value))

    async def _change(self, place: Place, handle: str, field: str) -> None:
        seen = await self._tried_or(place.look(handle), None)
        if seen is not None and (item := item_of(seen.summary)) is not None:
            await self._write(place, seen, item, field, self._value(item, field, seen))

    async def _write(self, place: Place, seen: Seen, item: int, field: str, new: Value) -> bool:
        """One field; what is noted as replaced is what was there at that instant."""
        replaced: list[Value] = []

        async def write() -> bool:
            replaced.append(await place.change(seen.handle, field, new))
            return True

        done = await self.written(place, field, write(), item, seen.handle, new)
        for old in replaced:
            self.ledger.replaced(place.name, traced(item, field, old))
            self.ledger.note("replaced", place=place.name, item=item, field=field, old=old, new=new)
        if done:
            self.ledger.wrote(place.name, traced(item, field, new))
        return bool(done)

    def _value(self, item: int, field: str, seen: Seen) -> Value:
        if field == "number":
            return next(self._numbers)
        if field in TRACED:
            return self.text(item, TRACED[field])
        return self.dice.choice([choice for choice in CHOICES[field] if choice != getattr(seen, field)])

    async def _label(self, place: Place, handle: str) -> None:
        seen = await place.look(handle)
        label = self.dice.choice(place.labels)
        on = label not in seen.labels
        await self.written(
            place, "label", place.label(handle, label, on=on), item_of(seen.summary), handle, (label, on)
        )

    async def _comment(self, place: Place, handle: str) -> None:
        seen = await place.look(handle)
        item = item_of(seen.summary)
        if item is None or seen.key is None:
            return
        text = self.text(item, Kind.COMMENT)
        if await self.written(place, "comment", place.comment(handle, text), item, handle, text):
            self.ledger.wrote(place.name, text)

    async def _edit_comment(self, place: Place, handle: str) -> None:
        seen = await place.look(handle)
        item = item_of(seen.summary)
        if not seen.comments or item is None:
            return
        comment, text = self.dice.choice(seen.comments), self.text(item, Kind.COMMENT)
        edit = place.edit_comment(handle, comment.id, text)
        old = await self.written(place, "edit comment", edit, item, handle, {"id": comment.id, "text": text})
        if old is not None:
            self.ledger.note("replaced", place=place.name, item=item, field=f"comment {comment.id}", old=old, new=text)
            self.ledger.replaced(place.name, old)
            self.ledger.wrote(place.name, text)

    async def _delete_comment(self, place: Place, handle: str) -> None:
        seen = await place.look(handle)
        if not seen.comments:
            return
        comment = self.dice.choice(seen.comments)
        delete = place.delete_comment(handle, comment.id)
        old = await self.written(place, "delete comment", delete, item_of(seen.summary), handle, comment.text)
        if old is not None:
            self.ledger.replaced(place.name, old)

    async def _attach(self, place: Place, handle: str) -> None:
        seen = await place.look(handle)
        item = item_of(seen.summary)
        if item is None or seen.key is None:
            return
        token = Token(item, Kind.FILE, next(self._numbers))
        content = self.mint.content(token, may_be_empty=self._may_be_empty)

        async def attach() -> bool:
            await place.attach(handle, f"{token}.bin", content)
            return True

        if await self.written(place, "attach", attach(), item, handle, [f"{token}.bin", len(content)]):
            self.ledger.wrote(place.name, str(token))

    async def _detach(self, place: Place, handle: str) -> None:
        seen = await place.look(handle)
        if not seen.files:
            return
        file = self.dice.choice(seen.files)

        async def detach() -> bool:
            await place.detach(handle, file)
            return True

        if await self.written(place, "detach", detach(), item_of(seen.summary), handle, file.name):
            self.ledger.replaced(place.name, file.name)

    async def _both_at_once(self) -> None:
        """The same field of an item that both sides have, at the same instant."""
        north, south = [{item: handle for handle, item in (await p.handles()).items()} for p in self.places]
        shared = sorted(north.keys() & south.keys())
        if not shared:
            return
        item, field = self.dice.choice(shared), self.dice.choice([*TRACED, *CHOICES])
        await asyncio.gather(
            self._change(self.places[0], north[item], field), self._change(self.places[1], south[item], field)
        )

    async def _burst(self) -> None:
        """Several edits of one item, one right after the other."""
        place = self.dice.choice(self.places)
        handle = await self._some_item(place)
        for _ in range(self.dice.randint(3, 6)):
            await self._something(place, handle)

    async def _edit_and_revert(self) -> None:
        """Somebody changes a field, and thinks better of it."""
        place = self.dice.choice(self.places)
        handle, field = await self._some_item(place), self.dice.choice([*TRACED, *CHOICES])
        if handle is None:
            return
        before = await self._tried_or(place.look(handle), None)
        if before is None or (item := item_of(before.summary)) is None or getattr(before, field) is None:
            return
        wrong = self._value(item, field, before)
        if not await self._write(place, before, item, field, wrong):
            return
        await asyncio.sleep(self.dice.choice((0, 0.3, 1.5)))
        now = await self._tried_or(place.look(handle), None)
        if now is not None and getattr(now, field) == wrong:
            await self._write(place, now, item, field, getattr(before, field))

    async def written(
        self, place: Place, act: str, write: Awaitable[T], item: int | None, handle: str | None, new: object
    ) -> T | None:
        """Counts and notes an edit that was made; None if the tracker refused it."""
        try:
            result = await write
        except Refused as refused:
            self.refused += 1
            self.ledger.note("refused", act=act, place=place.name, item=item, handle=handle, new=new, why=str(refused))
            return None
        number = self.ledger.next_edit()
        self.ledger.note("edit", n=number, act=act, place=place.name, item=item, handle=handle or result, new=new)
        return result

    async def _tried(self, act: Awaitable[None]) -> None:
        try:
            await act
        except Refused:
            self.refused += 1

    async def _tried_or(self, look: Awaitable[T], otherwise: T) -> T:
        try:
            return await look
        except Refused:
            return otherwise

    def text(self, item: int, kind: Kind) -> str:
        return self.mint.text(Token(item, kind, next(self._numbers)))


def traced(item: int, field: str, value: Value) -> str | None:
    """The text whose tokens tell what became of a value; None where values are not unique."""
    if field == "number":
        return None if value is None else str(Token(item, Kind.NUMBER, int(value)))
    return str(value) if field in TRACED and value is not None else None
