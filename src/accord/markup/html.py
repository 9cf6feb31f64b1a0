"""HTML, as mail and web editors write it. Whatever comes out was sanitised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import nh3

from accord.markup.conversion import LONGEST, Inexpressible, Piece
from accord.markup.html_reading import MENTION, Odd, Reader, groups, parsed, serialised
from accord.markup.marks import mark_for
from accord.markup.normal import URL, normal, tidy
from accord.markup.references import Refs
from accord.markup.tree import (
    Block,
    Blocks,
    Break,
    Code,
    CodeBlock,
    Heading,
    Html,
    Image,
    Inline,
    Inlines,
    Link,
    ListBlock,
    ListItem,
    Marked,
    Mention,
    Paragraph,
    Quote,
    Rule,
    Styled,
    Table,
    Text,
    TooDeep,
)

TAGS = {
    "a", "abbr", "address", "article", "aside", "b", "blockquote", "br", "caption", "center", "cite", "code",
    "col", "colgroup", "dd", "del", "details", "div", "dl", "dt", "em", "figcaption", "figure", "footer",
    "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "ol", "p",
    "pre", "s", "samp", "section", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "tr", "tt", "u", "ul", "var",
}  # fmt: skip
ATTRIBUTES = {
    "a": {"href", "title", MENTION},
    "img": {"src", "alt", "title"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
    "ol": {"start"},
    "code": {"class"},
    "span": {"style", "data-adf", "data-jira", "data-markdown"},
}
MENDING = 5
SCHEMES = {"http", "https", "ftp", "mailto", "tel", "cid"}
# As this package writes colours; what editors put into styles says nothing.
COLOUR = re.compile(r"color:(?:#[0-9a-fA-F]{3,8}|[a-z]+)")
CODE_CLASS = re.compile(r"language-[^\s\"<>]+")


def sanitised(source: str) -> str:
    """Without anything that runs, loads or hides."""
    return nh3.clean(
        source,
        tags=TAGS,
        clean_content_tags={"script", "style", "title", "template", "noscript", "textarea", "select"},
        attributes=ATTRIBUTES,
        attribute_filter=_attribute,
        url_schemes=SCHEMES,
        link_rel=None,
        strip_comments=True,
    )


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "code":
        return value if CODE_CLASS.fullmatch(value) else None
    if name == "style":
        return value if COLOUR.fullmatch(value) else None
    return value


class HtmlFormat:
    """`name` is "html"; a piece is an element."""

    name = "html"
    longest = LONGEST

    def clean(self, source: str) -> str:
        """What is misnested changes as it is mended, and may have to be mended once more."""
        source = tidy(source)
        for _ in range(MENDING):
            before, source = source, sanitised(source).strip()
            if source == before:
                break
        return source

    def restored(self, kept: str) -> str:
        return self.clean(kept)

    def accepted(self, block: Block) -> Block:
        return block

    def read(self, source: str, refs: Refs) -> Sequence[Piece]:
        reader = Reader(refs)
        pieces = []
        for element in groups(parsed(source).children):
            text = serialised(element)
            try:
                pieces.append(Piece(text, normal(reader.block(element))))
            except (Odd, TooDeep):
                pieces.append(Piece(text, (CodeBlock(text, "kept-html"),)))
        return pieces

    def write(self, block: Block, refs: Refs, *, careful: bool) -> str:  # noqa: ARG002
        return sanitised(_block(block))

    def join(self, sources: Sequence[str]) -> str:
        return self.clean("\n".join(sources))


def _block(block: Block) -> str:
    match block:
        case Paragraph(inlines):
            return f"<p>{_inlines(inlines)}</p>"
        case Heading(level, inlines):
            return f"<h{level}>{_inlines(inlines)}</h{level}>"
        case CodeBlock(text, info):
            language = f' class="language-{escape(info)}"' if info else ""
            return f"<pre><code{language}>{escape(text, quote=False)}\n</code></pre>"
        case Quote(blocks):
            return f"<blockquote>{_blocks(blocks)}</blockquote>"
        case ListBlock(items, None):
            return f"<ul>{''.join(_item(item) for item in items)}</ul>"
        case ListBlock(items, start):
            begins = "" if start == 1 else f' start="{start}"'
            return f"<ol{begins}>{''.join(_item(item) for item in items)}</ol>"
        case Table():
            return _table(block)
        case Rule():
            return "<hr>"
    raise Inexpressible


def _blocks(blocks: Blocks) -> str:
    return "\n".join(_block(block) for block in blocks)


def _item(item: ListItem) -> str:
    box = "" if item.checked is None else "[x] " if item.checked else "[ ] "
    match item.blocks:
        case (Paragraph(inlines), *rest) if not any(isinstance(block, Paragraph) for block in rest):
            return f"<li>{box}{_inlines(inlines)}{''.join(_block(block) for block in rest)}</li>"
        case (Paragraph(inlines), *rest):
            return f"<li><p>{box}{_inlines(inlines)}</p>{_blocks(tuple(rest))}</li>"
    return f"<li>{box}{_blocks(item.blocks)}</li>"


def _table(table: Table) -> str:
    header, *rows = table.rows
    head = f"<thead>{_row(header, table.aligns, 'th')}</thead>" if any(header) else ""
    return f"<table>{head}<tbody>{''.join(_row(row, table.aligns, 'td') for row in rows)}</tbody></table>"


def _row(cells: tuple[Inlines, ...], aligns: tuple[str, ...], tag: str) -> str:
    out = []
    for cell, align in zip(cells, aligns, strict=True):
        side = f' align="{align}"' if align else ""
        out.append(f"<{tag}{side}>{_inlines(cell)}</{tag}>")
    return f"<tr>{''.join(out)}</tr>"


def _inlines(inlines: Inlines) -> str:
    return "".join(_inline(node) for node in inlines)


def _inline(node: Inline) -> str:
    match node:
        case Text(text):
            return _text(text)
        case Break():
            return "<br>"
        case Code(text):
            return f"<code>{escape(text, quote=False)}</code>"
        case Html(text):
            return f'<span data-markdown="1">{escape(text, quote=False)}</span>'
        case Styled(style, inner):
            return f"<{style}>{_inlines(inner)}</{style}>"
        case Link(url, inner, title):
            named = f' title="{escape(title)}"' if title else ""
            return f'<a href="{escape(url)}"{named}>{_inlines(inner)}</a>'
        case Image(url, alt, title):
            named = f' title="{escape(title)}"' if title else ""
            return f'<img src="{escape(url)}" alt="{escape(alt)}"{named}>'
        case Mention(account, name):
            return f'<a href="#" {MENTION}="version:2.0,{escape(account)}">@{escape(name)}</a>'
        case Marked(format_, source, inner):
            return f"{mark_for(format_, source)}{_inlines(inner)}</span>"
    raise AssertionError(node)


def _text(text: str) -> str:
    """Addresses become links, as trackers make of them when they show Markdown."""
    out: list[str] = []
    done = 0
    for url in URL.finditer(text):
        link = escape(url[0])
        out += [escape(text[done : url.start()], quote=False), f'<a href="{link}">{link}</a>']
        done = url.end()
    return "".join(out) + escape(text[done:], quote=False)
