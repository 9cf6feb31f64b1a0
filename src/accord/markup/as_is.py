"""Markdown that a tracker takes as it is: only the files that it names are looked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import SequenceMatcher
from urllib.parse import quote, unquote

from accord.markup.references import ADDRESS, NOTHING, Lookup, Refs, nothing

COMPARED = 2_000  # lines among which those that nobody edited are looked for
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
        """The text that says `markdown`: `now` where it says that already, and all its lines that nobody edited."""
        here, written = self.to_markdown(now, refs), self.from_markdown(markdown, refs)
        if here == markdown:
            return now
        patched = written if here == now else _patched(now, here, markdown, written)
        return patched if self.to_markdown(patched, refs) == self.to_markdown(written, refs) else written


def _patched(now: str, here: str, markdown: str, written: str) -> str:
    """`written`, with the lines of `now` where those of `here`, which it means, are in `markdown` too."""
    old, old_said, said, new = (text.split("\n") for text in (now, here, markdown, written))
    if max(len(old), len(new)) > COMPARED or (len(old), len(new)) != (len(old_said), len(said)):
        return written
    lines: list[str] = []
    for kind, i1, i2, j1, j2 in SequenceMatcher(None, old_said, said, autojunk=False).get_opcodes():
        lines += old[i1:i2] if kind == "equal" else new[j1:j2]
    return "\n".join(lines)


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
