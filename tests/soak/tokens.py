"""Values that are told apart wherever they turn up: each carries its item, its kind and the number of its edit."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

TOKEN = re.compile(r"i(\d+)\.([sdcfnw])(\d+)")
# What trackers, YAML, Markdown and JSON each take for something else.
ODD = (
    "plain words",
    '"quoted": yes',
    "# not a comment",
    "äöü ß 漢字 🙂",
    "{a: [b, c]}",
    "it's 100 % | 'fine'",
    "<b>&amp; @someone",
    "C:\\temp\\new",
    "null ~ true",
)
LINES = ("- a list", "---", "| a | b |", "|---|---|", "```", "    indented", "> said", "", "# Heading", "key: value")


class Kind(StrEnum):
    """What a value is part of."""

    SUMMARY = "s"
    DESCRIPTION = "d"
    COMMENT = "c"
    FILE = "f"
    NUMBER = "n"
    TIME = "w"


@dataclass(frozen=True)
class Token:
    """`i7.s12`: the summary that edit 12 gave to item 7."""

    item: int
    kind: Kind
    edit: int

    def __str__(self) -> str:
        return f"i{self.item}.{self.kind}{self.edit}"


def tokens_in(text: str | None) -> Iterator[Token]:
    """All tokens in a text, in order."""
    for item, kind, edit in TOKEN.findall(text or ""):
        yield Token(int(item), Kind(kind), int(edit))


def item_of(text: str | None) -> int | None:
    """The item that a text belongs to."""
    return next((token.item for token in tokens_in(text)), None)


def after_prefix(text: str) -> tuple[str, str]:
    """What stands before the first token (a line saying who wrote it), and the rest."""
    found = TOKEN.search(text)
    start = found.start() if found else 0
    return text[:start], text[start:]


class Mint:
    """Makes values."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    def text(self, token: Token) -> str:
        """One line for a summary and for time, up to six for the rest; it always starts with the token."""
        first = f"{token} {self._dice.choice(ODD)}"
        if token.kind in (Kind.SUMMARY, Kind.TIME):
            return first
        more = [self._dice.choice(LINES) for _ in range(self._dice.randrange(6))]
        return "\n".join([first, *more, "end."]) if more else first

    def content(self, token: Token, *, may_be_empty: bool) -> bytes:
        """Bytes of a file: none, a few, or 200 kB."""
        roll = self._dice.random()
        if may_be_empty and roll < 0.15:
            return b""
        if roll < 0.3:
            return str(token).encode() + self._dice.randbytes(200_000)
        return f"{token} {self._dice.choice(ODD)}\n".encode()
