"""Queries in Roundup's own language: the query string of its lists, `status=unread,chatting&keyword=red`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from accord.errors import WriteRefused
from accord.trackers.roundup.schema import Property, Schema, nearest

PROTECTED = {
    "activity": Property("activity", "Date"),
    "creation": Property("creation", "Date"),
    "actor": Property("actor", "Link", "user"),
    "creator": Property("creator", "Link", "user"),
}
DAY = r"(?:\d{4}(?:[/-]\d\d?(?:[/-]\d\d?)?)?|\d\d?[/-]\d\d?)"
CLOCK = r"(?:\d?\d:\d\d(?::\d\d?(?:\.\d+)?)?)"
OFFSET = r"(?:[+-]\s*(?:\d+\s*[ymwd]\s*)*(?:\d+:\d\d(?::\d\d)?)?)"
MOMENT = re.compile(rf"^(?:\d{{14}}|\.?|{DAY}?(?:\.{CLOCK}?|{CLOCK})?\s*(?:[+-]\d{{4}}|{OFFSET})?)$")


@dataclass(frozen=True)
class Condition:
    """One condition as Roundup takes it, and the property that it is about."""

    name: str
    value: str
    prop: Property

    def names(self) -> list[str]:
        """The names in it that Roundup looks up among what the property links to."""
        if self.prop.kind not in {"Link", "Multilink"}:
            return []
        return [word for word in self.value.split(",") if not word.lstrip("+-").isdigit()]


def parse_query(query: str, classname: str, schema: Schema) -> list[Condition]:
    """The query's conditions. Raises WriteRefused naming what is wrong.

    Roundup itself ignores a date that it does not understand, and would then match everything.
    """
    conditions = []
    for name, value in parse_qsl(query.lstrip("?"), keep_blank_values=True):
        if name.startswith("@"):
            raise WriteRefused(
                f"A query takes conditions only: {name} is not one.", field=name, remedy=f"Remove {name}."
            )
        prop = _property(name.rstrip(":~"), classname, schema)
        if value.strip() == "" and prop.kind in {"Link", "Multilink"}:
            raise WriteRefused(
                f"{name} has no value.", field=name, remedy=f"To find items without any, write {name}=-1."
            )
        if prop.kind == "Date" and not is_range(value):
            raise WriteRefused(
                f"{value!r} is not a date or a range of dates as Roundup writes them.",
                field=name,
                value=value,
                remedy="Write 2026-12-24.10:30:00 for a moment, a semicolon for a range: 2026-12-01;2026-12-24 or -1w;",
            )
        conditions.append(Condition(name, value, prop))
    return conditions


def _property(path: str, classname: str, schema: Schema) -> Property:
    """The property at the end of a path such as `assignedto.username`."""
    prop: Property | None = None
    for name in path.split("."):
        known = schema.properties(classname) | PROTECTED | {"id": Property("id", "String")}
        prop = known.get(name)
        if prop is None:
            raise WriteRefused(
                f"The class {classname} has no property {name!r}.", field=path, value=name, remedy=nearest(name, known)
            )
        classname = prop.target or classname
    assert prop is not None
    return prop


def is_range(value: str) -> bool:
    """Whether Roundup understands it: `X`, `X;`, `;Y`, `X;Y`, `from X to Y`."""
    words = re.sub(r"(?i)^\s*from\s+", "", value.strip())
    ends = re.split(r"(?i)\s*;\s*|\s*\bto\s+", words)
    if len(ends) > 2 or not any(end.strip() for end in ends):
        return False
    return all(MOMENT.match(end.strip()) for end in ends)
