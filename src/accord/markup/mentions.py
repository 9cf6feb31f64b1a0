"""People whom Markdown mentions as `@name`."""

from __future__ import annotations

import re

from accord.markup.references import NAME, Lookup

# Code, on lines of its own or between words, and what is escaped is passed over.
MENTION = re.compile(
    r"(?P<code>^ {0,3}(?P<fence>`{3,}|~{3,})[^\n]*(?:\n(?! {0,3}(?P=fence))[^\n]*)*(?:\n {0,3}(?P=fence).*)?"
    r"|(?<!`)(?P<ticks>`{1,20})(?!`)(?s:.{0,4000}?)(?<!`)(?P=ticks)(?!`)|\\.)"
    rf"|{NAME.pattern}",
    re.MULTILINE,
)


def renamed(markdown: str, name_of: Lookup) -> str:
    """With other names for those that `name_of` knows; all else stays letter by letter."""
    if "@" not in markdown:
        return markdown

    def one(found: re.Match[str]) -> str:
        name = found[0][1:] if found["code"] is None else None
        other = name_of(name) if name else None
        return f"@{other}" if other and NAME.fullmatch(f"@{other}") else found[0]

    return MENTION.sub(one, markdown)
