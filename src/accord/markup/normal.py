"""One spelling for equal meaning: texts that touch are one, blanks stand outside of styles, tables are rectangular."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain, groupby

from accord.markup.tree import (
    STYLES,
    Block,
    Blocks,
    Break,
    Code,
    CodeBlock,
    Heading,
    Html,
    HtmlBlock,
    Inline,
    Inlines,
    Link,
    ListBlock,
    ListItem,
    Marked,
    Paragraph,
    Quote,
    Styled,
    Table,
    Text,
    TooDeep,
)

DEEPEST = 40
BLANKS = " \t\n"
ALERT = re.compile(r"\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]")
RUN = re.compile(r"[ \t]+")
URL = re.compile(r"(?:https?|ftp)://[^\s<>\"'`|\\{}^\[\]()*]*[^\s<>\"'`|\\{}^\[\]()*_~.,:;!?]")
MAIL = re.compile(r"[A-Za-z0-9.+_-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def tidy(text: str) -> str:
    """A source as all readers take it: newlines only as line ends, no control characters, nothing blank around it."""
    text = CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    lines = [line.rstrip(" \t") if not line.strip(" \t") else line for line in text.split("\n")]
    return "\n".join(lines).strip("\n").rstrip(BLANKS)


def normal(blocks: Iterable[Block], depth: int = 0) -> Blocks:
    """Raises TooDeep."""
    if depth > DEEPEST:
        raise TooDeep
    out: list[Block] = []
    for block in blocks:
        for one in _block(block, depth):
            last = out[-1] if out else None
            if isinstance(one, ListBlock) and isinstance(last, ListBlock) and _continues(last, one):
                out[-1] = replace(last, items=last.items + one.items)
            else:
                out.append(one)
    return tuple(out)


def _continues(last: ListBlock, one: ListBlock) -> bool:
    """Two lists that touch are one to Markdown; numbered ones where the numbers don't tell."""
    if last.start is None or one.start is None:
        return last.start is one.start
    return one.start in (1, last.start + len(last.items))


def _block(block: Block, depth: int) -> list[Block]:
    match block:
        case Paragraph(inlines):
            parts = _split(normal_inlines(inlines))
            return [Paragraph(part) for part in parts if part]
        case Heading(level, inlines):
            return [Heading(min(max(level, 1), 6), _one_line(inlines))]
        case CodeBlock(text, info):
            info = " ".join(info.replace("`", "'").split())
            return [CodeBlock(text.removesuffix("\n"), info)]
        case Quote(inner):
            return [Quote(_alert(normal(inner, depth + 1)))]
        case ListBlock(items, start):
            return [ListBlock(tuple(_item(item, depth) for item in items), start)] if items else []
        case Table():
            return _table(block)
        case HtmlBlock(text):
            return [HtmlBlock(text.strip("\n").rstrip(BLANKS))] if text.strip() else []
        case _:
            return [block]


def _alert(blocks: Blocks) -> Blocks:
    """The word that makes a quotation a note, or a warning, stands by itself."""
    match blocks:
        case (Paragraph((Text(word), Break(), *rest)), *others) if ALERT.fullmatch(word):
            return (Paragraph((Text(word),)), Paragraph(tuple(rest)), *others)
    return blocks


def _item(item: ListItem, depth: int) -> ListItem:
    return replace(item, blocks=normal(item.blocks, depth + 1))


def _table(table: Table) -> list[Block]:
    width = max((len(row) for row in table.rows), default=0)
    if not width:
        return []
    rows = [tuple(_cell(cell) for cell in row) + ((),) * (width - len(row)) for row in table.rows]
    return [Table(tuple(rows), tuple([*table.aligns, *[""] * width][:width]))]


def _cell(inlines: Inlines) -> Inlines:
    return tuple(
        Html(node.text.replace("\n", " ")) if isinstance(node, Html) else node for node in normal_inlines(inlines)
    )


def _one_line(inlines: Inlines) -> Inlines:
    """Headings have no line breaks."""

    def flat(node: Inline) -> Inline:
        match node:
            case Break():
                return Text(" ")
            case Html(text):
                return Html(text.replace("\n", " "))
            case Styled() | Link() | Marked():
                return replace(node, inlines=tuple(flat(one) for one in node.inlines))
            case _:
                return node

    return normal_inlines(tuple(flat(node) for node in normal_inlines(inlines)))


def _split(inlines: Inlines) -> list[Inlines]:
    """Paragraphs, where there is an empty line within one."""
    parts: list[list[Inline]] = [[]]
    for node in inlines:
        if isinstance(node, Break) and parts[-1] and isinstance(parts[-1][-1], Break):
            parts[-1].pop()
            parts.append([])
        elif not isinstance(node, Break) or parts[-1]:
            parts[-1].append(node)
    return [_trimmed(part) for part in parts]


def normal_inlines(inlines: Iterable[Inline]) -> Inlines:
    """Raises TooDeep."""
    return _trimmed(_inlines(inlines, frozenset(), 0))


def _inlines(inlines: Iterable[Inline], within: frozenset[str], depth: int) -> list[Inline]:
    if depth > DEEPEST:
        raise TooDeep
    out: list[Inline] = []
    whole = [node for _, run in groupby(inlines, _wrapper) for node in _united(list(run))]
    for is_text, run in groupby((one for node in whole for one in _inline(node, within, depth)), _is_text):
        for one in [Text("".join(text.text for text in run if isinstance(text, Text)))] if is_text else run:
            _push(out, one)
    return out


