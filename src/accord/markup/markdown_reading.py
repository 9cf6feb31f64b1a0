"""GitHub-flavoured Markdown as a tree."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from accord.markup.marks import marked_by
from accord.markup.normal import normal, tidy
from accord.markup.tree import (
    Block,
    Blocks,
    Break,
    Code,
    CodeBlock,
    Heading,
    Html,
    HtmlBlock,
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

SHORT = 4000  # letters
BRACKETS = 200  # that are open at once: the parser looks for the end of each
BRACKET = re.compile(r"[\[\]]|\n\n")
NESTING = 60  # what lies deeper, the parser would drop
TAG = re.compile(r"<(/?)(strong|b|em|i|del|s|strike|ins|u|sub|sup|kbd)>", re.IGNORECASE)
SAME = {"b": "strong", "i": "em", "s": "del", "strike": "del", "u": "ins"}
ANCHOR = re.compile(r'<a href="([^"<>]*)"(?: title="([^"<>]*)")?>')
NEWLINE = re.compile(r"<br ?/?>", re.IGNORECASE)
TASK = re.compile(r"\[([ xX])\](?: |$)")


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"maxNesting": NESTING, "html": True}).enable(["table", "strikethrough"])
    # A definition of a link stays where it is, as text, and so does what refers to it: nothing is lost or moved.
    parser.disable("reference")
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.normalizeLinkText = lambda url: url  # type: ignore[method-assign, assignment]
    return parser


PARSER = _parser()


def read_markdown(text: str) -> Blocks:
    """A normal tree. Raises TooDeep."""
    return (_read_short if len(text) < SHORT else _read)(text)


def _read(text: str) -> Blocks:
    text = tidy(text)
    depth = 0
    for sign in BRACKET.findall(text):
        depth = 0 if sign == "\n\n" else depth + 1 if sign == "[" else max(depth - 1, 0)
        if depth > BRACKETS:
            raise TooDeep
    tokens = PARSER.parse(text)
    if any(token.level > NESTING - 4 for token in tokens):
        raise TooDeep
    return normal(_Reader(tokens).blocks("end"))


# A block is read several times on its way: as it is written, as what was written is compared.
_read_short = lru_cache(4096)(_read)


@dataclass
class _Reader:
    """Goes through the parser's flat list of tokens."""

    tokens: list[Token]
    at: int = 0

    def blocks(self, end: str) -> list[Block]:
        """Up to the token `end`, which is passed over."""
        out: list[Block] = []
        while self.at < len(self.tokens):
            token = self.tokens[self.at]
            self.at += 1
            if token.type == end:
                break
            out += self._block(token)
        return out

    def _block(self, token: Token) -> list[Block]:
        match token.type:
            case "paragraph_open":
                return [Paragraph(self._inline())]
            case "heading_open":
                return [Heading(int(token.tag[1]), self._inline())]
            case "fence" | "code_block":
                return [CodeBlock(token.content.removesuffix("\n"), token.info.strip())]
            case "hr":
                return [Rule()]
            case "html_block":
                return [HtmlBlock(token.content.rstrip("\n"))]
            case "blockquote_open":
                return [Quote(tuple(self.blocks("blockquote_close")))]
            case "bullet_list_open":
                return [ListBlock(tuple(self._items("bullet_list_close")))]
            case "ordered_list_open":
                start = token.attrGet("start")
                return [ListBlock(tuple(self._items("ordered_list_close")), 1 if start is None else int(start))]
            case "table_open":
                return [self._table()]
            case _:
                return []

    def _items(self, end: str) -> list[ListItem]:
        items = []
        while self.tokens[self.at].type != end:
            self.at += 1
            items.append(_task(ListItem(tuple(self.blocks("list_item_close")))))
        self.at += 1
        return items

    def _table(self) -> Table:
        rows: list[list[Inlines]] = []
        aligns: list[str] = []
        while (token := self.tokens[self.at]).type != "table_close":
            self.at += 1
            if token.type == "tr_open":
                rows.append([])
            elif token.type in ("th_open", "td_open"):
                rows[-1].append(self._inline())
                if len(rows) == 1:
                    aligns.append(str(token.attrGet("style") or "").removeprefix("text-align:"))
        self.at += 1
        return Table(tuple(tuple(row) for row in rows), tuple(aligns))

    def _inline(self) -> Inlines:
        """Of an `inline` token and the closing one behind it."""
        token = self.tokens[self.at]
        self.at += 2
        return read_inlines(token.children or [])


