"""The mark of an item that sync created: in a custom field, or else as the last line of its description."""

from __future__ import annotations

import re

MARK = "accord:"
# Hidden, in Markdown and in Textile.
LINE = re.compile(r"(?:^|\n\n)<!-- accord:([A-Za-z0-9._~-]+) -->\s*$")


def marked(text: str, marker: str) -> str:
    """A description with the mark."""
    line = f"<!-- {MARK}{marker} -->"
    return f"{text}\n\n{line}" if text else line


def unmarked(text: str) -> tuple[str, str | None]:
    """A description as people see it, and the mark that it bore."""
    found = LINE.search(text)
    return (text[: found.start()], found[1]) if found else (text, None)
