"""A tree as GitHub-flavoured Markdown, in one spelling."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from accord.markup.markdown_reading import read_markdown
from accord.markup.marks import mark_for
from accord.markup.normal import URL
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
    Mention,
    Paragraph,
    Quote,
    Rule,
    Styled,
    Table,
    Text,
    TooDeep,
    Verbatim,
    plain,
)

ALIGN = {"": "---", "left": ":---", "center": ":---:", "right": "---:"}
ROUNDS = 4
MARKERS = {"strong": "**", "em": "*", "del": "~~"}
# What could be taken for markup: wherever it stands, and at the start of a line.
SPECIAL = re.compile(
    r"""[`\\]
    | \*(?!\s) | (?<!\s)\*
    | (?<![A-Za-z0-9])_(?=\S) | (?<=\S)_(?![A-Za-z0-9])
    | ~(?=~) | (?<=~)~
    | <(?=[A-Za-z/!?])
    | &(?=\#?\w{1,40};)
    | \](?=\() | !(?=\[)""",
    re.VERBOSE,
)
LINE_START = re.compile(r"(?:\#{1,6}(?=\s|$)|>|[-+*](?=\s|$)|~~~|=+\s*$|-+\s*$|[-*_][-*_ ]*$|(?=[|:\- ]*-)[|:\- ]+$)")
NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
BOX = re.compile(r"\[[ xX]\](?=\s|$)")
ALL = re.compile(r"([!-/:-@\[-`{-~])")


def write_markdown(blocks: Blocks) -> str:
    """Each block is read once more: where it would come back as something else, all its signs are escaped."""
    return "\n\n".join(_checked(block)[0] for block in _apart(blocks))


def settled(blocks: Blocks) -> Blocks:
    """What Markdown makes of blocks that it can't say quite so."""
    for _ in range(ROUNDS):
        written = [_checked(block) for block in _apart(blocks)]
        if all(faithful for _, faithful in written):
            break
        blocks = read_markdown("\n\n".join(text for text, _ in written))
    return blocks


def _apart(blocks: Blocks) -> Iterable[Block | tuple[ListBlock, str]]:
    """Numbered lists that touch are told apart by the sign behind their numbers."""
    previous: str | None = None
    for block in blocks:
        if isinstance(block, ListBlock) and block.start is not None:
            previous = ")" if previous == "." else "."
            yield block, previous
        else:
            previous = None
            yield block


# A long text is one block, or has blocks that are read from a cache: either way it is not written thrice.
@lru_cache(16)
def _checked(block: Block | tuple[ListBlock, str]) -> tuple[str, bool]:
    """The text, and whether it says just that."""
    one = block[0] if isinstance(block, tuple) else block
    if isinstance(one, Verbatim | CodeBlock):
        return "\n".join(_Writer().block(block)), True
    for writer in (_Writer(), _Writer(strict=True), _Writer(careful=True)):
        text = "\n".join(writer.block(block))
        if _says(text, one):
            return text, True
    return text, False


def _says(text: str, block: Block) -> bool:
    try:
        return read_markdown(text) == (block,)
    except TooDeep:
        return False


@dataclass(frozen=True)
class _Where:
    """What the text stands in: a cell, a link, one line."""

    cell: bool = False
    link: bool = False
    line: bool = False
    item: bool = False
    alone: str = ""  # signs that occur once only, and so mean nothing


