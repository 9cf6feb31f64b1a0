"""HTML that was sanitised, as a tree."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser

from accord.markup.marks import marked_by
from accord.markup.references import Refs
from accord.markup.tree import (
    Block,
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
    Paragraph,
    Quote,
    Rule,
    Styled,
    Table,
    Text,
    TooDeep,
    plain,
)

DEEPEST = 60
STYLES = {
    "strong": "strong", "b": "strong", "em": "em", "i": "em", "cite": "em", "var": "em", "del": "del", "s": "del",
    "strike": "del", "ins": "ins", "u": "ins", "sub": "sub", "sup": "sup", "kbd": "kbd",
}  # fmt: skip
VOID = frozenset({"br", "hr", "img", "col", "wbr"})
WHOLE = frozenset({
    "p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre", "hr", "table", "details", "dl",
})  # fmt: skip
WRAPPERS = frozenset({
    "div", "center", "section", "article", "main", "header", "footer", "aside", "figure", "figcaption",
    "address", "nav", "body", "html", "dd", "dt", "summary", "hgroup", "li", "td", "th", "tr", "tbody",
    "thead", "tfoot", "caption",
})  # fmt: skip
SPACES = re.compile(r"[ \t\n\r\f]+")
TASK = re.compile(r"\[([ xX])\](?:[ \u00a0]|$)")
MENTION = "data-vss-mention"


class Odd(Exception):
    """There is something that Markdown has no word for."""


@dataclass
class Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)


class _Builder(HTMLParser):
    """What a sanitiser gives is well-formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack = [Element("body")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].children.append(element)
        if tag not in VOID:
            self.stack.append(element)
        if len(self.stack) > DEEPEST:
            raise TooDeep

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and len(self.stack) > 1:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].children.append(data)


def parsed(source: str) -> Element:
    """Raises TooDeep."""
    builder = _Builder()
    builder.feed(source)
    builder.close()
    return builder.stack[0]


def serialised(node: Element | str) -> str:
    if isinstance(node, str):
        return escape(node, quote=False).replace("\u00a0", "&nbsp;")
    attributes = "".join(f' {name}="{escape(value)}"' for name, value in node.attributes.items())
    if node.tag in VOID:
        return f"<{node.tag}{attributes}>"
    inner = "".join(serialised(child) for child in node.children)
    inner = "\n" + inner if node.tag == "pre" and inner.startswith("\n") else inner
    return f"<{node.tag}{attributes}>{inner}</{node.tag}>"


def groups(nodes: Sequence[Element | str]) -> Iterator[Element]:
    """Blocks: what has no element of its own is put into a paragraph, what only wraps blocks is opened."""
    run: list[Element | str] = []
    for node in nodes:
        if isinstance(node, str) or (node.tag not in WHOLE | WRAPPERS and not _holds_blocks(node)):
            run.append(node)
            continue
        yield from _run(run)
        run = []
        if node.tag in WHOLE and not (node.tag == "p" and _holds_blocks(node)):
            yield node
        else:
            yield from groups(node.children)
    yield from _run(run)


def _run(run: list[Element | str]) -> Iterator[Element]:
    if any(not isinstance(node, str) or node.strip() for node in run):
        yield Element("p", {}, list(run))


def _holds_blocks(element: Element) -> bool:
    return any(
        isinstance(child, Element) and (child.tag in WHOLE | WRAPPERS or _holds_blocks(child))
        for child in element.children
    )


