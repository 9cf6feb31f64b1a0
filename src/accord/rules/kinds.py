"""Kinds of fields: what the other side sends, made to fit the kind of field that it is to stand in here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from pydantic import JsonValue

from accord.model import Person, is_empty
from accord.rules.written import BETWEEN_LEVELS, as_shown, as_text

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


class Kind(StrEnum):
    """`options` and `people` hold several; `cascade` is an option within an option, as a list from the top down;
    `item` and `items` are keys of items, translated between the sides."""

    TEXT = "text"
    RICH_TEXT = "rich_text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    OPTION = "option"
    OPTIONS = "options"
    LABELS = "labels"
    CASCADE = "cascade"
    PERSON = "person"
    PEOPLE = "people"
    ITEM = "item"
    ITEMS = "items"


OF_PEOPLE = (Kind.PERSON, Kind.PEOPLE)
OF_ITEMS = (Kind.ITEM, Kind.ITEMS)
OF_SEVERAL = (Kind.OPTIONS, Kind.LABELS, Kind.PEOPLE, Kind.ITEMS)
# What a value of a kind looks like, for whoever has to mend it.
LOOKS = {
    Kind.NUMBER: "a number such as 3 or 2.5",
    Kind.BOOLEAN: "true or false",
    Kind.DATE: "a day such as 2026-12-24",
    Kind.DATETIME: "a time such as 2026-12-24T10:30:00Z",
    Kind.OPTION: "one option",
}


def kind_called(name: str) -> Kind | None:
    """The kind that a tracker means; None for a word of its own."""
    return Kind(name) if name in set(Kind) else None


class Unfit(ValueError):
    """A value is of another kind. The message says what would fit."""


def converted(value: Any, kind: Kind, options: Sequence[str] = ()) -> JsonValue:
    """The value as a field of the kind holds it, options as they are spelled here. Raises Unfit.

    People and items are not for this: who they are here is not in the value itself.
    """
    if is_empty(value):
        return [] if kind in OF_SEVERAL else value
    if kind is Kind.CASCADE:
        return [spelled(level, options) for level in _levels(value)]
    if kind in OF_SEVERAL:
        return [spelled(_option(one), options) for one in (value if isinstance(value, list | tuple) else [value])]
    return spelled(_option(value), options) if kind is Kind.OPTION else READERS[kind](value)


def spelled(text: str, options: Sequence[str]) -> str:
    """An option as it is spelled here, where only capitals tell it apart."""
    if text in options:
        return text
    alike = [option for option in options if option.casefold() == text.casefold()]
    return alike[0] if len(alike) == 1 else text


def _text(value: Any) -> str:
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return ", ".join(value)
    return as_shown(value)


def _number(value: Any) -> int | float:
    if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
        return value
    if isinstance(value, str):
        try:
            number = float(value)
        except ValueError:
            raise Unfit(LOOKS[Kind.NUMBER]) from None
        if math.isfinite(number) and "_" not in value:
            return int(number) if number.is_integer() and "." not in value else number
    raise Unfit(LOOKS[Kind.NUMBER])


def _boolean(value: Any) -> bool:
    word = as_text(value).strip().casefold()
    if word not in (*TRUE, *FALSE):
        raise Unfit(LOOKS[Kind.BOOLEAN])
    return word in TRUE


def _date(value: Any) -> str:
    return _moment(value, Kind.DATE).date().isoformat()


def _datetime(value: Any) -> str:
    moment = _moment(value, Kind.DATETIME)
    return moment.isoformat().replace("+00:00", "Z")


def _moment(value: Any, kind: Kind) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(value.isoformat() if isinstance(value, date) else value.strip())
    except (ValueError, AttributeError):
        raise Unfit(LOOKS[kind]) from None


def _option(value: Any) -> str:
    if isinstance(value, list | tuple) and len(value) == 1:
        return _option(value[0])
    if isinstance(value, dict) and isinstance(value.get("value"), str):
        return str(value["value"])
    if isinstance(value, dict | list | tuple):
        raise Unfit(LOOKS[Kind.OPTION])
    return as_text(value)


def _levels(value: Any) -> list[str]:
    """From the top down: a list, `Hardware / Laptop`, or an option with its child as some trackers write it."""
    if isinstance(value, str):
        return [level.strip() for level in value.split(BETWEEN_LEVELS) if level.strip()]
    if isinstance(value, dict):
        child = value.get("child")
        return [_option(value), *(_levels(child) if isinstance(child, dict) else [])]
    return [_option(one) for one in value] if isinstance(value, list | tuple) else [_option(value)]


READERS: dict[Kind, Callable[[Any], JsonValue]] = {
    Kind.TEXT: _text,
    Kind.RICH_TEXT: _text,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
}


def person_of(value: Any) -> Person | None:
    """Whoever a value names: a person, a table with parts of one, or text. Raises Unfit."""
    if is_empty(value) or isinstance(value, Person):
        return value or None
    if isinstance(value, str):
        return Person(email=value) if "@" in value else Person(username=value, name=value)
    parts = {name: value.get(name) for name in Person.model_fields} if isinstance(value, dict) else {}
    if not any(parts.values()) or not all(part is None or isinstance(part, str) for part in parts.values()):
        raise Unfit('a person such as { email = "alice@example.net" }')
    return Person(**parts)