@dataclass(frozen=True)
class _Writer:
    """Written for readers, so that signs can't run together, and so that none can be taken for anything else."""

    strict: bool = False
    careful: bool = False

    def block(self, block: Block | tuple[ListBlock, str]) -> list[str]:
        """Lines."""
        match block:
            case Paragraph(inlines):
                return self.inlines(inlines).split("\n")
            case Heading(level, inlines):
                text = self.inlines(inlines, _Where(line=True))
                text = re.sub(r"#(?=#*$)", r"\\#", text) if text.endswith("#") else text
                return [f"{'#' * level} {text}".rstrip()]
            case CodeBlock(text, info):
                longest = max((len(run) for run in re.findall(r"`{3,}", text)), default=2)
                fence = "`" * (longest + 1)
                return [fence + info, *([] if text == "" else text.split("\n")), fence]
            case Quote(blocks):
                return [f"> {line}" if line else ">" for line in self.blocks(blocks)] or [">"]
            case (ListBlock() as list_, sign):
                return self.list(list_, sign)
            case ListBlock():
                return self.list(block, ".")
            case Table(rows, aligns):
                lines = [self.row(row) for row in rows]
                return [lines[0], "| " + " | ".join(ALIGN[align] for align in aligns) + " |", *lines[1:]]
            case Rule():
                return ["---"]
            case HtmlBlock(text) | Verbatim(text):
                return text.split("\n")
        raise AssertionError(block)

    def blocks(self, blocks: Blocks, *, tight: bool = False, in_item: bool = False) -> list[str]:
        lines: list[str] = []
        for number, block in enumerate(_apart(blocks)):
            if number and not tight:
                lines.append("")
            if in_item and number == 0 and isinstance(block, Rule):
                lines.append("***")
            elif in_item and number == 0 and isinstance(block, Paragraph):
                lines += self.inlines(block.inlines, _Where(item=True)).split("\n")
            else:
                lines += self.block(block)
        return lines

    def list(self, list_: ListBlock, sign: str) -> list[str]:
        tight = _is_tight(list_)
        lines: list[str] = []
        for number, item in enumerate(list_.items):
            marker = "- " if list_.start is None else f"{list_.start + number}{sign} "
            box = "" if item.checked is None else "[x] " if item.checked else "[ ] "
            inner = self.blocks(item.blocks, tight=tight, in_item=True) or [""]
            if box and not (item.blocks and isinstance(item.blocks[0], Paragraph)):
                inner = ["", "", *inner] if item.blocks else [""]
            if number and not tight:
                lines.append("")
            lines.append((marker + box + inner[0]).rstrip() if not inner[0] else marker + box + inner[0])
            lines += [" " * len(marker) + line if line else "" for line in inner[1:]]
        return lines

    def row(self, cells: tuple[Inlines, ...]) -> str:
        return "| " + " | ".join(self.inlines(cell, _Where(cell=True, line=True)) for cell in cells) + " |"

    def inlines(self, inlines: Inlines, where: _Where = _Where()) -> str:
        text = self.run(inlines, replace(where, alone="" if self.strict else _alone(inlines)))
        if where.cell:
            return re.sub(r"(?<!\\)((?:\\\\)*)\|", r"\1\\|", text) if "|" in text else text
        return text if where.line else self.lines(text, inlines, where)

    def lines(self, text: str, inlines: Inlines, where: _Where) -> str:
        """With what would begin a block at the start of a line escaped."""
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if LINE_START.match(line):
                lines[number] = "\\" + line
            elif found := NUMBER.match(line):
                lines[number] = f"{found[1]}\\{line[found.end() - 1 :]}"
        if where.item and inlines and isinstance(inlines[0], Text) and BOX.match(lines[0]):
            lines[0] = "\\" + lines[0]
        return "\n".join(lines)

    def run(self, inlines: Inlines, where: _Where) -> str:
        out: list[str] = []
        for number, node in enumerate(inlines):
            last = next((part[-1] for part in reversed(out) if part), "")
            following = inlines[number + 1] if number + 1 < len(inlines) else None
            out.append(self.inline(node, last, following, where))
        return "".join(out)

    def inline(self, node: Inline, last: str, following: Inline | None, where: _Where) -> str:
        match node:
            case Text(text):
                return self.text(text, following, where)
            case Break():
                return "<br>" if where.line else "\n"
            case Code(text):
                return code_span(text)
            case Html(text):
                return text
            case Styled(style, inner):
                return self.styled(style, self.run(inner, where), last, following)
            case Link(url, inner, title):
                inside = self.run(inner, _Where(where.cell, link=True, line=where.line, alone=where.alone))
                return f"[{inside}]({_target(url, title)})"
            case Image(url, alt, title):
                return f"![{_alt(alt)}]({_target(url, title)})"
            case Mention(_, name):
                return f"@{name}"
            case Marked(format_, source, inner):
                return mark_for(format_, source) + self.run(inner, where) + "</span>"
        raise AssertionError(node)

    def text(self, text: str, following: Inline | None, where: _Where) -> str:
        if self.careful:
            return ALL.sub(r"\\\1", text)
        parts: list[str] = []
        done = 0
        for url in URL.finditer(text):
            # An address with signs in it that could be markup.
            if SPECIAL.search(url[0]) and not where.link:
                parts += [_escaped(text, done, url.start(), where), f"<{url[0]}>"]
                done = url.end()
        parts.append(_escaped(text, done, len(text), where))
        if text.endswith("!") and isinstance(following, Link):
            parts[-1] = parts[-1][:-1] + "\\!"
        return "".join(parts)

    def styled(self, style: str, inside: str, last: str, following: Inline | None) -> str:
        marker = MARKERS.get(style, "")
        after = _first(following)
        if style == "em" and (inside[:1] == "*" or inside[-1:] == "*") and not (last.isalnum() or after.isalnum()):
            marker = "_"
        sign = marker[:1]
        clash = sign in (last, after) or (self.strict and sign in (inside[:1], inside[-1:]))
        if self.careful or not marker or clash or not _flanks(inside, last, after):
            return f"<{style}>{inside}</{style}>"
        return marker + inside + marker


