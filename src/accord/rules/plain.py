"""What comes back from a script, as plain values within bounds: a small script can describe very much."""

from __future__ import annotations

import math
from typing import Any

MOST_VALUES = 200_000
MOST_TEXT = 16 * 2**20
DEEPEST = 60
LARGEST_NUMBER = 2**63


class TooMuch(ValueError):
    """More than a message may hold. The message says of what."""


class Bounds:
    """Counts what one run of a script gives back."""

    def __init__(self) -> None:
        self._values, self._text = MOST_VALUES, MOST_TEXT

    def count(self, value: Any, depth: int) -> None:
        """Raises TooMuch."""
        self._values -= 1
        if isinstance(value, str | bytes):
            self._text -= len(value)
        elif isinstance(value, int) and abs(value) >= LARGEST_NUMBER:
            raise TooMuch("a number of more than 19 digits")
        elif isinstance(value, float) and not math.isfinite(value):
            raise TooMuch(f"{value}, which is no number")
        if self._values < 0:
            raise TooMuch(f"more than {MOST_VALUES} values")
        if self._text < 0:
            raise TooMuch(f"more than {MOST_TEXT // 2**20} MB of text")
        if depth > DEEPEST:
            raise TooMuch(f"more than {DEEPEST} lists and dicts within each other")
