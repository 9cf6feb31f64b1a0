"""How long somebody worked, as people write it: `1h 30m`, `1.5h`, `45m`, `20s`."""

from __future__ import annotations

import re

from accord.trackers.markdown.document import Document

KEY = "spent"
UNITS = {"h": 3600, "m": 60, "s": 1}
SPENT = re.compile(r" *".join(rf"(?:(?P<{unit}>\d{{1,6}}(?:\.\d{{1,6}})?) *{unit})?" for unit in UNITS))


def read_spent(document: Document) -> int:
    """In seconds. Raises ItemBroken."""
    text = (document.raw(KEY) or "").strip()
    found = SPENT.fullmatch(text)
    if text and found:
        return round(sum(float(found[unit] or 0) * worth for unit, worth in UNITS.items()))
    wrong = f"spent is no time: {text[:50]!r}." if text else "It does not say how much time was spent."
    raise document.broken(wrong, KEY, document.line(KEY) or 1, "Write spent: 1h 30m.")


def shown_spent(seconds: int) -> str:
    """`1h 30m`."""
    left, told = seconds, []
    for unit, worth in UNITS.items():
        count, left = divmod(left, worth)
        told += [f"{count}{unit}"] if count else []
    return " ".join(told) or "0m"
