"""Templates: `[{key}] {value}`. Each can be filled, and what it added can be taken off again."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise
from string import Formatter

from accord.rules.reading import READABLE, is_path

OWN, KEY, URL, CONNECTION = "value", "key", "url", "connection"
REVERSIBLE = (OWN, KEY, URL, CONNECTION)
LONGEST = {KEY: 80, URL: 2000, CONNECTION: 80}

# A literal and the placeholder after it (None at the end).
Part = tuple[str, str | None]
Known = Mapping[str, str | None]


@lru_cache(1024)
def parts(template: str) -> tuple[Part, ...]:
    """Raises ValueError, in words for whoever wrote the template."""
    try:
        parsed = list(Formatter().parse(template))
    except ValueError as broken:
        raise ValueError(f"the template can't be read: {broken}") from None
    found = []
    for literal, name, form, conversion in parsed:
        if name is not None and (form or conversion or not _is_placeholder(name)):
            raise ValueError(f"'{{{name}}}' is no placeholder: {_instead(name)}")
        found.append((literal, name))
    return tuple(found)


def _is_placeholder(name: str) -> bool:
    return name in REVERSIBLE or is_path(name, theirs=True)


def _instead(name: str) -> str:
    close = get_close_matches(name, (*REVERSIBLE, *READABLE), n=1)
    near = f"{{{close[0]}}} is near, and there are" if close else "there are"
    return f"{near} {{value}}, {{key}}, {{url}} and the names of fields, as in {{status}} and {{fields.severity}}"


def own_name_as_value(template: str, path: str) -> str:
    """`{summary}` in the template of the summary is its value."""
    return re.sub(rf"(?<!\{{)\{{{re.escape(path)}\}}(?!\}})", f"{{{OWN}}}", template)


def check_reversible(template: str) -> None:
    """Raises ValueError if what the template adds could not be told from the value itself."""
    found = parts(template)
    named = [name for _, name in found if name]
    if named.count(OWN) != 1 or not set(named) <= set(REVERSIBLE):
        raise ValueError(
            "a template for both directions has {value} once, and besides it only {key}, {url} or {connection}, "
            'so that it can be taken off again; otherwise use direction = "send" or direction = "receive"'
        )
    if any(first[1] and second[1] and not second[0] for first, second in pairwise(found)):
        raise ValueError("a template for both directions needs text between its placeholders")


def reads_value(template: str) -> bool:
    """Whether the field's own value is in it."""
    return any(name == OWN for _, name in parts(template))


def fill(template: str, text_of: Callable[[str], str]) -> str:
    """The template with its placeholders filled. What they hold is never taken for a placeholder itself."""
    return "".join(literal + (text_of(name) if name else "") for literal, name in parts(template))


def taken_off(template: str, text: str, known: Known) -> str:
    """The value that the template was filled with; `text` itself where it does not look like the template.

    `known` is what placeholders stood for, where that is known: a key that is not is recognised by its shape.
    """
    found = parts(template)
    own = next(index for index, (_, name) in enumerate(found) if name == OWN)
    before = [*found[:own], (found[own][0], None)]
    start = _end_of(before, text, known, backwards=False)
    if start is None:
        return text
    rest = text[start:]
    end = _end_of(_backwards(found[own + 1 :]), rest[::-1], known, backwards=True)
    return text if end is None else rest[: len(rest) - end]


def _backwards(found: Sequence[Part]) -> list[Part]:
    """What stands after the value, as one meets it from the end of the text."""
    literals = [literal for literal, _ in found]
    names = [name for _, name in found if name]
    if len(literals) == len(names):
        literals.append("")
    return [(literal[::-1], name) for literal, name in zip(literals[::-1], [*names[::-1], None], strict=True)]


def _end_of(found: Sequence[Part], text: str, known: Known, *, backwards: bool) -> int | None:
    """How much of the beginning of `text` the parts account for; None if it does not begin so."""
    at = 0
    for index, (literal, name) in enumerate(found):
        if not text.startswith(literal, at):
            return None
        at += len(literal)
        if name:
            end = _placeholder_end(name, found[index + 1][0], text, at, known.get(name), backwards)
            if end is None:
                return None
            at = end
    return at


def _placeholder_end(name: str, then: str, text: str, at: int, known: str | None, backwards: bool) -> int | None:
    expected = known[::-1] if known and backwards else known
    if expected and text.startswith(expected + then, at):
        return at + len(expected)
    end = text.find(then, at, at + LONGEST[name] + len(then)) if then else -1
    found = text[at:end]
    looks_like_it = name != CONNECTION and not any(c.isspace() for c in found) and any(c.isdigit() for c in found)
    return end if end >= 0 and looks_like_it else None
