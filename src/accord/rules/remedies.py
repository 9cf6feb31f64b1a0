"""The sentence that helps, for what goes wrong in a script."""

from __future__ import annotations

import re
from collections.abc import Callable

from accord.rules.given import misspelt_field
from accord.rules.values import nearest

LONGEST = 500
EMPTY = 'The field is empty (None): ask `if item.x:` first, or write `(item.x or "")`.'
WORDS = (
    *("item", "replica", "context", "absent", "Person", "lookup", "shorten", "quoted", "link", "plain_text"),
    *("public_comments", "comments_by", "comments_with", "comments_without", "True", "False", "None", "len", "str"),
)
# What must be imported, and is often forgotten.
MODULES = ("re", "json", "datetime", "math", "itertools", "functools", "collections")
IMPORTS = {
    **{name: f"import {name}" for name in MODULES},
    **{name: f"from datetime import {name}" for name in ("datetime", "date", "timedelta", "timezone")},
    **{name: f"from collections import {name}" for name in ("defaultdict", "Counter")},
}
# How an error's text looks, and what to do about it: a sentence, or what makes one of the groups found.
SENTENCES: tuple[tuple[str, str | Callable[..., str | None]], ...] = (
    (r"['\"]Absent['\"]", "The other side did not name this field: ask `if replica.<field>:` first."),
    (
        r"not supported in this environment|PermissionError",
        "Rules see no clock, randomness, files or network: use context.now and what they are given.",
    ),
    (
        r"No module named '(\w+)'",
        "The sandbox has no {0}: rules have re, json, datetime, math, itertools, functools and collections.",
    ),
    (
        r"NotImplementedError",
        "The sandbox knows functions, plain classes, loops and comprehensions: write it with those.",
    ),
    (
        r"'(Item|Replica|Received|\w*Context)' object has no attribute '(\w+)'",
        lambda kind, name: misspelt_field(kind_of(kind), name),
    ),
    (
        r"'(Item|Replica|Received)' object is not subscriptable",
        'Fields are attributes: item.status. Only the tracker\'s own are in a dict: item.fields["severity"].',
    ),
    (r"'(str|list|dict)' object has no attribute '(\w+)'", lambda kind, name: _uncalled(kind, name)),
    (r"KeyError", "There is no such key: .get(key, default) or lookup(table, key, default) gives another value then."),
    (r"IndexError|list index out of range", "The list may be empty: ask `if list:` first."),
    (r"NoneType", EMPTY),
    (r"can only concatenate|unsupported operand", 'Text and numbers do not add up: write f"{{a}} {{b}}".'),
    (r"not callable", "What is called here is no function: leave out the parentheses."),
    (
        r"a rule assigns to its draft",
        "Assign to the draft, as in replica.summary = item.summary, and leave out `return`.",
    ),
    (r"RecursionError", "A function calls itself without end, or a list or dict holds itself."),
    (r"NameError: name '(\w+)' is not defined", lambda name: missing_import(name) or nearest(name, WORDS) or None),
)


def missing_import(name: str) -> str | None:
    """The import that would bring a name."""
    return f"Write `{IMPORTS[name]}` at the top of the script." if name in IMPORTS else None


def remedy_for(text: str) -> str | None:
    """What to do about an error at run time, by its text."""
    for pattern, sentence in SENTENCES:
        found = re.search(pattern, text)
        if found:
            return sentence.format(*found.groups()) if isinstance(sentence, str) else sentence(*found.groups())
    return None


def kind_of(name: str) -> str:
    """What scripts call an object of the class."""
    return {"Item": "item", "Replica": "replica", "Received": "replica"}.get(name, "context")


def readable(text: str) -> str:
    """An error's text on one line, of bearable length, without what a terminal would take for a command."""
    line = "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def _uncalled(kind: str, name: str) -> str | None:
    own = {"str": str, "list": list, "dict": dict}[kind]
    if hasattr(own, name):
        return f"{name} is a function: call it, as in .{name}()."
    if kind == "dict":
        return f'Write ["{name}"], or .get("{name}") where it may be missing.'
    return nearest(name, [one for one in dir(own) if not one.startswith("_")]) or None
