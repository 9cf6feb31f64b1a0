"""Values of custom fields: from Redmine's strings to an item's values, and back."""

from __future__ import annotations

from datetime import date

from pydantic import JsonValue, ValidationError

from accord.errors import WriteRefused
from accord.model import Person
from accord.trackers.redmine.names import CustomField, NameBook, chosen, nearest

TRUE, FALSE = frozenset({"true", "yes", "on", "1"}), frozenset({"false", "no", "off", "0"})
Raw = str | list[str]


class Values:
    """Numbers of people and versions go by name: `project` is the id of the issue's."""

    def __init__(self, book: NameBook) -> None:
        self._book = book

    async def shown(self, field: CustomField, raw: object, project: int) -> JsonValue:
        """A value as an item holds it. Unset is None, or [] where there may be several."""
        if field.multiple:
            many = raw if isinstance(raw, list) else [raw]
            return [await self._one_shown(field, str(one), project) for one in many if one not in (None, "")]
        return None if raw in (None, "") else await self._one_shown(field, str(raw), project)

    async def _one_shown(self, field: CustomField, raw: str, project: int) -> JsonValue:
        match field.kind:
            case "int" | "float":
                return shown_number(raw)
            case "bool":
                return raw == "1"
            case "text" | "string":
                return raw.replace("\r\n", "\n")
            case "user":
                person = (await self._book.people()).get(int(raw)) if raw.isdigit() else None
                return (person.username or person.label()) if person else raw
            case "version":
                names = {str(id_): name for name, id_ in (await self._book.versions(project)).items()}
                return names.get(raw, raw)
            case _:
                return next((label for label, value in field.values if value == raw), raw)

    async def raw(self, field: CustomField, value: JsonValue, path: str, project: int) -> Raw:
        """What to put for `value`. Raises WriteRefused naming field, value and what would do."""
        many = value if isinstance(value, list) else [value]
        found = [await self._one_raw(field, one, path, project) for one in many if one not in (None, "")]
        if field.multiple:
            return found or [""]
        if len(found) > 1:
            raise refused(path, value, "It takes one value.")
        return found[0] if found else ""

    async def _one_raw(self, field: CustomField, value: JsonValue, path: str, project: int) -> str:
        match field.kind:
            case "int":
                return number(value, path, whole=True)
            case "float":
                return number(value, path)
            case "bool":
                return "1" if boolean(value, path) else "0"
            case "date":
                return day(value, path)
            case "user":
                return str(await self._book.user_id(someone(value, path), path))
            case "version":
                return str(await chosen(lambda fresh: self._book.versions(project, fresh=fresh), value, path))
            case _ if field.values:
                return _option(field, str(value), path)
            case _:
                return value if isinstance(value, str) else str(value)


def _option(field: CustomField, value: str, path: str) -> str:
    for label, raw in field.values:
        if label == value:
            return raw
    raise refused(path, value, nearest(value, (label for label, _ in field.values)))


def shown_number(raw: object) -> JsonValue:
    """A number as people write it: 3 rather than 3.0."""
    try:
        found = float(str(raw))
    except ValueError:
        return str(raw)
    return int(found) if found.is_integer() else found


def someone(value: JsonValue, path: str) -> Person:
    try:
        return Person(username=value) if isinstance(value, str) else Person.model_validate(value)
    except ValidationError:
        raise refused(path, value, "A person has username, email and name.") from None


def boolean(value: JsonValue, path: str) -> bool:
    word = str(value).lower()
    if word not in TRUE | FALSE:
        raise refused(path, value, "It takes true or false.")
    return word in TRUE


def number(value: JsonValue, path: str, *, whole: bool = False) -> str:
    try:
        found = float(str(value))
        if isinstance(value, bool) or found != found or abs(found) == float("inf") or (whole and found != int(found)):
            raise ValueError
    except ValueError:
        raise refused(path, value, f"It takes a {'whole ' if whole else ''}number.") from None
    return str(int(found)) if found.is_integer() else str(value)


def day(value: JsonValue, path: str) -> str:
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise refused(path, value, "It takes a date such as 2026-12-24.") from None


def refused(path: str, value: JsonValue, remedy: str) -> WriteRefused:
    return WriteRefused(f"{path} does not take {str(value)[:100]!r}.", field=path, value=value, remedy=remedy)
