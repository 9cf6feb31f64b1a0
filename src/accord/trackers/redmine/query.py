"""Queries in Redmine's own language: the query string of its lists, `status_id=open&priority_id=4&cf_3=red`.

Names may stand for numbers: `status=New|In Progress&tracker=Bug&project=alpha&Severity=High`. Values are told apart by
`|`, and Redmine's operators go before them: `!`, `~`, `>=`, `!*`, `*` ...
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qsl

from accord.errors import WriteRefused
from accord.trackers.redmine.names import CustomField, NameBook, chosen, nearest

OPERATORS = ("!~", "!*", ">=", "<=", "><", "!", "~", "^", "$", "*", "=")
FIELDS = (
    "status_id", "tracker_id", "priority_id", "project_id", "subproject_id", "author_id", "assigned_to_id",
    "watcher_id", "category_id", "fixed_version_id", "subject", "description", "notes", "created_on", "updated_on",
    "closed_on", "start_date", "due_date", "estimated_hours", "spent_time", "done_ratio", "is_private", "parent_id",
    "child_id", "issue_id", "attachment", "relates", "blocks", "blocked", "precedes", "follows", "updated_by",
    "last_updated_by",
)  # fmt: skip
WORDS = {"status_id": frozenset({"open", "closed", "o", "c"}), "assigned_to_id": frozenset({"me"})}
PEOPLE = frozenset({"author_id", "assigned_to_id", "watcher_id", "updated_by", "last_updated_by"})
Condition = tuple[str, str, str]


async def parse_query(query: str, book: NameBook) -> list[Condition]:
    """Field, operator and value of each condition. Raises WriteRefused naming what is wrong: Redmine itself passes over
    what it does not know, and would find everything."""
    try:
        parts = parse_qsl(query, keep_blank_values=True, strict_parsing=True)
    except ValueError:
        raise WriteRefused(
            f"This is no query of Redmine's: {query!r}.", field="query", value=query, remedy="It is field=value&..."
        ) from None
    fields = await book.fields()
    found = [await _condition(name, value, book, fields) for name, value in parts]
    if not any(name == "status_id" for name, _, _ in found):
        found.append(("status_id", "*", ""))
    return found


async def _condition(name: str, told: str, book: NameBook, fields: dict[int, CustomField]) -> Condition:
    field = _field(name, fields)
    if field == "status_id" and told in {"open", "closed", "o", "c"}:
        return field, told[0], ""
    operator = next((one for one in OPERATORS if told.startswith(one)), "=")
    value = told.removeprefix(operator)
    if operator in {"=", "!"} and value:
        value = "|".join([await _number(field, one, book) for one in value.split("|")])
    return field, operator, value


def _field(name: str, fields: dict[int, CustomField]) -> str:
    if name in FIELDS or (re.fullmatch(r"cf_\d+", name) and int(name[3:]) in fields):
        return name
    if f"{name}_id" in FIELDS:
        return f"{name}_id"
    if name == "version":
        return "fixed_version_id"
    custom = next((field for field in fields.values() if field.name == name), None)
    if custom is None:
        known = [*FIELDS, *(field.name for field in fields.values())]
        raise WriteRefused(f"Redmine has no filter {name!r}.", field=name, value=name, remedy=nearest(name, known))
    if not custom.is_filter:
        remedy = "Tick 'Used as a filter' in its settings (Administration, Custom fields)."
        raise WriteRefused(f"The custom field {name!r} is no filter.", field=name, value=name, remedy=remedy)
    return f"cf_{custom.id}"


async def _number(field: str, name: str, book: NameBook) -> str:
    """The number that Redmine knows a name by, where it knows it by one."""
    if name.isdigit() or name in WORDS.get(field, ()):
        return name
    lists: dict[str, Callable[..., Awaitable[dict[str, int]]]] = {
        "status_id": book.statuses,
        "tracker_id": book.trackers,
        "priority_id": book.priorities,
    }
    if field in lists:
        return str(await chosen(lists[field], name, field.removesuffix("_id")))
    if field == "project_id":
        return str((await book.project(name, field)).id)
    if field in PEOPLE and name != "me":
        people = await book.people()
        logins = {person.username or person.label(): id_ for id_, person in people.items()}
        if name not in logins:
            raise WriteRefused(f"There is no user {name!r}.", field=field, value=name, remedy=nearest(name, logins))
        return str(logins[name])
    return name
