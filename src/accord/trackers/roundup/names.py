"""Names of what links lead to (statuses, keywords, people), and the way back from a name to its number."""

from __future__ import annotations

import time

from accord.errors import AccordError, Forbidden, WriteRefused
from accord.model import Person
from accord.trackers.roundup.rest import RoundupRest, Row
from accord.trackers.roundup.schema import nearest

KEEP_SECONDS = 300.0
LINK_PARTS = frozenset({"id", "link"})


def label(link: Row) -> str | None:
    """The name in a link as Roundup shows it with `@verbose=2`."""
    return next((str(value) for name, value in link.items() if name not in LINK_PARTS and value is not None), None)


class NameBook:
    """Names and people of one tracker, asked for when needed and kept for five minutes."""

    def __init__(self, rest: RoundupRest) -> None:
        self._rest = rest
        self._names: dict[str, tuple[float, dict[str, str]]] = {}
        self._people: tuple[float, dict[str, Person]] | None = None
        self._retired_people: dict[str, Person] = {}

    async def names(self, classname: str, *, fresh: bool = False) -> dict[str, str]:
        """The ids of a class's items by name."""
        known = self._names.get(classname)
        if known and not fresh and known[0] > time.monotonic():
            return known[1]
        listing = await self._rest.listing(classname, [("@verbose", "2")])
        found: dict[str, str] = {}
        for row in listing.rows:
            name = label(row)
            if name is not None:
                found.setdefault(name, str(row["id"]))
        self._names[classname] = (time.monotonic() + KEEP_SECONDS, found)
        return found

    async def id_of(self, classname: str, name: str, field: str) -> str:
        """Raises WriteRefused, with the nearest names, if there is no such item."""
        for fresh in (False, True):
            found = (await self.names(classname, fresh=fresh)).get(name)
            if found is not None:
                return found
        raise WriteRefused(
            f"There is no {classname} {name!r}.",
            field=field,
            value=name,
            remedy=nearest(name, await self.names(classname)),
        )

    async def made(self, classname: str, name: str, field: str) -> str:
        """Like `id_of`, and creates the item if it is missing and the account may."""
        try:
            return await self.id_of(classname, name, field)
        except WriteRefused as missing:
            try:
                id_ = await self._rest.create(classname, {"name": name})
            except WriteRefused:
                # Someone else was faster, or Roundup wants more than a name.
                return await self.id_of(classname, name, field)
            except Forbidden:
                missing.remedy = f"The account may not create a {classname}. {missing.remedy}"
                raise missing from None
        self._names[classname][1][name] = id_
        return id_

    async def people(self, *, fresh: bool = False) -> dict[str, Person]:
        """All users that are not retired, by id. E-mail addresses only where the account may see them."""
        if self._people and not fresh and self._people[0] > time.monotonic():
            return self._people[1]
        fields = [("@fields", "username,realname,address"), ("@verbose", "0")]
        listing = await self._rest.listing("user", fields)
        found = {str(row["id"]): _person(row) for row in listing.rows}
        self._people = (time.monotonic() + KEEP_SECONDS, found)
        return found

    async def person(self, id_: str | None) -> Person | None:
        """Someone by id, retired or not."""
        if id_ is None:
            return None
        known = (await self.people()).get(id_) or self._retired_people.get(id_)
        if known is None:
            known = (await self.people(fresh=True)).get(id_) or await self._retired(id_)
        return known

    async def _retired(self, id_: str) -> Person:
        try:
            found = await self._rest.element("user", id_, [("@fields", "username,realname,address"), ("@verbose", "0")])
            person = _person(found.attributes)
        except AccordError as error:
            if error.retryable:
                raise
            person = Person(username=f"user{id_}")
        self._retired_people[id_] = person
        return person

    async def user_id(self, person: Person, field: str) -> str:
        """Someone's id, by username or else e-mail or else full name. Raises WriteRefused with the nearest names."""
        for fresh in (False, True):
            people = await self.people(fresh=fresh)
            found = next((id_ for id_, other in people.items() if _is(person, other)), None)
            if found is not None:
                return found
        names = [other.username for other in people.values() if other.username]
        raise WriteRefused(
            f"There is no user {person.label()!r}.",
            field=field,
            value=person.label(),
            remedy=nearest(person.username or person.label(), names),
        )


def _person(row: Row) -> Person:
    parts = {"username": row.get("username"), "email": row.get("address"), "name": row.get("realname")}
    return Person(**{name: str(value) for name, value in parts.items() if value})


def _is(wanted: Person, other: Person) -> bool:
    """By the strongest thing that is known of `wanted`."""
    if wanted.username:
        return wanted.username == other.username
    if wanted.email:
        return wanted.email.lower() == (other.email or "").lower()
    return bool(wanted.name) and wanted.name == other.name
