"""Values of properties: from Roundup's JSON to an item's, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from pydantic import JsonValue, ValidationError

from accord.errors import WriteRefused
from accord.model import Person
from accord.trackers.roundup.names import NameBook, label
from accord.trackers.roundup.rest import serialised, stamp
from accord.trackers.roundup.schema import Property, Schema

EMPTY = ""  # what empties a property: Roundup does not see a null
EMPTY_LIST = ","  # what empties a Multilink: from "" Roundup makes nothing at all, over which its detectors stumble
TRUE, FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})


def shown(prop: Property, raw: Any, schema: Schema) -> JsonValue:
    """A property's value as an item holds it. `raw` is as Roundup tells it with `@verbose=2`."""
    if raw is None:
        return None
    match prop.kind:
        case "Link":
            return _name(raw, prop, schema)
        case "Multilink":
            names = [_name(link, prop, schema) for link in raw if isinstance(link, dict)]
            return [*sorted(names, key=_by_number)]
        case "Boolean":
            return bool(raw)
        case "Number":
            return int(raw) if isinstance(raw, float) and raw.is_integer() else _plain(raw)
        case "Date":
            return _iso(raw)
        case "String":
            return str(raw).replace("\r\n", "\n")
        case _:
            return _plain(raw)


def _plain(raw: Any) -> JsonValue:
    return raw if isinstance(raw, str | int | float | bool) else str(raw)


def _name(link: Any, prop: Property, schema: Schema) -> str:
    if not isinstance(link, dict):
        return str(link)
    return (label(link) if schema.has_names(prop.target) else None) or str(link.get("id", ""))


def _by_number(name: str) -> tuple[int, str]:
    return (int(name), "") if name.isdigit() else (0, name)


def _iso(raw: Any) -> str:
    """Roundup's Date is a moment in UTC; one at midnight is taken for a day."""
    moment = stamp(raw)
    if moment is None:
        return str(raw)
    if moment.time() == time.min:
        return moment.date().isoformat()
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


class ValueWriter:
    """Turns an item's values into Roundup's. Raises WriteRefused naming field, value and what would do."""

    def __init__(self, schema: Schema, book: NameBook, *, create_in: str | None = None) -> None:
        """`create_in` names the property whose missing names are created."""
        self._schema, self._book, self._create_in = schema, book, create_in

    async def raw(self, prop: Property, value: JsonValue, field: str) -> Any:
        """What to put for `value` into a property."""
        if value is None or value == "" or value == []:
            return EMPTY_LIST if prop.kind == "Multilink" else EMPTY
        match prop.kind:
            case "Link":
                return await self.link(prop, value, field)
            case "Multilink":
                many = value if isinstance(value, list) else [value]
                return [await self.link(prop, one, field) for one in many]
            case "Boolean":
                return _boolean(value, field)
            case "Number" | "Integer":
                return _number(prop, value, field)
            case "Date":
                return serialised(_moment(value, field))
            case "Password":
                raise WriteRefused(f"{prop.name} is a password: sync does not write those.", field=field)
            case _:
                return value if isinstance(value, str) else str(value)

    async def link(self, prop: Property, value: JsonValue, field: str, *, create: bool = True) -> str:
        """The id of what a link shall lead to, created where that is allowed and `create` says so."""
        if prop.target == "user":
            return await self._book.user_id(_someone(value, field), field)
        name = str(value)
        if not self._schema.has_names(prop.target):
            if not name.isdigit():
                raise _refused(field, value, f"It takes the number of an item of the class {prop.target}.")
            return name
        if create and prop.name == self._create_in:
            return await self._book.made(prop.target, name, field)
        return await self._book.id_of(prop.target, name, field)


def _someone(value: JsonValue, field: str) -> Person:
    try:
        return Person(username=value) if isinstance(value, str) else Person.model_validate(value)
    except ValidationError:
        raise _refused(field, value, "A person has username, email and name.") from None


def _boolean(value: JsonValue, field: str) -> bool:
    word = str(value).lower()
    if word not in TRUE | FALSE:
        raise _refused(field, value, "It takes true or false.")
    return word in TRUE


def _number(prop: Property, value: JsonValue, field: str) -> int | float:
    try:
        number = float(str(value))
        if isinstance(value, bool) or number != number or abs(number) == float("inf"):
            raise ValueError
        if prop.kind == "Number":
            return number
        if not number.is_integer():
            raise ValueError
        return int(str(value)) if str(value).lstrip("+-").isdigit() else int(number)
    except ValueError:
        raise _refused(field, value, f"It takes {'a whole' if prop.kind == 'Integer' else 'a'} number.") from None


def _moment(value: JsonValue, field: str) -> datetime:
    try:
        text = str(value)
        if len(text) == len("2026-12-24"):
            return datetime.combine(date.fromisoformat(text), time.min, UTC)
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        raise _refused(field, value, "It takes a date such as 2026-12-24 or 2026-12-24T10:30:00Z.") from None


def _refused(field: str, value: JsonValue, remedy: str) -> WriteRefused:
    return WriteRefused(f"{field} does not take {str(value)[:100]!r}.", field=field, value=value, remedy=remedy)
