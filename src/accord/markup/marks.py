"""What a format says and Markdown can't, between text: `<span data-jira="...">text</span>`.

Colours have a spelling of their own that people can read: `<span style="color:#ff0000">text</span>`.
"""

from __future__ import annotations

import re
from html import escape, unescape

MARK = re.compile(r'<span data-([a-z]+)="([^"<>]*)">')
COLOUR = re.compile(r'<span style="color:(#[0-9a-fA-F]{3,8}|[a-z]+)">')


def mark_for(format_: str, source: str) -> str:
    """The opening tag."""
    if format_ == "color":
        return f'<span style="color:{source}">'
    # A pipe would end the cell of a table.
    return f'<span data-{format_}="{escape(source).replace("|", "&#124;").replace(chr(10), "&#10;")}">'


def marked_by(tag: str) -> tuple[str, str] | None:
    """Format and source of an opening tag that is a mark."""
    if found := COLOUR.fullmatch(tag):
        return "color", found[1]
    if found := MARK.fullmatch(tag):
        return found[1], unescape(found[2])
    return None
