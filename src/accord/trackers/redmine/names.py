"""What Redmine knows by number: projects, statuses, people, custom fields ..., and the way from names to numbers."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, TypeVar

from accord.errors import Forbidden, ItemGone, WriteRefused
from accord.model import Person
from accord.trackers.redmine.rest import RedmineRest, Row

KEEP_SECONDS = 300.0
T = TypeVar("T")


@dataclass(frozen=True)
class Project:
    """A project. `trackers` and `categories` are ids by name."""

    id: int
    identifier: str
    name: str
    trackers: dict[str, int]
    categories: dict[str, int]


@dataclass(frozen=True)
class CustomField:
    """A custom field of issues. `kind` is Redmine's field_format, `values` the value for each label of a list."""

    id: int
    name: str
    kind: str = "string"
    multiple: bool = False
    required: bool = False
    is_filter: bool = True
    values: tuple[tuple[str, str], ...] = ()


def nearest(word: str, known: Iterable[str]) -> str:
    """A remedy that names what was probably meant."""
    names = sorted(known)
    if not names:
        return "There is none."
    close = get_close_matches(word, names, n=3, cutoff=0.5)
    return f"Did you mean {' or '.join(close)}?" if close else f"There are: {', '.join(names[:30])}."


class NameBook:
    """Asked for when needed and kept for five minutes."""

    def __init__(self, rest: RedmineRest) -> None:
        self._rest = rest
        self._kept: dict[str, tuple[float, Any]] = {}
        self._strangers: dict[int, float] = {}

    async def account(self) -> Row:
        """The user whose key this is: id, login, admin (true, or not told)."""
        return await self._keep("account", lambda: self._rest.group("users/current.json", "user"))

    async def may(self, permission: str, project: int, person: int | None = None) -> bool:
        """Whether a user (None: the account) has a permission in a project; an administrator has all."""
        who = "current" if person is None else str(person)
        path = f"users/{who}.json"
        user = await self._keep(path, lambda: self._rest.group(path, "user", [("include", "memberships")]))
        if user.get("admin"):
            return True
        memberships = [one for one in user.get("memberships") or () if one["project"]["id"] == project]
        roles = {role["id"] for one in memberships for role in one["roles"]}
        return any([permission in await self._permissions(role) for role in roles])

    async def _permissions(self, role: int) -> list[str]:
        path = f"roles/{role}.json"
        told = await self._keep(path, lambda: self._rest.group(path, "role"))
        return list(told.get("permissions") or ())

    async def statuses(self, *, fresh: bool = False) -> dict[str, int]:
        return await self._ids("issue_statuses.json", "issue_statuses", fresh)

    async def trackers(self, *, fresh: bool = False) -> dict[str, int]:
        return await self._ids("trackers.json", "trackers", fresh)

    async def priorities(self, *, fresh: bool = False) -> dict[str, int]:
        return await self._ids("enumerations/issue_priorities.json", "issue_priorities", fresh)

    async def projects(self, *, fresh: bool = False) -> dict[int, Project]:
        """All that the account sees, by id."""

        async def ask() -> dict[int, Project]:
            include = [("include", "trackers,issue_categories")]
            rows = await self._rest.listing("projects.json", "projects", include)
            return {row["id"]: _project(row) for row in rows}

        return await self._keep("projects", ask, fresh)

    async def project_of(self, row: Row) -> Project:
        """The one that an issue is in; with its name alone where the account is not told of it."""
        id_, name = row["project"]["id"], row["project"]["name"]
        known = (await self.projects()).get(id_) or (await self.projects(fresh=True)).get(id_)
        return known or Project(id_, name, name, {}, {})

    async def project(self, identifier: str, field: str) -> Project:
        """By identifier, or else by name. Raises WriteRefused with the nearest ones."""
        for fresh in (False, True):
            projects = (await self.projects(fresh=fresh)).values()
            found = [one for one in projects if one.identifier == identifier]
            found += [one for one in projects if one.name == identifier]
            if found:
                return found[0]
        raise WriteRefused(
            f"There is no project {identifier!r}, or the account does not see it.",
            field=field,
            value=identifier,
            remedy=nearest(identifier, (one.identifier for one in projects)),
        )

    async def versions(self, project: int, *, fresh: bool = False) -> dict[str, int]:
        """Those that issues of a project may be planned for, shared ones among them."""
        try:
            return await self._ids(f"projects/{project}/versions.json", "versions", fresh)
        except (Forbidden, ItemGone):
            return {}  # the project has no issue tracking (any more), or the account sees none of it

    async def fields(self, *, fresh: bool = False) -> dict[int, CustomField]:
        """The custom fields of issues. Their kinds only an administrator is told; others learn of those that issues
        show, as text."""

        async def ask() -> dict[int, CustomField]:
            try:
                rows = await self._rest.group("custom_fields.json", "custom_fields")
            except Forbidden:
                return await self._fields_seen()
            return {row["id"]: _field(row) for row in rows if row.get("customized_type") == "issue"}

        return await self._keep("fields", ask, fresh)

    async def _fields_seen(self) -> dict[int, CustomField]:
        query = [("status_id", "*"), ("sort", "updated_on:desc"), ("limit", "100")]
        shown = [field for row in await self._rest.group("issues.json", "issues", query) for field in _custom(row)]
        return {one["id"]: CustomField(one["id"], one["name"], multiple=bool(one.get("multiple"))) for one in shown}

    async def people(self, *, fresh: bool = False) -> dict[int, Person]:
        """By id. Logins and e-mail addresses only an administrator is told; others the names of fellow members."""

        async def ask() -> dict[int, Person]:
            try:
                rows = await self._rest.listing("users.json", "users", [("status", "")])
            except Forbidden:
                return await self._members()
            return {row["id"]: _person(row) for row in rows}

        return await self._keep("people", ask, fresh)

    async def _members(self) -> dict[int, Person]:
        me = await self.account()
        found = {me["id"]: _person(me)}
        for project in await self.projects():
            rows = await self._rest.listing(f"projects/{project}/memberships.json", "memberships")
            users = [row["user"] for row in rows if "user" in row]
            found = {user["id"]: Person(name=user["name"]) for user in users} | found
        return found

    async def person(self, link: object) -> Person | None:
        """Someone as an issue names them, `{"id": 5, "name": "Alice Test"}`; a group or somebody unknown by name."""
        if not isinstance(link, dict):
            return None
        id_ = int(link.get("id") or 0)
        known = (await self.people()).get(id_)
        if known is None and self._strangers.get(id_, 0.0) < time.monotonic():
            # Somebody new, unless it is a group, which is in no list.
            known = (await self.people(fresh=True)).get(id_)
            self._strangers[id_] = time.monotonic() + KEEP_SECONDS
        return known or Person(name=str(link.get("name") or f"user {link.get('id')}"))

    async def user_id(self, person: Person, field: str) -> int:
        """By login or else e-mail or else full name. Raises WriteRefused with the nearest names."""
        for fresh in (False, True):
            people = await self.people(fresh=fresh)
            found = next((id_ for id_, other in people.items() if _is(person, other)), None)
            if found is not None:
                return found
        names = [other.username or other.label() for other in people.values()]
        raise WriteRefused(
            f"There is no user {person.label()!r}.",
            field=field,
            value=person.label(),
            remedy=nearest(person.username or person.label(), names),
        )

    async def _ids(self, path: str, name: str, fresh: bool) -> dict[str, int]:
        async def ask() -> dict[str, int]:
            return {row["name"]: row["id"] for row in await self._rest.group(path, name)}

        return await self._keep(path, ask, fresh)

    async def _keep(self, what: str, ask: Callable[[], Awaitable[T]], fresh: bool = False) -> T:
        known = self._kept.get(what)
        if known and not fresh and known[0] > time.monotonic():
            answer: T = known[1]
            return answer
        found = await ask()
        self._kept[what] = (time.monotonic() + KEEP_SECONDS, found)
        return found