def _alone(inlines: Inlines) -> str:
    if any(isinstance(node, Styled | Link | Marked | Html) for node in inlines):
        return ""
    text = plain(inlines)
    return "".join(sign for sign in "*_" if text.count(sign) == 1)


def _is_tight(list_: ListBlock) -> bool:
    return all(_is_tight_item(item) for item in list_.items)


def _is_tight_item(item: ListItem) -> bool:
    first, *rest = item.blocks or (Paragraph(()),)
    if not isinstance(first, Paragraph | ListBlock | Heading | CodeBlock):
        return not rest
    # A list that is empty at first, or does not begin with 1, would go on with the paragraph.
    return (isinstance(first, Paragraph) and len(rest) <= 1 and all(_interrupts(one) for one in rest)) or not rest


def _interrupts(block: Block) -> bool:
    return isinstance(block, ListBlock) and block.start in (None, 1) and bool(block.items[0].blocks)


def _first(node: Inline | None) -> str:
    """The letter that a node begins with, near enough."""
    match node:
        case None | Break():
            return ""
        case Text(text):
            return text[0]
        case Styled(style):
            return MARKERS.get(style, "<")[:1]
        case Code():
            return "`"
        case Mention():
            return "@"
        case Link():
            return "["
        case Image():
            return "!"
        case _:
            return "<"


def _flanks(inside: str, last: str, after: str) -> bool:
    """Whether signs of emphasis around `inside` would be taken for such (CommonMark 6.2)."""
    opens = bool(inside) and not inside[0].isspace() and (inside[0].isalnum() or not last.isalnum())
    closes = bool(inside) and not inside[-1].isspace() and (inside[-1].isalnum() or not after.isalnum())
    return opens and closes


def _escaped(text: str, start: int, end: int, where: _Where) -> str:
    parts: list[str] = []
    for found in SPECIAL.finditer(text, start, end):
        parts += [text[start : found.start()], "" if found[0] in where.alone else "\\", found[0]]
        start = found.end()
    out = "".join(parts) + text[start:end]
    return re.sub(r"(?<!\\)([\[\]])", r"\\\1", out) if where.link else out


def _alt(alt: str) -> str:
    return re.sub(r"([\\`*_\[\]<&!~])", r"\\\1", alt)


def code_span(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    runs = {len(run) for run in re.findall(r"`+", text)}
    fence = "`" * next(size for size in range(1, longest + 2) if size not in runs)
    pad = " " if text[:1] == "`" or text[-1:] == "`" or (text[:1] == " " == text[-1:]) else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _target(url: str, title: str) -> str:
    plain = url and re.fullmatch(r"[^\s<>()\\&*_`\[\]|\x00-\x1f]+(?:[_][^\s<>()\\&*_`\[\]|\x00-\x1f]+)*", url)
    target = url if plain else "<" + re.sub(r"([<>\\]|&(?=#?\w+;))", r"\\\1", url) + ">"
    quoted = re.sub(r'(["\\]|&(?=#?\w+;))', r"\\\1", title)
    return f'{target} "{quoted}"' if title else target
