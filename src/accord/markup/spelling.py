"""Whether two texts in Markdown say the same."""

from __future__ import annotations

import re
from functools import lru_cache

from accord.markup.conversion import canonical
from accord.markup.normal import tidy

LONGEST = 20_000
# Words and punctuation, in lines that begin with a letter: there is one way to spell them.
SIMPLE = re.compile(r"(?:[^\W_][\w ,.;:?'()/%+-]*\n{0,2})*+")
AMBIGUOUS = re.compile(r"  |(?<![^\W_])_|_(?![^\W_])|^\d{1,9}[.)]|^[=-]+\s*$| \n|:/", re.MULTILINE)


def spelled(text: str) -> str:
    """A text in the spelling that all converters give: equal for texts that differ in their marks only (`*` or `-`
    before items, escapes, lines around blocks). A very long one as it is."""
    text = tidy(text)
    if len(text) > LONGEST or (SIMPLE.fullmatch(text) and not AMBIGUOUS.search(text)):
        return text
    return _spelled(text)


_spelled = lru_cache(4096)(canonical)
