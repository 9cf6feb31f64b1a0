"""Nodes of the Atlassian Document Format as a tree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from accord.markup.normal import DEEPEST, URL
from accord.markup.references import Refs
from accord.markup.tree import (
    Block,
    Break,
    Code,
    CodeBlock,
    Heading,
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
)

Node = dict[str, Any]
Run = tuple[dict[str, Node], Inline]
STYLES = {"strong": "strong", "em": "em", "strike": "del", "underline": "ins"}
# What may lie around text; of two that go just as far the first one is the outer.
ORDER = ("link", "textColor", "backgroundColor", "strong", "em", "strike", "underline", "subsup")
PANELS = {"info": "NOTE", "success": "TIP", "note": "IMPORTANT", "warning": "WARNING", "error": "CAUTION"}
ATOMS = ("mention", "emoji", "status", "date", "inlineCard", "mediaInline", "inlineExtension", "placeholder")


class Odd(Exception):
    """There is something that Markdown has no word for."""


class Reader:
    """Raises Odd, and TooDeep."""

    def __init__(self, refs: Refs) -> None:
        self._refs = refs

    def blocks(self, nodes: Sequence[Any], depth: int = 0) -> list[Block]:
        if depth > DEEPEST:
            raise TooDeep
        return [block for node in nodes for block in self.block(_node(node), depth)]

    def block(self, node: Node, depth: int = 0) -> list[Block]:
        attributes, content = attributes_of(node), content_of(node)
        match node.get("type"):
            case "paragraph":
                return [Paragraph(self.inlines(content))]
            case "heading":
                return [Heading(_number(attributes.get("level"), 1), self.inlines(content))]
            case "codeBlock":
                return [CodeBlock(_code(content), str(attributes.get("language") or ""))]
            case "blockquote":
                return [Quote(tuple(self.blocks(content, depth + 1)))]
            case "panel" if word := PANELS.get(str(attributes.get("panelType"))):
                return [Quote((Paragraph((Text(f"[!{word}]"),)), *self.blocks(content, depth + 1)))]
            case "bulletList":
                return [ListBlock(self._items(content, depth))]
            case "orderedList":
                return [ListBlock(self._items(content, depth), _number(attributes.get("order"), 1))]
            case "taskList":
                return [ListBlock(self._tasks(content, depth))]
            case "rule":
                return [Rule()]
            case "table":
                return [self._table(content)]
            case "mediaSingle" if len(content) == 1:
                return [Paragraph((self._media(_node(content[0])),))]
        raise Odd

    def _items(self, nodes: Sequence[Any], depth: int) -> tuple[ListItem, ...]:
        items = []
        for node in nodes:
            if _node(node).get("type") != "listItem":
                raise Odd
            items.append(ListItem(tuple(self.blocks(content_of(node), depth + 1))))
        return tuple(items)

    def _tasks(self, nodes: Sequence[Any], depth: int) -> tuple[ListItem, ...]:
        if depth > DEEPEST:
            raise TooDeep
        items: list[ListItem] = []
        for node in nodes:
            content = content_of(_node(node))
            if node.get("type") == "taskItem":
                items.append(ListItem((Paragraph(self.inlines(content)),), attributes_of(node).get("state") == "DONE"))
            elif node.get("type") == "taskList" and items:
                below = ListBlock(self._tasks(content, depth + 1))
                items[-1] = ListItem((*items[-1].blocks, below), items[-1].checked)
            else:
                raise Odd
        return tuple(items)

    def _table(self, nodes: Sequence[Any]) -> Table:
        rows: list[tuple[Inlines, ...]] = []
        for number, row in enumerate(nodes):
            cells = [_node(cell) for cell in content_of(_node(row))]
            heads = [cell.get("type") == "tableHeader" for cell in cells]
            if any(heads) != all(heads) or (any(heads) and number):
                raise Odd
            if number == 0 and not any(heads):
                rows.append(((),) * len(cells))
            rows.append(tuple(self._cell(cell) for cell in cells))
        if not rows or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
            raise Odd
        return Table(tuple(rows), ("",) * len(rows[0]))

    def _cell(self, cell: Node) -> Inlines:
        attributes = attributes_of(cell)
        if any(attributes.get(name) not in (None, 1) for name in ("colspan", "rowspan")) or attributes.get(
            "background"
        ):
            raise Odd
        out: list[Inline] = []
        for node in content_of(cell):
            if _node(node).get("type") != "paragraph":
                raise Odd
            inlines = self.inlines(content_of(node))
            out += [*([Break()] if out else []), *inlines]
        return tuple(out)

    def _media(self, media: Node) -> Image:
        """An image of the web, or a file that the item has."""
        attributes = attributes_of(media)
        alt = " ".join(str(attributes.get("alt") or "").split())
        if attributes.get("type") == "external" and attributes.get("url"):
            return Image(str(attributes["url"]), alt)
        name = self._refs.file_of(str(attributes.get("id") or ""))
        if not name:
            raise Odd
        return Image(quote(name, safe=""), alt)

    def inlines(self, nodes: Sequence[Any]) -> Inlines:
        runs: list[Run] = []
        for node in nodes:
            if _node(node).get("type") == "text":
                runs.append(_run(node))
            else:
                runs += [({}, one) for one in self._inline(node)]
        return tuple(_nested(_bridged(runs)))

    def _inline(self, node: Node) -> Inlines:
        attributes = attributes_of(node)
        match node.get("type"):
            case "hardBreak":
                return (Break(),)
            case "mention" if name := self._refs.name_of(str(attributes.get("id") or "")):
                return (Text(f"@{name}"),)
            case "emoji" if attributes.get("text") and not str(attributes["text"]).startswith(":"):
                return (Text(str(attributes["text"])),)
            case "inlineCard" if URL.fullmatch(str(attributes.get("url") or "")):
                return (Text(str(attributes["url"])),)
            case "mediaInline" if name := self._refs.file_of(str(attributes.get("id") or "")):
                return (Image(quote(name, safe="")),)
            case kind if kind in ATOMS:
                return (Marked("adf", dumped(node), (Text(shown(node)),)),)
        raise Odd


def _run(node: Node) -> Run:
    """A text and its marks, by what they are."""
    marks = {dumped(mark): mark for mark in (_node(one) for one in node.get("marks") or ())}
    code = [key for key, mark in marks.items() if mark.get("type") == "code"]
    for key in code:
        del marks[key]
    if any(mark.get("type") not in ORDER for mark in marks.values()):
        raise Odd
    text = str(node.get("text") or "")
    return marks, (Code(text) if code else Text(text))


def _bridged(runs: list[Run]) -> list[Run]:
    """With breaks in what stands on both sides of them."""
    out = list(runs)
    for at in range(1, len(out) - 1):
        if isinstance(out[at][1], Break):
            before, behind = out[at - 1][0], out[at + 1][0]
            out[at] = {key: mark for key, mark in before.items() if key in behind}, out[at][1]
    return out


def _nested(runs: Sequence[Run]) -> list[Inline]:
    """Marks as nodes around what they go over, the widest outside."""
    out: list[Inline] = []
    at = 0
    while at < len(runs):
        marks, leaf = runs[at]
        if not marks:
            out.append(leaf)
            at += 1
            continue
        ends = {key: next((n for n in range(at, len(runs)) if key not in runs[n][0]), len(runs)) for key in marks}
        widest = min(marks, key=lambda key: (-ends[key], ORDER.index(str(marks[key].get("type")))))
        inner = [
            ({key: mark for key, mark in one.items() if key != widest}, node) for one, node in runs[at : ends[widest]]
        ]
        out.append(_around(marks[widest], tuple(_nested(inner))))
        at = ends[widest]
    return out


def _around(mark: Node, inner: Inlines) -> Inline:
    attributes = attributes_of(mark)
    match mark["type"]:
        case "link":
            return Link(str(attributes.get("href") or ""), inner, str(attributes.get("title") or ""))
        case "textColor":
            return Marked("color", str(attributes.get("color") or "inherit"), inner)
        case "backgroundColor":
            return Marked("adf", dumped(mark), inner)
        case "subsup":
            return Styled("sup" if attributes.get("type") == "sup" else "sub", inner)
        case kind:
            return Styled(STYLES[str(kind)], inner)


def shown(node: Node) -> str:
    """What people read where an atom stands."""
    attributes = attributes_of(node)
    if node.get("type") == "date":
        try:
            return datetime.fromtimestamp(int(attributes.get("timestamp") or 0) / 1000, UTC).date().isoformat()
        except (ValueError, OverflowError, OSError, TypeError):
            return str(attributes.get("timestamp"))
    names = ("text", "shortName", "url", "title", "alt", "extensionKey", "id")
    told = next((str(attributes[name]) for name in names if attributes.get(name)), str(node.get("type")))
    return " ".join(told.split())


def dumped(node: Node) -> str:
    return json.dumps(node, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def attributes_of(node: Node) -> Node:
    attributes = node.get("attrs")
    return attributes if isinstance(attributes, dict) else {}


def content_of(node: Node) -> list[Any]:
    content = node.get("content")
    return content if isinstance(content, list) else []


def _node(node: Any) -> Node:
    if not isinstance(node, dict):
        raise Odd
    return node


def _number(told: Any, otherwise: int) -> int:
    return told if isinstance(told, int) and not isinstance(told, bool) and 0 <= told < 10**9 else otherwise


def _code(nodes: Sequence[Any]) -> str:
    return "".join(str(_node(node).get("text") or "") for node in nodes)