async def chosen(ids: Callable[..., Awaitable[dict[str, int]]], name: object, field: str) -> int:
    """The number of what a list calls `name`; it is asked for once more where it is not known. Raises WriteRefused."""
    for fresh in (False, True):
        known = await ids(fresh=fresh)
        if str(name) in known:
            return known[str(name)]
    raise WriteRefused(f"There is no {field} {name!r}.", field=field, value=name, remedy=nearest(str(name), known))


def _project(row: Row) -> Project:
    groups = {
        name: {one["name"]: one["id"] for one in row.get(name) or ()} for name in ("trackers", "issue_categories")
    }
    return Project(row["id"], row["identifier"], row["name"], groups["trackers"], groups["issue_categories"])


def _field(row: Row) -> CustomField:
    values = [(str(one.get("label")), str(one.get("value"))) for one in row.get("possible_values") or ()]
    return CustomField(
        id=row["id"],
        name=row["name"],
        kind=row.get("field_format") or "string",
        multiple=bool(row.get("multiple")),
        required=bool(row.get("is_required")),
        is_filter=bool(row.get("is_filter", True)),
        values=tuple(values),
    )


def _custom(row: Row) -> list[Row]:
    return list(row.get("custom_fields") or ())


def _person(row: Row) -> Person:
    name = f"{row.get('firstname') or ''} {row.get('lastname') or ''}".strip()
    parts = {"username": row.get("login"), "email": row.get("mail"), "name": name}
    return Person(**{part: str(value) for part, value in parts.items() if value})


def _is(wanted: Person, other: Person) -> bool:
    """By the strongest thing that is known of both."""
    if wanted.username and other.username:
        return wanted.username == other.username
    if wanted.email and other.email:
        return wanted.email.lower() == other.email.lower()
    return bool(wanted.name) and wanted.name == other.name
