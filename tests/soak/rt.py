"""A Request Tracker: people who use its REST API as a browser form would, and somebody who reads it all."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Awaitable
from typing import Any, TypeVar

from accord.testing.rt import RTPerson, RTRefused, RTServer
from tests.soak.place import WORDED, Gone, Refused, Seen, SeenComment, SeenFile, Value, Words
from tests.soak.tokens import item_of
from tests.soak.words import RT_PRIORITIES

LOGINS = ("alice", "bob")
QUEUE = "Desk"
NOBODY = "Nobody"
ATTRIBUTES = {"summary": "Subject", "status": "Status", "priority": "Priority", "assignee": "Owner"}
FIELDS = {"description": "Description", "number": "points"}

Row = dict[str, Any]
T = TypeVar("T")


class RT:
    """Implements `Place`. A handle is a ticket's number. Nobody edits or deletes comments."""

    takes_empty_files = True
    changes_comments = False
    labels = ("red", "green", "blue", "deep purple", "ünï")

    def __init__(self, name: str, server: RTServer, words: Words, dice: random.Random) -> None:
        self.name, self.words, self._dice = name, words, dice
        self._people = [server.user(login) for login in LOGINS]
        self._admin = server.user("root")
        self._contents: dict[str, bytes] = {}

    async def handles(self) -> dict[str, int]:
        items = {str(row["id"]): item_of(row["Subject"]) for row in await self._tickets()}
        return {id_: item for id_, item in items.items() if item is not None}

    async def look(self, handle: str) -> Seen:
        row = await _asked(self._admin.get(handle))
        files = await _asked(self._admin.attachments(handle))
        said = {str(one["id"]): one for one in await _asked(self._admin.history(handle))}
        texts = [part for part in files if not part["Filename"] and part["ContentType"] == "text/plain"]
        comments = [
            SeenComment(_transaction(part), (await self._content(str(part["id"]))).decode())
            for part in texts
            if said[_transaction(part)]["Type"] in ("Comment", "Correspond")
        ]
        named = [part for part in files if part["Filename"]]
        return Seen(
            handle=handle,
            key=handle,
            summary=row["Subject"],
            description=_custom(row, "Description") or None,
            number=int(float(_custom(row, "points"))) if _custom(row, "points") else None,
            labels=frozenset(_values(row, "Labels")),
            comments=tuple(comments),
            files=tuple([SeenFile(one["Filename"], await self._hash(str(one["id"]))) for one in named]),
            **{name: self._common(name, row) for name in WORDED},
        )

    async def look_at_all(self) -> list[Seen]:
        return [await self.look(str(row["id"])) for row in await self._tickets()]

    async def open(self, values: dict[str, Value], labels: tuple[str, ...]) -> str:
        own = {ATTRIBUTES[name]: self._own(name, value) for name, value in values.items() if name in ATTRIBUTES}
        custom: dict[str, Any] = {FIELDS[name]: str(values[name]) for name in FIELDS if values.get(name) is not None}
        subject = str(own.pop("Subject"))
        custom["Labels"] = list(labels)
        return await _asked(self._person().create(subject, Queue=QUEUE, CustomFields=custom, **own))

    async def change(self, handle: str, field: str, new: Value) -> Value:
        person = self._person()
        before = await _asked(person.get(handle))
        last = max(int(one["id"]) for one in await _asked(person.history(handle)))
        if field in FIELDS:
            await _asked(person.set(handle, custom={FIELDS[field]: None if new is None else str(new)}))
        else:
            await _asked(person.set(handle, **{ATTRIBUTES[field]: self._own(field, new)}))
        replaced = await self._replaced(person, handle, field, last)
        return self._common(field, before) if replaced is None else replaced

    async def _replaced(self, person: RTPerson, handle: str, field: str, last: int) -> Value:
        """What our change took the place of, as the history tells; None where it tells of none."""
        if field in WORDED:
            return None
        for one in await _asked(person.history(handle)):
            ours = int(one["id"]) > last and one["Creator"]["id"] == person.login
            changes = one["Type"] == "CustomField" if field in FIELDS else one["Field"] == ATTRIBUTES[field]
            if ours and changes and one["OldValue"]:
                return int(float(one["OldValue"])) if field == "number" else str(one["OldValue"])
        return None

    async def label(self, handle: str, label: str, *, on: bool) -> None:
        there = set(_values(await _asked(self._admin.get(handle)), "Labels"))
        if (label in there) != on:
            new = sorted(there | {label} if on else there - {label})
            await _asked(self._person().set(handle, custom={"Labels": new}))

    async def comment(self, handle: str, text: str) -> str:
        return await _asked(self._person().comment(handle, text))

    async def edit_comment(self, handle: str, comment: str, text: str) -> str:
        raise Refused("RT keeps comments as they were said")

    async def delete_comment(self, handle: str, comment: str) -> str:
        raise Refused("RT keeps comments as they were said")

    async def attach(self, handle: str, name: str, content: bytes) -> None:
        await _asked(self._person().attach(handle, name, content))

    async def _tickets(self) -> list[Row]:
        return await _asked(self._admin.tickets())

    async def _hash(self, part: str) -> str:
        return hashlib.sha256(await self._content(part)).hexdigest()

    async def _content(self, part: str) -> bytes:
        """What was said never changes."""
        if part not in self._contents:
            self._contents[part] = await _asked(self._admin.content(part))
        return self._contents[part]

    def _own(self, field: str, value: Value) -> str:
        if field not in WORDED:
            return "" if value is None else str(value)
        if value is None:
            return NOBODY
        own = str(self.words.own(field, str(value)))
        return str(RT_PRIORITIES[own]) if field == "priority" else own

    def _common(self, field: str, row: Row) -> Any:
        """What a row of a ticket holds, in common words."""
        if field == "number":
            return int(float(_custom(row, "points"))) if _custom(row, "points") else None
        if field == "description":
            return _custom(row, "Description") or None
        raw = row[ATTRIBUTES[field]]
        if field == "assignee":
            return None if raw["id"] == NOBODY else self.words.common(field, raw["id"])
        if field == "priority":
            raw = next((name for name, number in RT_PRIORITIES.items() if str(number) == raw), raw)
        return self.words.common(field, raw) if field in WORDED else raw or None

    def _person(self) -> RTPerson:
        return self._dice.choice(self._people)


def _values(row: Row, name: str) -> list[str]:
    return [str(value) for one in row["CustomFields"] if one["name"] == name for value in one["values"] if value]


def _custom(row: Row, name: str) -> str:
    return next(iter(_values(row, name)), "").replace("\r\n", "\n")


def _transaction(part: Row) -> str:
    told = part["TransactionId"]
    return str(told["id"] if isinstance(told, dict) else told)


async def _asked(call: Awaitable[T]) -> T:
    try:
        return await call
    except RTRefused as refused:
        raise (Gone if refused.status in (404, 410) else Refused)(str(refused)) from None
    except (TimeoutError, OSError) as error:
        raise Refused(str(error)) from None