def _wrapper(node: Inline) -> object:
    """Equal for neighbours that are two halves of one."""
    match node:
        case Styled(style) if style != "kbd":
            return style
        case Link(url, _, title):
            return url, title
        case Marked(format_, source) if format_ == "color":
            return format_, source, ""
    return None


def _united(run: list[Inline]) -> list[Inline]:
    first = run[0]
    if len(run) == 1 or not isinstance(first, Styled | Link | Marked) or _wrapper(first) is None:
        return run
    halves = [node.inlines for node in run if isinstance(node, Styled | Link | Marked)]
    return [replace(first, inlines=tuple(chain.from_iterable(halves)))]


def _is_text(node: Inline) -> bool:
    return isinstance(node, Text)


def _push(out: list[Inline], node: Inline) -> None:
    last = out[-1] if out else None
    match last, node:
        case Text(one), Text(other):
            out.pop()
            node = Text(one + other)
        case Styled(style, before), Styled(other, behind) if style == other != "kbd":
            out.pop()
            node = Styled(style, _joined(before, behind))
        case Link(url, before, title), Link(other, behind, named) if (url, title) == (other, named):
            out.pop()
            node = Link(url, _joined(before, behind), title)
        case Text(one), Break():
            out.pop()
            out += [Text(text)] if (text := one.rstrip(BLANKS)) else []
    if isinstance(node, Text):
        text = RUN.sub(" ", node.text)
        node = Text(text.lstrip(BLANKS) if out and isinstance(out[-1], Break) else text)
    if node != Text(""):
        out.append(node)


def _joined(one: Inlines, two: Inlines) -> Inlines:
    merged = list(one)
    for node in two:
        _push(merged, node)
    return tuple(merged)


def _inline(node: Inline, within: frozenset[str], depth: int) -> list[Inline]:
    match node:
        case Text(text):
            parts = text.split("\n")
            lines: list[Inline] = [Text(parts[0])]
            for part in parts[1:]:
                lines += [Break(), Text(part)]
            return lines
        case Code(text):
            text = text.replace("\n", " ")
            return [Code(text)] if text.strip(" ") else [Text(text)]
        case Styled(style, inner):
            if style in within:
                return _inlines(inner, within, depth + 1)
            return _hoisted(style, _inlines(inner, within | {style}, depth + 1))
        case Link(url, inner, title):
            if "link" in within:
                return _inlines(inner, within, depth + 1)
            inlines = _trimmed(_inlines(inner, within | {"link"}, depth + 1))
            return [_bare(url, inlines) or Link(url, inlines, title)] if not title else [Link(url, inlines, title)]
        case Marked(format_, source, inner):
            inlines = tuple(_inlines(inner, within, depth + 1))
            match inlines:
                case (Link() as link,) if format_ == "color":
                    return [replace(link, inlines=(Marked(format_, source, link.inlines),))]
            return [Marked(format_, source, inlines)]
        case _:
            return [node]


def _bare(url: str, inlines: Inlines) -> Inline | None:
    """An address that is its own text is text: every tracker makes links of addresses."""
    if len(inlines) == 1 and isinstance(inlines[0], Text):
        text = inlines[0].text
        if (text == url and URL.fullmatch(url)) or (url == f"mailto:{text}" and MAIL.fullmatch(text)):
            return inlines[0]
    return None


def _hoisted(style: str, inner: list[Inline]) -> list[Inline]:
    """A style with the blanks and breaks at its ends outside of it."""
    before: list[Inline] = []
    after: list[Inline] = []
    while inner and (blank := _blank(inner[0], end=False)):
        before.append(blank[0])
        inner[:1] = [blank[1]] if blank[1] else []
    while inner and (blank := _blank(inner[-1], end=True)):
        after.insert(0, blank[0])
        inner[-1:] = [blank[1]] if blank[1] else []
    return [*before, *([_ordered(style, tuple(inner))] if inner else []), *after]


def _ordered(style: str, inner: Inlines) -> Inline:
    """Of what goes just as far one is always the outer."""
    match inner:
        case (Link() | Marked("color") as one,):
            return replace(one, inlines=(_ordered(style, one.inlines),))
        case (Styled(other, below),) if STYLES.index(style) > STYLES.index(other):
            return Styled(other, (_ordered(style, below),))
    return Styled(style, inner)


def _blank(node: Inline, *, end: bool) -> tuple[Inline, Text | None] | None:
    """The blank at an end of a node, and what is left of it."""
    if isinstance(node, Break):
        return node, None
    if isinstance(node, Text):
        text = node.text.rstrip(BLANKS) if end else node.text.lstrip(BLANKS)
        if text != node.text:
            return Text(" "), Text(text) if text else None
    return None


def _trimmed(inlines: Iterable[Inline]) -> Inlines:
    """Without blanks and breaks at both ends."""
    nodes = list(inlines)
    while nodes and (blank := _blank(nodes[0], end=False)):
        nodes[:1] = [blank[1]] if blank[1] else []
    while nodes and (blank := _blank(nodes[-1], end=True)):
        nodes[-1:] = [blank[1]] if blank[1] else []
    return tuple(nodes)