class Reader:
    def __init__(self, refs: Refs) -> None:
        self._refs = refs

    def blocks(self, nodes: Sequence[Element | str]) -> list[Block]:
        return [block for element in groups(nodes) for block in self.block(element)]

    def block(self, element: Element) -> list[Block]:
        """Raises Odd."""
        tag, children = element.tag, element.children
        match tag:
            case "h1" | "h2" | "h3" | "h4" | "h5" | "h6":
                return [Heading(int(tag[1]), self.inlines(children))]
            case "ul":
                return [ListBlock(self._items(children))]
            case "ol":
                start = element.attributes.get("start", "1")
                return [ListBlock(self._items(children), int(start) if re.fullmatch(r"\d{1,9}", start) else 1)]
            case "blockquote":
                return [Quote(tuple(self.blocks(children)))]
            case "pre":
                return [_code(element)]
            case "hr":
                return [Rule()]
            case "table":
                return [self._table(element)]
            case "dl":
                return self.blocks(children)
            case "details":
                raise Odd
        inlines = self.inlines(children)
        shown = any(not isinstance(node, Text | Break) for node in inlines) or plain(inlines).strip("\u00a0 \n\t")
        return [Paragraph(inlines)] if shown else []

    def _items(self, nodes: Sequence[Element | str]) -> tuple[ListItem, ...]:
        items: list[ListItem] = []
        for node in nodes:
            if isinstance(node, str):
                if node.strip():
                    raise Odd
            elif node.tag == "li":
                items.append(_task(tuple(self.blocks(node.children))))
            elif node.tag in ("ul", "ol") and items:
                # Some editors put a list below an item beside it.
                items[-1] = ListItem((*items[-1].blocks, *self.block(node)), items[-1].checked)
            else:
                items.append(ListItem(tuple(self.blocks([node]))))
        return tuple(items)

    def _table(self, table: Element) -> Table:
        rows = list(_rows(table))
        if not rows or any(not isinstance(row, Element) for row in rows):
            raise Odd
        cells = [
            [cell for cell in row.children if isinstance(cell, Element) and cell.tag in ("td", "th")] for row in rows
        ]
        width = len(cells[0])
        heads = [[cell.tag == "th" for cell in row] for row in cells]
        if any(len(row) != width for row in cells) or not width or any(any(row) for row in heads[1:]):
            raise Odd
        if any(heads[0]) != all(heads[0]):
            raise Odd
        aligns = tuple(_align(cell) for cell in cells[0])
        texts = [tuple(self._cell(cell) for cell in row) for row in cells]
        if not any(heads[0]):
            texts.insert(0, ((),) * width)
        return Table(tuple(texts), aligns)

    def _cell(self, cell: Element) -> Inlines:
        if {"colspan", "rowspan"} & {name for name, value in cell.attributes.items() if value not in ("", "1")}:
            raise Odd
        out: list[Inline] = []
        for element in groups(cell.children):
            if element.tag != "p":
                raise Odd
            out += [*([Break()] if out else []), *self.inlines(element.children)]
        return tuple(out)

    def inlines(self, nodes: Sequence[Element | str]) -> Inlines:
        out: list[Inline] = []
        for node in nodes:
            if isinstance(node, str):
                out.append(Text(SPACES.sub(" ", node)))
            else:
                out += self._inline(node)
        return tuple(out)

    def _inline(self, element: Element) -> Inlines:
        tag, children, attributes = element.tag, element.children, element.attributes
        match tag:
            case "br":
                return (Break(),)
            case "img":
                return (Image(attributes.get("src", ""), _flat(attributes.get("alt")), _flat(attributes.get("title"))),)
            case "code" | "tt" | "samp":
                return (Code(_raw(element).replace("\n", " ")),)
            case "a" if attributes.get("href"):
                return self._link(element)
            case "span" if (mark := marked_by(_open_tag(element))) or "data-markdown" in attributes:
                if mark is None or mark[0] == "markdown":
                    return (Html(_raw(element)),)
                return (Marked(mark[0], mark[1], self.inlines(children)),)
        inner = self.inlines(children)
        return (Styled(STYLES[tag], inner),) if tag in STYLES else inner

    def _link(self, element: Element) -> Inlines:
        account = element.attributes.get(MENTION, "").rpartition(",")[2]
        name = self._refs.name_of(account) if account else None
        if name:
            return (Text(f"@{name}"),)
        inner = self.inlines(element.children)
        title = _flat(element.attributes.get("title"))
        return (Link(element.attributes["href"], inner, title),) if inner else ()


def _open_tag(element: Element) -> str:
    return serialised(Element(element.tag, element.attributes)).removesuffix(f"</{element.tag}>")


def _flat(text: str | None) -> str:
    return " ".join((text or "").split())


def _raw(element: Element) -> str:
    """All text inside, blanks as they are."""
    return "".join(
        child if isinstance(child, str) else "\n" if child.tag == "br" else _raw(child) for child in element.children
    )


def _code(element: Element) -> CodeBlock:
    text = _raw(element)
    only = [child for child in element.children if isinstance(child, Element)]
    language = ""
    if len(only) == 1 and only[0].tag == "code":
        names = only[0].attributes.get("class", "").split()
        language = next((name.removeprefix("language-") for name in names if name.startswith("language-")), "")
    return CodeBlock(text.removesuffix("\n"), language)


def _task(blocks: tuple[Block, ...]) -> ListItem:
    match blocks:
        case (Paragraph((Text(text), *rest)), *others) if box := TASK.match(text.lstrip()):
            head = Paragraph((Text(text.lstrip()[box.end() :]), *rest))
            return ListItem((head, *others), box[1] != " ")
    return ListItem(blocks)


def _rows(table: Element) -> Iterator[Element]:
    for child in table.children:
        if isinstance(child, str):
            if child.strip():
                raise Odd
        elif child.tag == "tr":
            yield child
        elif child.tag in ("thead", "tbody", "tfoot"):
            yield from _rows(child)
        elif child.tag not in ("colgroup", "col"):
            raise Odd


def _align(cell: Element) -> str:
    align = cell.attributes.get("align", "").lower()
    return align if align in ("left", "center", "right") else ""
