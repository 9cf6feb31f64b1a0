"""Markdown that a tracker takes as it is: only the files that it names are looked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from accord.markup.references import ADDRESS, NOTHING, Lookup, Refs, nothing

# Code in backticks is passed over; `![alt](name)` and `[text](name)` are found.
TARGET = re.compile(
    r"(?P<code>(?<!`)(?P<ticks>`{1,20})(?!`)(?s:.{0,4000}?)(?<!`)(?P=ticks)(?!`)|\\.)"
    r"|(?P<open>\]\()(?:<(?P<quoted>[^<>\n]{1,500})>|(?P<bare>[^\s()<>]{1,500}))(?=[)\s])"
)


class AsItIs:
    """The Markdown of a tracker that shows it as GitHub does, near enough. `name` is what the tracker calls it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def to_markdown(self, text: str, refs: Refs = NOTHING) -> str:
        return _relinked(text, refs.file_of, lambda name: quote(name, safe=""))

    def from_markdown(self, markdown: str, refs: Refs = NOTHING) -> str:
        return _relinked(markdown, refs.target_of, str)

    def rewrite(self, now: str, markdown: str, refs: Refs = NOTHING) -> str:
        """`now` where it says that already."""
        return now if self.to_markdown(now, refs) == markdown else self.from_markdown(markdown, refs)


def _relinked(text: str, lookup: Lookup, spell: Callable[[str], str]) -> str:
    if lookup is nothing or "](" not in text:
        return text

    def one(found: re.Match[str]) -> str:
        target = found["quoted"] or found["bare"]
        if target is None or ADDRESS.match(target):
            return found[0]
        other = lookup(target if spell is not str else unquote(target))
        if other is None or other == target:
            return found[0]
        link = spell(other)
        return f"](<{link}>" if re.search(r"[\s()]", link) else f"]({link}"

    return TARGET.sub(one, text)