def _task(item: ListItem) -> ListItem:
    first = item.blocks[0] if item.blocks else None
    if not (isinstance(first, Paragraph) and first.inlines and isinstance(first.inlines[0], Text)):
        return item
    head = first.inlines[0].text
    if not (box := TASK.match(head)):
        return item
    inlines = (Text(head[box.end() :]), *first.inlines[1:])
    return ListItem((replace(first, inlines=inlines), *item.blocks[1:]), box[1] != " ")


@dataclass
class _Frame:
    """A node that is not closed yet; `tag` is the HTML that opened it."""

    close: str
    build: Callable[[Inlines], Inline] | None = None
    tag: str = ""
    nodes: list[Inline] = field(default_factory=list)


def read_inlines(tokens: list[Token]) -> Inlines:
    """Raises TooDeep."""
    stack = [_Frame("")]
    for token in tokens:
        if token.nesting == 1:
            stack.append(_opened(token))
        elif token.nesting == -1:
            _close(stack, token.type)
        elif token.type == "html_inline":
            _html(stack, token.content)
        else:
            stack[-1].nodes += _leaf(token)
        if len(stack) > NESTING:
            raise TooDeep
    _close(stack, "")
    return tuple(stack[0].nodes)


def _leaf(token: Token) -> list[Inline]:
    match token.type:
        case "softbreak" | "hardbreak":
            return [Break()]
        case "code_inline":
            return [Code(token.content)]
        case "image":
            alt = plain(read_inlines(token.children or [])).replace("\n", " ")
            return [Image(str(token.attrGet("src") or ""), alt, str(token.attrGet("title") or ""))]
        case _:
            return [Text(token.content)]


def _opened(token: Token) -> _Frame:
    if token.type == "link_open":
        url, title = str(token.attrGet("href") or ""), str(token.attrGet("title") or "")
        return _Frame("link_close", lambda nodes: Link(url, nodes, title))
    style = {"s_open": "del"}.get(token.type, token.type.removesuffix("_open"))
    return _Frame(token.type.replace("_open", "_close"), lambda nodes: Styled(style, nodes))


def _html(stack: list[_Frame], text: str) -> None:
    """Tags that a tree has a word for, in pairs; all others as they are."""
    if NEWLINE.fullmatch(text):
        stack[-1].nodes.append(Break())
    elif text in ("</a>", "</span>") and stack[-1].close == text:
        _close(stack, text)
    elif anchor := ANCHOR.fullmatch(text):
        url, title = _unescaped(anchor[1]), _unescaped(anchor[2] or "")
        stack.append(_Frame("</a>", lambda nodes: Link(url, nodes, title), text))
    elif mark := marked_by(text):
        format_, source = mark
        stack.append(_Frame("</span>", lambda nodes: Marked(format_, source, nodes), text))
    elif tag := TAG.fullmatch(text):
        style = SAME.get(tag[2].lower(), tag[2].lower())
        close = f"</{style}>"
        if not tag[1]:
            stack.append(_Frame(close, lambda nodes: Styled(style, nodes), text))
        elif stack[-1].close == close:
            _close(stack, close)
        else:
            stack[-1].nodes.append(Html(text))
    else:
        stack[-1].nodes.append(Html(text))


def _close(stack: list[_Frame], close: str) -> None:
    """Ends the frame that `close` closes. Tags opened within it and not closed were no more than themselves."""
    while stack[-1].close != close and stack[-1].tag:
        frame = stack.pop()
        stack[-1].nodes += [Html(frame.tag), *frame.nodes]
    if len(stack) > 1 and stack[-1].close == close:
        frame = stack.pop()
        assert frame.build
        stack[-1].nodes.append(frame.build(tuple(frame.nodes)))


def pair_tags(nodes: Inlines) -> Inlines:
    """Nodes among which pieces of HTML may open and close what a tree has a word for."""
    if not any(isinstance(node, Html) for node in nodes):
        return nodes
    stack = [_Frame("")]
    for node in nodes:
        if isinstance(node, Html):
            _html(stack, node.text)
        else:
            stack[-1].nodes.append(node)
        if len(stack) > NESTING:
            raise TooDeep
    _close(stack, "")
    return tuple(stack[0].nodes)


def _unescaped(text: str) -> str:
    return text.replace("&quot;", '"').replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
