"""What RT knows by name or number: queues, custom fields, people."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar
from urllib.parse import quote

from accord.errors import Forbidden, ItemGone, WriteRefused
from accord.model import Person
from accord.trackers.rt.rest import Row, RTRest

KEEP_SECONDS = 300.0
NOBODY = "Nobody"
SYSTEM = "RT_System"
MADE_UP = frozenset({NOBODY, SYSTEM})
PERSON = ("fields", "Name,EmailAddress,RealName")
TICKETS = "RT::Queue-RT::Ticket"
WITH_VALUES = frozenset({"Select", "Combobox", "Autocomplete"})
T = TypeVar("T")


@dataclass(frozen=True)
class CustomField:
    """A custom field of tickets. `kind` is RT's type (Freeform, Text, HTML, Select, Date ...)."""

    id: str
    name: str
    kind: str = "Freeform"
    multiple: bool = False
    pattern: str = ""
    values: tuple[str, ...] = ()

    @property
    def is_number(self) -> bool:
        """RT's own patterns say in a comment what they are for."""
        return self.kind == "Freeform" and "(?#Digits)" in self.pattern

    @property
    def is_required(self) -> bool:
        return "(?#Mandatory)" in self.pattern


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy that names what was probably meant."""
    names = sorted(known)
    if not names:
        return "There is none."
    close = get_close_matches(word, names, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(names[:30])}."


class NameBook:
    """Asked for when needed and kept for five minutes."""

    def __init__(self, rest: RTRest, token: str) -> None:
        self._rest, self._token = rest, token
        self._kept: dict[str, tuple[float, Any]] = {}

    async def account(self) -> str:
        """The name of the user whose token this is: RT writes their number into it. Empty where it did not."""

        async def ask() -> str:
            parts = self._token.split("-")
            if len(parts) < 3 or not parts[1].isdigit():
                return ""
            try:
                return str((await self._rest.element(f"user/{parts[1]}")).get("Name") or "")
            except (ItemGone, Forbidden):
                return ""

        return await self._keep("account", ask)

    async def queues(self, *, fresh: bool = False) -> dict[str, str]:
        """The names of all queues that the account sees, by number."""

        async def ask() -> dict[str, str]:
            rows = await self._rest.listing("queues/all", [("fields", "Name")])
            return {str(row["id"]): str(row["Name"]) for row in rows}

        return await self._keep("queues", ask, fresh)

    async def queue(self, name: str, field: str) -> str:
        """The number of a queue. Raises WriteRefused with the nearest ones."""
        for fresh in (False, True):
            queues = await self.queues(fresh=fresh)
            found = [id_ for id_, other in queues.items() if other.casefold() == name.casefold()]
            if found:
                return found[0]
        raise WriteRefused(
            f"There is no queue {name!r}, or the account does not see it.",
            field=field,
            value=name,
            remedy=nearest(name, queues.values()),
        )

    async def fields(self, *, fresh: bool = False) -> dict[str, CustomField]:
        """The custom fields of tickets that the account sees, by number."""

        async def ask() -> dict[str, CustomField]:
            query = [("fields", "Name,Type,MaxValues,Pattern,Disabled")]
            where = [{"field": "LookupType", "value": TICKETS}]
            rows = await self._rest.listing("customfields", query, where=where)
            shown = [row for row in rows if row.get("Name") and str(row.get("Disabled") or "0") == "0"]
            return {str(row["id"]): await self._field(row) for row in sorted(shown, key=lambda row: int(row["id"]))}

        return await self._keep("fields", ask, fresh)

    async def _field(self, row: Row) -> CustomField:
        kind = str(row.get("Type") or "Freeform")
        values: tuple[str, ...] = ()
        if kind in WITH_VALUES:
            told = await self._rest.element(f"customfield/{row['id']}")
            values = tuple(str(value) for value in told.get("Values") or ())
        return CustomField(
            id=str(row["id"]),
            name=str(row["Name"]),
            kind=kind,
            multiple=str(row.get("MaxValues") or "0") != "1",
            pattern=str(row.get("Pattern") or ""),
            values=values,
        )

    async def person(self, name: str) -> Person | None:
        """Someone as a ticket names them; by that name alone where the account is told no more."""
        return None if not name or name in MADE_UP else await self._known(name) or Person(username=name)

    async def _known(self, name: str, *, fresh: bool = False) -> Person | None:
        """By login."""

        async def ask() -> Person | None:
            try:
                return _person(await self._rest.element(f"user/{quote(name, safe='')}"))
            except (ItemGone, Forbidden):
                return None

        return await self._keep(f"user/{name}", ask, fresh)

    async def people(self) -> tuple[Person, ...]:
        """All users of RT, whom it keeps by the thousand where customers write: those who may have rights."""
        where = [{"field": "Name", "operator": "!=", "value": SYSTEM}]
        try:
            rows = await self._rest.listing("users", [("fields", f"{PERSON[1]},Privileged")], where=where)
        except Forbidden:
            return ()
        told = [row for row in rows if str(row["id"]) not in MADE_UP]
        staff = [row for row in told if str(row.get("Privileged") or "0") == "1"]
        return tuple(_person(row) for row in sorted(staff or told, key=lambda row: str(row["id"])))

    async def login(self, person: Person, field: str) -> str:
        """By login or else e-mail or else full name. Raises WriteRefused naming who it was."""
        if person.username and (found := await self._login_of(person.username)):
            return found
        for part, value in (("EmailAddress", person.email), ("RealName", person.name)):
            if value and (found := await self._who_has(part, value)):
                return found
        raise WriteRefused(
            f"There is no user {person.label()!r}, or the account does not see them.",
            field=field,
            value=person.label(),
            remedy="An administrator adds them, or the people of the connection name another.",
        )

    async def _login_of(self, username: str) -> str | None:
        known = await self._known(username) or await self._known(username, fresh=True)
        return known.username if known and known.username not in MADE_UP else None

    async def _who_has(self, part: str, value: str) -> str | None:
        async def ask() -> str | None:
            try:
                rows = await self._rest.listing("users", [PERSON], where=[{"field": part, "value": value}])
            except Forbidden:
                return None
            # A condition that the account may not ask with is passed over, and everybody found.
            found = [str(row["id"]) for row in rows if str(row.get(part) or "").lower() == value.lower()]
            return found[0] if len(found) == 1 else None

        return await self._keep(f"{part}={value}", ask)

    async def _keep(self, what: str, ask: Callable[[], Awaitable[T]], fresh: bool = False) -> T:
        known = self._kept.get(what)
        if known and not fresh and known[0] > time.monotonic():
            answer: T = known[1]
            return answer
        found = await ask()
        self._kept[what] = (time.monotonic() + KEEP_SECONDS, found)
        return found


def _person(row: Row) -> Person:
    parts = {"username": row.get("Name"), "email": row.get("EmailAddress"), "name": row.get("RealName")}
    return Person(**{part: str(value) for part, value in parts.items() if value})
