"""People in front matter: `alice`, `Alice A <alice@example.net>`, or a table of username, email and name."""

from __future__ import annotations

import re
from collections.abc import Sequence

from pydantic import JsonValue

from accord.errors import ItemBroken, WriteRefused
from accord.model import Person
from accord.trackers.markdown.document import Document, Entry
from accord.trackers.markdown.nearest import nearest

NAME_AND_EMAIL = re.compile(r"([^<>]+?) <([^<>\s]+@[^<>\s]+)>")
PARTS = ("username", "email", "name")


def read_person(document: Document, name: str, known: Sequence[Person]) -> Person | None:
    """Raises ItemBroken if it is nobody of `known`, where that says who there is."""
    entry = document.entries.get(name)
    if entry is None or document.value(name) in (None, "", {}):
        return None
    person = _person(document, name, entry)
    if not known:
        return person
    found = _find(person, known)
    if found is None:
        raise document.broken(
            f"There is no {person.label()!r} among the people.", name, document.line(name), _suggest(person, known)
        )
    return found


def write_person(value: JsonValue, path: str, known: Sequence[Person]) -> JsonValue:
    """As it goes into front matter. Raises WriteRefused if it is nobody of `known`."""
    if value is None or value == {}:
        return None
    person = Person.model_validate(value)
    if not known:
        return _short(person)
    found = _find(person, known)
    if found is None:
        raise WriteRefused(
            f"There is no {person.label()!r} among the people of tracker.yaml.",
            remedy=_suggest(person, known),
            field=path,
            value=person.label(),
        )
    return _short(Person(username=found.username) if found.username else found)


def _person(document: Document, name: str, entry: Entry) -> Person:
    value = document.value(name)
    if isinstance(value, dict):
        parts = {part: str(text) for part, text in value.items() if text is not None}
        if parts and parts.keys() <= {*PARTS}:
            return Person(**parts)
    elif not isinstance(value, list):
        text = document.scalar(entry.value, name) or ""
        both = NAME_AND_EMAIL.fullmatch(text)
        return Person(name=both[1], email=both[2]) if both else Person(username=text)
    raise _no_person(document, name)


def _no_person(document: Document, name: str) -> ItemBroken:
    remedy = f"Write {name}: alice, or {name}: Alice <alice@example.net>."
    return document.broken(f"{name} must be one person.", name, document.line(name), remedy)


def _find(person: Person, known: Sequence[Person]) -> Person | None:
    """The one who has the same username, else the same e-mail, else the same name."""
    for part in PARTS:
        value = getattr(person, part)
        same = [one for one in known if value and (getattr(one, part) or "").casefold() == value.casefold()]
        if same:
            return same[0]
    # A lone text may be any of the three.
    text = person.username if not person.email and not person.name else None
    return next((one for one in known if text and text in (one.email, one.name)), None)


def _suggest(person: Person, known: Sequence[Person]) -> str:
    return nearest(person.username or person.label(), [one.username or one.label() for one in known])


def _short(person: Person) -> JsonValue:
    """The shortest way to write it that reads back the same."""
    username, email, name = person.username, person.email, person.name
    if username and not email and not name and not NAME_AND_EMAIL.fullmatch(username):
        return username
    if name and email and not username and NAME_AND_EMAIL.fullmatch(f"{name} <{email}>"):
        return f"{name} <{email}>"
    return {part: value for part in PARTS if (value := getattr(person, part))}
