"""What the type checker found, in words for whoever wrote the rule."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from accord.model.paths import SCALARS
from accord.rules.given import called, misspelt_field
from accord.rules.remedies import EMPTY, WORDS, kind_of, missing_import
from accord.rules.values import close_to, nearest

THINGS = r"(Item|Replica|Received|Context|OutgoingContext)"
# Editors find the stubs that `accord stubs` writes under such a name; the sandbox needs none.
STUBS = re.compile(r"module `accord_\w+`")
# A table may be asked for what is empty or not said: it has no such key.
HARMLESS = re.compile(r"^No overload of bound method `dict\.get`|^Argument to bound method `dict\.get` is incorrect")
ABSENT = "The other side may not have named this field: ask `if replica.<field>:` first."
DICT = 'Fields are attributes: item.status. Only the tracker\'s own are in a dict: item.fields["severity"].'
CALLED = {"text": "body", "content": "body", "message": "body", "created": "created_at", "filename": "name"}
PARTS = {
    "Comment": ("id", "body", "header", "author", "internal", "created_at"),
    "Attachment": ("id", "name", "size", "sha256", "media_type", "author"),
    "Person": ("username", "email", "name"),
}
WANTED = (
    ("date", "It takes a day: date(2026, 12, 24), or (context.now + timedelta(days=3)).date()."),
    ("Person", 'It takes a person: context.person("alice"), or Person(email="alice@example.net").'),
    ("Comment", "Rules leave comments out and change them; they make none."),
    ("list[str]", 'It takes a list of texts: ["one", "two"].'),
    ("float", "It takes a number: float(text) makes one of text."),
    ("bool", "It takes True or False."),
    ("str", 'It takes text: f"{value}" makes text of anything.'),
)


@dataclass(frozen=True)
class Names:
    """Names that a script may use: those that it defines, and the tracker's own fields."""

    defined: Sequence[str] = ()
    fields: Collection[str] = ()


def is_harmless(message: str) -> bool:
    """Whether what the checker found works all the same."""
    return STUBS.search(message) is not None or HARMLESS.search(message) is not None


# How the checker puts it, and how we do; groups are what it names.
WORDINGS: tuple[tuple[str, Callable[..., str]], ...] = (
    (rf"[Aa]ttribute `(\w+)` on type `{THINGS}`$", lambda name, kind: f"{kind_of(kind)} has no field {name!r}"),
    (
        rf"Object of type `{THINGS}` has no attribute `(\w+)`$",
        lambda kind, name: f"{kind_of(kind)} has no field {name!r}",
    ),
    (
        rf"Invalid assignment to data descriptor attribute `(\w+)` on type `{THINGS}`: Expected `(.+)`, found `(.+)`$",
        lambda name, kind, takes, found: f"{kind_of(kind)}.{name} takes {_types(takes)}, not {_types(found)}",
    ),
    (
        rf"Cannot assign to read-only property `(\w+)` on object of type `{THINGS}`",
        lambda name, kind: f"{kind_of(kind)}.{name} can't be assigned",
    ),
    (rf"Cannot subscript object of type `{THINGS}`", lambda kind: f"{kind_of(kind)} is no dict"),
    (r'Unknown key "(.+)" for TypedDict `ItemFields`', lambda name: f"The tracker has no field {name!r}"),
    (
        r'Invalid assignment to key "(.+)" with declared type `(.+)` on TypedDict `ItemFields`: value of type `(.+)`',
        lambda name, takes, found: f"fields.{name} takes {_types(takes)}, not {_types(found)}",
    ),
    (
        r"Attribute `(\w+)` is not defined on ((?:`(?:None|Absent)`(?:, )?)+) in union",
        lambda name, on: f"{{what}} may be {_either(on)}, which has no {name!r}",
    ),
    (
        r"Object of type `(?:dict|ItemFields)\b.*` has no attribute `(\w+)`|attribute `(\w+)` on type `dict\[",
        lambda one, other: f"A dict has no attribute {(one or other)!r}",
    ),
    (
        r"(?:Object of|on) type `(list|Comment|Attachment|Person)\b.*` has no attribute `(\w+)`",
        lambda kind, name: f"A {kind.lower()} has no {name!r}",
    ),
    (
        r"attribute `(\w+)` on type `(list|Comment|Attachment|Person)\b",
        lambda name, kind: f"A {kind.lower()} has no {name!r}",
    ),
    (r"Name `(\w+)` used when not defined", lambda name: f"There is no {name!r}"),
    (r"Cannot resolve imported module `(.+)`", lambda name: f"There is no module {name!r} for rules"),
)


