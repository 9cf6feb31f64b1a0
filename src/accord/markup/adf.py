"""The Atlassian Document Format of Jira Cloud, as JSON text."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from accord.markup.adf_reading import ATOMS, PANELS, Node, Odd, Reader, content_of, dumped, shown
from accord.markup.conversion import LONGEST, Inexpressible, Piece
from accord.markup.normal import URL, normal, tidy
from accord.markup.references import ADDRESS, Refs, changed
from accord.markup.tree import (
    Block,
    Blocks,
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
    Mention,
    Paragraph,
    Quote,
    Rule,
    Styled,
    Table,
    Text,
    TooDeep,
    plain,
)

MARKS = {"strong": "strong", "em": "em", "del": "strike", "ins": "underline"}
ALERTS = {f"[!{word}]": kind for kind, word in PANELS.items()}
# Blocks that may stand in a document, and so be brought back letter by letter.
KNOWN = frozenset({
    "paragraph", "heading", "codeBlock", "blockquote", "panel", "bulletList", "orderedList", "taskList", "decisionList",
    "rule", "table", "mediaSingle", "mediaGroup", "expand", "extension", "bodiedExtension", "layoutSection",
    "blockCard", "embedCard", "multiBodiedExtension", "syncBlock", "bodiedSyncBlock",
})  # fmt: skip
LEAVES = (Paragraph, Heading, CodeBlock, Rule)


class Adf:
    """A text is the JSON of a document; a piece is that of one of its blocks."""

    name = "adf"
    longest = 8 * LONGEST  # JSON says little with many letters

    def clean(self, source: str) -> str:
        """Text that is no document becomes one: fields that hold plain text are told so."""
        if source.strip() in ("null", ""):
            return ""
        node = _parsed(source)
        if node is None:
            return self._of_text(source)
        if node["type"] != "doc":
            return dumped(node)
        return self.join([dumped(one) for one in content_of(node)]) if content_of(node) else ""

    def restored(self, kept: str) -> str:
        return self.clean(kept) if _parsed(kept) else ""

    def accepted(self, block: Block) -> Block:
        """A status or a mention whose text people changed is text."""
        return changed(block, _as_changed)

    def _of_text(self, source: str) -> str:
        paragraphs = [part for part in tidy(source).split("\n\n") if part.strip()]
        return self.join([dumped(_paragraph(_text_nodes(part))) for part in paragraphs]) if paragraphs else ""

    def read(self, source: str, refs: Refs) -> Sequence[Piece]:
        node = json.loads(source)
        nodes = content_of(node) if node.get("type") == "doc" else [node]
        reader = Reader(refs)
        pieces = []
        for one in nodes:
            text = dumped(one)
            try:
                pieces.append(Piece(text, normal(reader.block(one))))
            except (Odd, TooDeep, AttributeError, TypeError):
                pieces.append(Piece(text, (CodeBlock(text, "kept-adf"),)))
        return pieces

    def write(self, block: Block, refs: Refs, *, careful: bool) -> str:  # noqa: ARG002
        return dumped(_block(block, 0))

    def join(self, sources: Sequence[str]) -> str:
        content: list[Any] = []
        for source in sources:
            node = json.loads(source)
            content += content_of(node) if isinstance(node, dict) and node.get("type") == "doc" else [node]
        return dumped({"version": 1, "type": "doc", "content": content})


def _parsed(source: str) -> Node | None:
    """A document or one of its blocks."""
    try:
        node = json.loads(source)
        known = isinstance(node, dict) and node.get("type") in KNOWN | {"doc"}
        return node if known and dumped(node) else None
    except (ValueError, RecursionError, TypeError):
        return None


def _as_changed(node: Inline) -> Inlines:
    match node:
        case Marked("adf", source, inner):
            try:
                kept = json.loads(source)
            except (ValueError, RecursionError):
                return inner
            if not isinstance(kept, dict) or (kept.get("type") in ATOMS and shown(kept) != plain(inner)):
                return inner
    return (node,)


def _text_nodes(text: str) -> list[Node]:
    out: list[Node] = []
    for line in text.split("\n"):
        out += [*([{"type": "hardBreak"}] if out else []), *([{"type": "text", "text": line}] if line.strip() else [])]
    return out


def _paragraph(content: list[Node]) -> Node:
    return {"type": "paragraph", "content": content}


def _block(block: Block, depth: int) -> Node:
    """`depth`: in how many lists it stands."""
    match block:
        case Paragraph((Image() as image,)):
            return {"type": "mediaSingle", "attrs": {"layout": "center"}, "content": [_media(image)]}
        case Paragraph(inlines):
            return _paragraph(_inlines(inlines))
        case Heading(level, inlines) if not depth:
            return {"type": "heading", "attrs": {"level": level}, "content": _inlines(inlines)}
        case CodeBlock(text, info):
            language = {"attrs": {"language": info}} if info else {}
            return {"type": "codeBlock", **language, "content": [{"type": "text", "text": text}] if text else []}
        case Quote(blocks) if not depth:
            return _quote(blocks)
        case ListBlock(items, start):
            if any(item.checked is not None for item in items):
                return _tasks(block)
            content = [_item(item, depth) for item in items]
            if start is None:
                return {"type": "bulletList", "content": content}
            return {"type": "orderedList", "attrs": {"order": start}, "content": content}
        case Table() if not depth:
            return _table(block)
        case Rule() if not depth:
            return {"type": "rule"}
    raise Inexpressible


def _item(item: ListItem, depth: int) -> Node:
    if not item.blocks or not isinstance(item.blocks[0], Paragraph | CodeBlock | ListBlock):
        raise Inexpressible
    return {"type": "listItem", "content": [_block(inner, depth + 1) for inner in item.blocks]}


def _quote(blocks: Blocks) -> Node:
    match blocks:
        case (Paragraph((Text(word),)), *rest) if word in ALERTS and rest:
            if not all(isinstance(block, (*LEAVES, ListBlock)) for block in rest):
                raise Inexpressible
            return {"type": "panel", "attrs": {"panelType": ALERTS[word]}, "content": [_block(one, 0) for one in rest]}
    if not blocks or not all(isinstance(block, Paragraph | ListBlock | CodeBlock) for block in blocks):
        raise Inexpressible
    return {"type": "blockquote", "content": [_block(inner, 0) for inner in blocks]}


def _tasks(list_: ListBlock) -> Node:
    if list_.start is not None:
        raise Inexpressible
    content: list[Node] = []
    for item in list_.items:
        match item.blocks:
            case (Paragraph(inlines), *below) if item.checked is not None and len(below) < 2:
                state = "DONE" if item.checked else "TODO"
                attributes = {"localId": str(len(content) + 1), "state": state}
                content.append({"type": "taskItem", "attrs": attributes, "content": _inlines(inlines)})
                for inner in below:
                    if not isinstance(inner, ListBlock):
                        raise Inexpressible
                    content.append(_tasks(inner))
            case _:
                raise Inexpressible
    return {"type": "taskList", "attrs": {"localId": "tasks"}, "content": content}


def _table(table: Table) -> Node:
    if any(table.aligns):
        raise Inexpressible
    header, *rows = table.rows
    content = [_row(header, "tableHeader")] if any(header) else []
    return {"type": "table", "content": content + [_row(row, "tableCell") for row in rows]}


def _row(cells: tuple[Inlines, ...], kind: str) -> Node:
    return {
        "type": "tableRow",
        "content": [{"type": kind, "attrs": {}, "content": [_paragraph(_inlines(cell))]} for cell in cells],
    }


def _media(image: Image) -> Node:
    alt = {"alt": image.alt} if image.alt else {}
    if image.title:
        raise Inexpressible
    if ADDRESS.match(image.url):
        return {"type": "media", "attrs": {"type": "external", "url": image.url, **alt}}
    return {"type": "media", "attrs": {"type": "file", "id": image.url, "collection": "", **alt}}


def _inlines(inlines: Inlines) -> list[Node]:
    return [node for inline in inlines for node in _inline(inline, ())]


def _inline(node: Inline, marks: tuple[Node, ...]) -> Iterator[Node]:
    match node:
        case Text(text):
            yield from _text(text, marks)
        case Break():
            yield {"type": "hardBreak"}
        case Code(text):
            if any(mark["type"] not in ("link",) for mark in marks):
                raise Inexpressible
            yield _run(text, (*marks, {"type": "code"}))
        case Styled(style, inner) if style in MARKS:
            yield from _all(inner, (*marks, {"type": MARKS[style]}))
        case Styled(style, inner) if style in ("sub", "sup"):
            yield from _all(inner, (*marks, {"type": "subsup", "attrs": {"type": style}}))
        case Link(url, inner, title):
            titled = {"title": title} if title else {}
            yield from _all(inner, (*marks, {"type": "link", "attrs": {"href": url, **titled}}))
        case Mention(account, name):
            yield {"type": "mention", "attrs": {"id": account, "text": f"@{name}"}}
        case Marked("color", colour, inner):
            yield from _all(inner, (*marks, {"type": "textColor", "attrs": {"color": colour}}))
        case Marked("adf", source, inner):
            yield from _restored(source, inner, marks)
        case Image(url) if not ADDRESS.match(url) and not node.alt and not node.title and not marks:
            yield {"type": "mediaInline", "attrs": {"type": "file", "id": url, "collection": ""}}
        case _:
            raise Inexpressible


def _all(inlines: Inlines, marks: tuple[Node, ...]) -> Iterator[Node]:
    for node in inlines:
        yield from _inline(node, marks)


def _restored(source: str, inner: Inlines, marks: tuple[Node, ...]) -> Iterator[Node]:
    """An atom, unless people changed its text, or a mark."""
    try:
        node = json.loads(source)
    except ValueError:
        raise Inexpressible from None
    if not isinstance(node, dict):
        raise Inexpressible
    if node.get("type") == "backgroundColor":
        yield from _all(inner, (*marks, node))
    elif node.get("type") in ATOMS and not marks:
        if plain(inner) == shown(node):
            yield node
        else:
            yield from _all(inner, marks)
    else:
        raise Inexpressible


def _text(text: str, marks: tuple[Node, ...]) -> Iterator[Node]:
    """Addresses become links, as trackers make of them when they show Markdown."""
    done = 0
    linked = any(mark["type"] == "link" for mark in marks)
    for url in () if linked else URL.finditer(text):
        if url.start() > done:
            yield _run(text[done : url.start()], marks)
        yield _run(url[0], (*marks, {"type": "link", "attrs": {"href": url[0]}}))
        done = url.end()
    if done < len(text):
        yield _run(text[done:], marks)


def _run(text: str, marks: tuple[Node, ...]) -> Node:
    return {"type": "text", "text": text, **({"marks": list(marks)} if marks else {})}
