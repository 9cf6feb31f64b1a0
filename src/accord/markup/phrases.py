"""Signs around words, as Textile and Jira's wiki markup have them: `*strong*`, `_emphasis_`, `-deleted-`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from accord.markup.tree import Inline, Inlines, Styled, Text

DEEPEST = 12
Found = tuple[Inlines, int]


@dataclass(frozen=True)
class Phrases:
    """A markup's signs. `signs`: style by sign; longer signs are looked for first. `before` are the letters behind
    which a sign may open, `after` those before which one may close. `special` reads what begins at a place otherwise:
    it gives nodes and where they end, or None; it is asked wherever `triggers` (a character class) has a letter.
    """

    signs: Mapping[str, str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    triggers: str
    special: Callable[[str, int, int], Found | None]
    _stop: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        letters = re.escape("".join(sorted({sign[0] for sign in self.signs})))
        object.__setattr__(self, "_stop", re.compile(f"[{letters}{self.triggers}]"))

    def read(self, text: str, depth: int = 0) -> Inlines:
        out: list[Inline] = []
        unclosed: set[str] = set()
        done = at = 0
        while stop := self._stop.search(text, at):
            at = stop.start()
            found = self.special(text, at, depth) or self._phrase(text, at, depth, unclosed)
            if found is None:
                at += 1
                continue
            nodes, end = found
            out += [Text(text[done:at]), *nodes] if done < at else nodes
            done = at = end
        return (*out, Text(text[done:])) if done < len(text) else tuple(out)

    def _phrase(self, text: str, at: int, depth: int, unclosed: set[str]) -> Found | None:
        if depth >= DEEPEST or (at and not self.before.match(text[at - 1])):
            return None
        sign = next((sign for sign in sorted(self.signs, key=len, reverse=True) if text.startswith(sign, at)), None)
        if sign is None or sign in unclosed:
            return None
        start = at + len(sign)
        if start >= len(text) or text[start].isspace() or text[start] == sign[0]:
            return None
        end = self._closing(text, start, sign)
        if end is None:
            unclosed.add(sign)
            return None
        return (Styled(self.signs[sign], self.read(text[start:end], depth + 1)),), end + len(sign)

    def _closing(self, text: str, start: int, sign: str) -> int | None:
        end = text.find(sign, start + 1)
        while end >= 0:
            behind = end + len(sign)
            fits = behind >= len(text) or bool(self.after.match(text[behind]))
            if (
                fits
                and not text[end - 1].isspace()
                and text[end - 1] not in "\\" + sign[0]
                and text[behind : behind + 1] != sign[0]
            ):
                return end
            end = text.find(sign, end + 1)
        return None

    def could_open(self, text: str, at: int) -> bool:
        """Whether a sign at this place of a text might be taken for an opening one."""
        behind = text[at + 1 : at + 2]
        return (at == 0 or bool(self.before.match(text[at - 1]))) and not behind.isspace() and behind != ""
