"""What the type checker found, in words for whoever wrote the rule."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from accord.rules.given import misspelt_field
from accord.rules.remedies import EMPTY, WORDS, kind_of
from accord.rules.values import nearest

OBJECT = r"`(Item|Replica|Received|Context|OutgoingContext)`"
# Editors find the stubs that `accord stubs` writes under such a name; the sandbox needs none.
STUBS = re.compile(r"module `accord_\w+`")
WANTED = {
    "date": "It takes a day: date(2026, 12, 24), or (context.now + timedelta(days=3)).date().",
    "Person": 'It takes a person: context.person("alice"), or Person(email="alice@example.net").',
    "str": 'It takes text: f"{value}" makes text of anything.',
    "list[str]": 'It takes a list of texts: ["one", "two"].',
}


def is_about_stubs(message: str) -> bool:
    """Whether all that is wrong is that stubs for editors are imported."""
    return STUBS.search(message) is not None


def message_of(problem: dict[str, Any]) -> str:
    """The checker's words, with the code by which it knows the kind of mistake."""
    return f"{problem['message']} ({problem['code']})".replace("`", "'")


def mend(problem: dict[str, Any], defined: Sequence[str]) -> str | None:
    """The sentence that helps; `defined` are the script's own names."""
    message, code = problem["message"], problem["code"]
    if "Absent`" in message and code not in ("invalid-assignment", "invalid-argument-type"):
        return "The other side may not have named this field: ask `if replica.<field>:` first."
    misspelt = re.search(r"attribute `(\w+)`", message)
    thing = re.search(OBJECT, message)
    if code == "unresolved-attribute" and misspelt and thing:
        return misspelt_field(kind_of(thing[1]), misspelt[1])
    if thing and "subscript" in message:
        return 'Fields are attributes: item.status. Only the tracker\'s own are in a dict: item.fields["severity"].'
    if code == "unresolved-reference":
        name = re.search(r"Name `(\w+)`", message)
        return nearest(name[1], [*WORDS, *defined]) or None if name else None
    if code == "unresolved-import":
        return "Rules have re, json, datetime, math, itertools, functools and collections, and nothing to reach out."
    if "None`" in message and code not in ("invalid-assignment", "invalid-argument-type"):
        return EMPTY
    return _wanted(message) if code in ("invalid-assignment", "invalid-argument-type") else None


def _wanted(message: str) -> str | None:
    """What an assignment takes, by the first type that the checker names."""
    kinds = re.findall(r"`([^`]+)`", message)
    wanted = next((kind for kind in reversed(kinds) for name in WANTED if _is_kind(kind, name)), None)
    return next((text for name, text in WANTED.items() if wanted and _is_kind(wanted, name)), None)


def _is_kind(kind: str, name: str) -> bool:
    return re.search(rf"(^|\| ){re.escape(name)}( \||$)", kind) is not None
