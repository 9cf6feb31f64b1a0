"""Rich text as a tree: what all formats are read into and written from.

A tree is *normal* (`accord.markup.normal`) when equal meaning has one spelling; readers give normal trees.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

# What a styled run of text can be, by the name of its HTML element.
STYLES = ("strong", "em", "del", "ins", "sub", "sup", "kbd")


class TooDeep(Exception):
    """The text is nested deeper than anybody writes by hand: it is kept as it is."""


@dataclass(frozen=True, slots=True)
class Text:
    text: str


@dataclass(frozen=True, slots=True)
class Break:
    """A line break. In Markdown it is a plain newline, as in the issues of GitHub."""


@dataclass(frozen=True, slots=True)
class Code:
    text: str


@dataclass(frozen=True, slots=True)
class Html:
    """Raw HTML between text, a tag or a comment, which no format but Markdown and HTML understands."""

    text: str


@dataclass(frozen=True, slots=True)
class Styled:
    """`style` is one of STYLES."""

    style: str
    inlines: tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Link:
    url: str
    inlines: tuple[Inline, ...]
    title: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """`url` is an address, or the name of an attachment, percent-encoded."""

    url: str
    alt: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody whom the tracker knows by `account`; in Markdown it is the text `@name`."""

    account: str
    name: str


@dataclass(frozen=True, slots=True)
class Marked:
    """What the format `format` says and Markdown can't: `source` in its own words, around (or, where there is nothing
    inside, instead of) `inlines`."""

    format: str
    source: str
    inlines: tuple[Inline, ...]


Inline = Text | Break | Code | Html | Styled | Link | Image | Mention | Marked
Inlines = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    inlines: Inlines


@dataclass(frozen=True, slots=True)
class Heading:
    """`level` 1-6."""

    level: int
    inlines: Inlines


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """`info` is what stands behind the fence in Markdown: a language, perhaps more."""

    text: str
    info: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class ListItem:
    """`checked` is None unless the item is a task."""

    blocks: tuple[Block, ...]
    checked: bool | None = None


@dataclass(frozen=True, slots=True)
class ListBlock:
    """Numbered from `start`, or not at all (None)."""

    items: tuple[ListItem, ...]
    start: int | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """Every row has as many cells as `aligns`, which are "", "left", "center" or "right". The first row is the header;
    without one its cells are empty."""

    rows: tuple[tuple[Inlines, ...], ...]
    aligns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    pass


@dataclass(frozen=True, slots=True)
class HtmlBlock:
    """Raw HTML that stands by itself in Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Markdown that is passed on letter by letter."""

    text: str


Block = Paragraph | Heading | CodeBlock | Quote | ListBlock | Table | Rule | HtmlBlock | Verbatim
Blocks = tuple[Block, ...]


def plain(inlines: Inlines) -> str:
    """The text as people see it, without any markup."""
    return "".join(_plain(inlines))


def _plain(inlines: Inlines) -> Iterator[str]:
    for node in inlines:
        match node:
            case Text(text) | Code(text):
                yield text
            case Break():
                yield "\n"
            case Styled(_, inner) | Link(_, inner) | Marked(_, _, inner):
                yield from _plain(inner)
            case Image(_, alt):
                yield alt
            case Mention(_, name):
                yield f"@{name}"
            case Html():
                pass
