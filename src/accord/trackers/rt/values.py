"""Values: from RT's strings to an item's values, and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo

from pydantic import JsonValue, ValidationError

from accord.errors import WriteRefused
from accord.markup import HTML
from accord.model import Person
from accord.trackers.rt.names import CustomField, nearest
from accord.trackers.rt.rest import NEVER, sql, stamp

CLOSED = "Select"  # takes no values but its own


class Values:
    """`priorities` are RT's numbers by name, `zone` the one in which dates are days."""

    def __init__(self, priorities: dict[str, int], zone: tzinfo) -> None:
        self._priorities, self._zone = priorities, zone

    def shown(self, field: CustomField, raw: list[object]) -> JsonValue:
        """What a custom field holds, as an item holds it. Unset is None, or [] where there may be several."""
        values = [self._one_shown(field, str(one)) for one in raw if one not in (None, "")]
        return values if field.multiple else values[0] if values else None

    def _one_shown(self, field: CustomField, raw: str) -> JsonValue:
        if field.is_number:
            return shown_number(raw)
        if field.kind == "HTML":
            return HTML.to_markdown(raw)
        return raw.replace("\r\n", "\n")

    def raw(self, field: CustomField, value: JsonValue, path: str, now: list[object]) -> str | list[str] | None:
        """What to put for `value` where `now` stands. Raises WriteRefused naming field, value and what would do."""
        many = value if isinstance(value, list) else [value]
        found = [self._one_raw(field, one, path, now) for one in many if one not in (None, "")]
        if field.multiple:
            return list(dict.fromkeys(found))
        if len(found) > 1:
            raise refused(path, value, "It takes one value.")
        return found[0] if found else None

    def _one_raw(self, field: CustomField, value: JsonValue, path: str, now: list[object]) -> str:
        text = value if isinstance(value, str) else str(value)
        if field.is_number:
            return number(value, path)
        if field.kind == "Date":
            return day(value, path).isoformat()
        if field.kind == "DateTime":
            return sql(moment(value, path))
        if field.kind == "HTML":
            return HTML.rewrite(str(now[0] or "") if now else "", text)
        if field.kind == CLOSED and text not in field.values:
            raise refused(path, value, nearest(text, field.values))
        return text

    def priority(self, raw: object) -> str | None:
        """The name of a number; a number that has none, as it is."""
        text = str(raw if raw is not None else "")
        return next((name for name, known in self._priorities.items() if str(known) == text), text or None)

    def raw_priority(self, value: JsonValue, path: str = "priority") -> str:
        """Nothing is RT's zero."""
        text = str(value if value is not None else "0")
        if text in self._priorities:
            return str(self._priorities[text])
        if text.removeprefix("-").isdigit():
            return text
        raise refused(path, value, f"{nearest(text, self._priorities)} Or a number.")

    def date(self, raw: object) -> date | None:
        """The day of a moment of RT's."""
        told = stamp(raw)
        return told.astimezone(self._zone).date() if told else None

    def raw_date(self, value: JsonValue, path: str) -> str:
        """The first moment of a day, as RT takes it."""
        if value in (None, ""):
            return NEVER
        return sql(datetime.combine(day(value, path), time.min, self._zone))


def shown_number(raw: object) -> JsonValue:
    """A number as people write it: 3 rather than 3.0."""
    try:
        found = float(str(raw))
    except ValueError:
        return str(raw)
    return int(found) if found.is_integer() else found


def someone(value: JsonValue, path: str) -> Person:
    try:
        if isinstance(value, str):
            return Person(email=value) if "@" in value else Person(username=value)
        return Person.model_validate(value)
    except ValidationError:
        raise refused(path, value, "A person has username, email and name.") from None


def number(value: JsonValue, path: str) -> str:
    try:
        found = float(str(value))
        if isinstance(value, bool) or found != found or abs(found) == float("inf"):
            raise ValueError
    except ValueError:
        raise refused(path, value, "It takes a number.") from None
    return str(int(found)) if found.is_integer() else str(value)


def minutes(value: JsonValue, path: str) -> str:
    told = "0" if value in (None, "") else number(value, path)
    if not told.isdigit():
        raise refused(path, value, "It takes whole minutes.")
    return told


def day(value: JsonValue, path: str) -> date:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        raise refused(path, value, "It takes a date such as 2026-12-24.") from None


def moment(value: JsonValue, path: str) -> datetime:
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise refused(path, value, "It takes a moment such as 2026-12-24T09:30:00Z.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def refused(path: str, value: JsonValue, remedy: str) -> WriteRefused:
    return WriteRefused(f"{path} does not take {str(value)[:100]!r}.", field=path, value=value, remedy=remedy)