def message_of(problem: dict[str, Any], excerpt: str) -> str:
    """What is wrong with an `excerpt` of the script."""
    for pattern, wording in WORDINGS:
        found = re.search(pattern, problem["message"])
        if found:
            return wording(*found.groups()).replace("{what}", _owner(excerpt) or "This").replace("`", "'") + "."
    return f"{problem['message']} ({problem['code']})".replace("`", "'")


def mend(problem: dict[str, Any], names: Names, excerpt: str) -> str | None:
    """The sentence that helps."""
    sentence, owner = _sentence(problem, names), _owner(excerpt)
    if sentence and owner:
        sentence = sentence.replace("replica.<field>", owner).replace("item.x", owner)
    return sentence


def _owner(excerpt: str) -> str:
    """Of `item.summary.upper`, what has no `upper`."""
    return excerpt.rpartition(".")[0] if re.fullmatch(r"\w+(\.\w+)+", excerpt) else ""


def _sentence(problem: dict[str, Any], names: Names) -> str | None:
    message, code = problem["message"], problem["code"]
    takes = code in ("invalid-assignment", "invalid-argument-type")
    thing = re.search(rf"`{THINGS}`", message)
    named = re.search(r"attribute `(\w+)`", message)
    if "Absent`" in message and not takes:
        return ABSENT
    if code == "unresolved-attribute" and named and thing:
        return misspelt_field(kind_of(thing[1]), named[1], names.fields)
    if code == "unresolved-attribute" and named:
        return _of_part(message, named[1])
    if thing and "subscript" in message:
        return DICT
    if "__getitem__" in message:
        return "What is asked for may be empty or missing: use .get(key, default), or lookup(table, key, default)."
    if "None`" in message and not takes:
        return EMPTY
    return _by_code(code, message, names)


def _by_code(code: str, message: str, names: Names) -> str | None:
    match code:
        case "unresolved-reference":
            return _of_name(message, names.defined)
        case "unresolved-import":
            return "Rules have re, json, datetime, math, itertools, functools and collections, and no way out."
        case "invalid-key":
            found = re.search(r'Unknown key "(.+)" for', message)
            return nearest(found[1], list(names.fields)) or None if found else None
        case "invalid-assignment" | "invalid-argument-type":
            return _wanted(message)
    return None


def _of_part(message: str, name: str) -> str | None:
    """What a comment, a file, a person, a list or a dict has instead."""
    if "ItemFields`" in message or "`dict[" in message:
        return f'Write ["{name}"], or .get("{name}") where it may be missing.'
    if "`list[" in message:
        return nearest({"add": "append", "push": "append", "length": "len"}.get(name, name), dir(list))
    part = next((part for part in PARTS if f"`{part}`" in message or f"`{part} |" in message), None)
    if part is None:
        return EMPTY if "`None`" in message else None
    return EMPTY if "on `None`" in message else called(name, CALLED) or nearest(name, PARTS[part])


def _of_name(message: str, defined: Sequence[str]) -> str | None:
    found = re.search(r"Name `(\w+)`", message)
    if not found:
        return None
    if missing_import(found[1]):
        return missing_import(found[1])
    if close_to(found[1], [*WORDS, *defined]):
        return nearest(found[1], [*WORDS, *defined])
    field = close_to(found[1], SCALARS)
    return f"Fields stand after what they are of: item.{field[0]}, replica.{field[0]}." if field else None


def _wanted(message: str) -> str | None:
    """What an assignment takes, by the type that the checker expects."""
    if "found `bound method" in message:
        return "This is a function: call it, with parentheses after it."
    if "read-only" in message:
        return None
    expected = re.search(r"(?:[Ee]xpected|declared type) `([^`]+)`", message)
    if expected and "list[" in expected[1] and re.search(r"found `None`", message):
        return "append() and sort() change the list itself and give nothing: call them on a line of their own."
    kinds = expected[1].split(" | ") if expected else []
    return next((text for name, text in WANTED if name in kinds), None)


def _types(text: str) -> str:
    """Types as a newcomer may read them."""
    kinds = [kind for kind in text.split(" | ") if kind != "Absent" and not kind.endswith("Option")]
    return " or ".join(re.sub(r"^Literal\[(.*)\]$", r"\1", kind) for kind in kinds)


def _either(on: str) -> str:
    return " or ".join("absent" if kind == "Absent" else kind for kind in re.findall(r"`(\w+)`", on))
