"""Textile, in the dialect of Redmine (RedCloth 3 with Redmine's changes)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from accord.markup.conversion import LONGEST, Inexpressible, Piece
from accord.markup.normal import normal, tidy
from accord.markup.references import Refs, changed
from accord.markup.textile_inline import InlineWriter, read_inline
from accord.markup.tree import (
    Block,
    Blocks,
    CodeBlock,
    Heading,
    HtmlBlock,
    Inline,
    Inlines,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Rule,
    Table,
    Text,
    TooDeep,
)

QUOTES = 15
PRE = re.compile(r"[ \t]*<pre\b", re.IGNORECASE)
PRE_END = re.compile(r"</pre>", re.IGNORECASE)
CODE_BLOCK = re.compile(
    r"\s*<pre>\s*?(?:<code(?:\s+class=\"([^\"\n<>]+)\")?>)?(.*?)(</code>\s*)?</pre>[ \t]*", re.DOTALL
)
OFF_TAG = re.compile(r"</?(?:pre|code|kbd|notextile)\b", re.IGNORECASE)
HEADING = re.compile(r"h([1-6])\. (.*)", re.DOTALL)
PREFIX = re.compile(r"(?:p|bq|h[1-6])\. ")
ITEM = re.compile(r"([*#]{1,20}) (.*)")
RULE = re.compile(r" ?(?:\* ?){3,}| ?(?:- ?){3,}| ?(?:_ ?){3,}")
ROW = re.compile(r"[ \t]*\|.*\|[ \t]*", re.DOTALL)
CELL = re.compile(r"\|((?>\[\[[^|\]\n]*\|[^|\]\n]*\]\]|<code>[^<\n]*</code>|[^|])*+)(?=\|)")
MODIFIED = re.compile(r"(_?)([<>=]?)\. ?(?=\S|$)")
ODD_CELL = re.compile(r"[_<>=^~\-/\\(){}\[\]\d#:;\w]*\.(?: |$)")
TASK = re.compile(r"\[([ xX])\](?: |$)")
SIDES = {"<": "left", ">": "right", "=": "center"}
MODIFIERS = {side: sign for sign, side in SIDES.items()} | {"": ""}
USER = re.compile(r"(?<![\w/!@.:-])user:(?P<login>[A-Za-z0-9](?:[\w.+-]*[A-Za-z0-9_])?)")
NOTEXTILE = re.compile(r"<notextile\b", re.IGNORECASE)


class Textile:
    """Blocks stand apart by empty lines; `<pre>` ends where `</pre>` stands, whatever is between."""

    name = "textile"
    longest = LONGEST

    def clean(self, source: str) -> str:
        return tidy(source)

    def restored(self, kept: str) -> str:
        return self.clean(kept)

    def accepted(self, block: Block) -> Block:
        return block

    def read(self, source: str, refs: Refs) -> Sequence[Piece]:
        return [_piece(part, refs) for part in _parts(source)]

    def write(self, block: Block, refs: Refs, *, careful: bool) -> str:  # noqa: ARG002
        return _Writer(careful).block(block)

    def join(self, sources: Sequence[str]) -> str:
        return "\n\n".join(sources)


def _piece(part: str, refs: Refs) -> Piece:
    try:
        blocks = _blocks(part) if "user:" not in part else (changed(one, _users(refs)) for one in _blocks(part))
        return Piece(part, normal(blocks))
    except TooDeep:
        return Piece(part, (_kept(part),))


def _users(refs: Refs) -> Callable[[Inline], Inlines]:
    """`user:anna` mentions somebody as `@anna` does, where there is such an account."""

    def name(found: re.Match[str]) -> str:
        known = refs.name_of(found["login"])
        return f"@{known}" if known else found[0]

    return lambda node: (Text(USER.sub(name, node.text)),) if isinstance(node, Text) else (node,)


def _parts(source: str) -> Iterator[str]:
    """Sources of blocks."""
    lines = source.split("\n")
    part: list[str] = []
    kind = ""
    at = 0
    while at < len(lines):
        line = lines[at]
        here = _kind(line, kind)
        if part and (not line.strip() or here != kind):
            yield "\n".join(part)
            part, kind = [], ""
            here = _kind(line, kind)
        if not line.strip():
            at += 1
            continue
        if OFF_TAG.search(line):
            until = _closing_line(lines, at)
            if until > at or here == "pre":
                part += lines[at : until + 1]
                at = until + 1
                if here == "pre":
                    yield "\n".join(part)
                    part, kind = [], ""
                else:
                    kind = here
                continue
        part.append(line)
        kind = here
        at += 1
        if here == "rule":
            yield line
            part, kind = [], ""
    if part:
        yield "\n".join(part)


def _closing_line(lines: list[str], at: int) -> int:
    """Where what opens in this line is closed: the tags within which Textile means nothing may go on for pages."""
    opened = re.search(r"<(pre|notextile)\b", lines[at], re.IGNORECASE)
    if not opened:
        return at
    close = f"</{opened[1].lower()}>"
    if close in lines[at].lower()[opened.start() :]:
        return at
    return next((n for n in range(at + 1, len(lines)) if close in lines[n].lower()), len(lines) - 1)


def _kind(line: str, before: str) -> str:
    """Of the block that a line belongs to, where the line before it belonged to one of the kind `before`."""
    if PRE.match(line):
        return "pre"
    if line.startswith(">"):
        return "quote"
    if before == "table" or (ROW.fullmatch(line) and before != "heading"):
        return "table"
    if RULE.fullmatch(line):
        return "rule"
    if ITEM.match(line) or before == "list":
        return "list"
    return before if before in ("text", "heading") else "heading" if HEADING.match(line) else "text"


def _blocks(part: str) -> list[Block]:
    if PRE.match(part):
        return _pre(part)
    if part.startswith(">"):
        return _quote(part)
    if NOTEXTILE.search(part) or _is_odd(part):
        return [_kept(part)]
    if ROW.fullmatch(part):
        return [_table(part) or _kept(part)]
    if RULE.fullmatch(part):
        return [Rule()]
    if ITEM.match(part):
        return _lists(part)
    if re.fullmatch(r"<!--(?:[^-]|-(?!->))*-->", part):
        return [HtmlBlock(part)]
    if found := HEADING.match(part):
        return [Heading(int(found[1]), read_inline(_flush(found[2])))]
    if part.startswith("bq. "):
        return [Quote((Paragraph(read_inline(_flush(part[4:]))),))]
    return [Paragraph(read_inline(_flush(part.removeprefix("p. "))))]


def _flush(text: str) -> str:
    return "\n".join(line.strip(" \t") for line in text.split("\n"))


def _kept(part: str) -> CodeBlock:
    return CodeBlock(part, "kept-textile")


def _is_odd(part: str) -> bool:
    return bool(re.search(r"<pre\b", part, re.IGNORECASE))


def _pre(part: str) -> list[Block]:
    found = CODE_BLOCK.fullmatch(part)
    if not found or OFF_TAG.search(found[2]) or bool(found[3]) != ("<code" in part[: found.start(2)]):
        return [_kept(part)]
    text = found[2].removeprefix("\n")
    return [CodeBlock(text.removesuffix("\n"), found[1] or "")]


def _quote(part: str) -> list[Block]:
    if OFF_TAG.search(part) and re.search(r"<(?:pre|notextile)\b", part, re.IGNORECASE):
        return [_kept(part)]
    if any(line.count(">", 0, 60) > QUOTES for line in part.split("\n")):
        return [_kept(part)]
    inner = "\n".join(line[1:].removeprefix(" ") for line in part.split("\n"))
    return [Quote(tuple(block for one in _parts(inner) for block in _blocks(one)))]


def _lists(part: str) -> list[Block]:
    """Items by their signs: as many as the item is deep, the last one says whether it is numbered."""
    entries: list[tuple[str, list[str]]] = []
    for line in part.split("\n"):
        found = ITEM.match(line)
        if found:
            entries.append((found[1], [found[2]]))
        else:
            entries[-1][1].append(line.strip(" \t"))
    return _items(entries, 0, 1)[0]


def _items(entries: list[tuple[str, list[str]]], at: int, depth: int) -> tuple[list[Block], int]:
    """Lists `depth` signs deep, and where they end."""
    lists: list[tuple[bool, list[ListItem]]] = []
    while at < len(entries) and len(entries[at][0]) >= depth:
        signs, lines = entries[at]
        numbered = signs[-1] == "#"
        if not lists or lists[-1][0] != numbered:
            lists.append((numbered, []))
        level = len(signs)
        at += 1
        below: list[Block] = []
        if at < len(entries) and len(entries[at][0]) > level:
            below, at = _items(entries, at, level + 1)
        lists[-1][1].append(_item("\n".join(lines), below))
    return [ListBlock(tuple(items), 1 if numbered else None) for numbered, items in lists], at


def _item(text: str, below: list[Block]) -> ListItem:
    task = TASK.match(text)
    text = text[task.end() :] if task else text
    return ListItem((Paragraph(read_inline(text)), *below), task[1] != " " if task else None)


def _table(part: str) -> Table | None:
    """None where a cell has what Markdown has no word for."""
    rows: list[list[Inlines]] = []
    heads: list[list[bool]] = []
    sides: list[list[str]] = []
    for line in _rows(part):
        cells = [found[1] for found in CELL.finditer(line)]
        rows.append([])
        heads.append([])
        sides.append([])
        for cell in cells:
            modified = MODIFIED.match(cell)
            if not modified and ODD_CELL.match(cell):
                return None
            rows[-1].append(read_inline(_flush(cell[modified.end() if modified else 0 :].strip(" \t\n"))))
            heads[-1].append(bool(modified and modified[1]))
            sides[-1].append(SIDES.get(modified[2], "") if modified else "")
    width = len(rows[0])
    if any(len(row) != width for row in rows) or any(side != sides[0] for side in sides) or not width:
        return None
    if any(any(row) for row in heads[1:]) or any(heads[0]) != all(heads[0]):
        return None
    if not any(heads[0]):
        rows.insert(0, [()] * width)
    return Table(tuple(tuple(row) for row in rows), tuple(sides[0]))


def _rows(part: str) -> list[str]:
    """A cell may go on in the next line."""
    rows: list[str] = []
    for line in part.split("\n"):
        if rows and not rows[-1].rstrip().endswith("|"):
            rows[-1] += "\n" + line
        else:
            rows.append(line)
    return rows


class _Writer:
    def __init__(self, careful: bool) -> None:
        self._inline, self._cell = InlineWriter(careful), InlineWriter(careful, cell=True)

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(inlines):
                return self._paragraph(inlines)
            case Heading(level, inlines) if inlines:
                return f"h{level}. {self._inline.write(inlines)}"
            case CodeBlock(text, info):
                return f'<pre><code class="{info}">\n{text}\n</code></pre>' if info else f"<pre>\n{text}\n</pre>"
            case Quote(blocks):
                return self._quote(blocks)
            case ListBlock():
                return "\n".join(self._list(block, ""))
            case Table():
                return self._table(block)
            case Rule():
                return "---"
            case HtmlBlock(text) if text.startswith("<!--"):
                return text
        raise Inexpressible

    def _paragraph(self, inlines: Inlines) -> str:
        lines = self._inline.write(inlines).split("\n")
        return "\n".join(_line(line, first=number == 0) for number, line in enumerate(lines))

    def _quote(self, blocks: Blocks) -> str:
        if any(isinstance(block, CodeBlock) for block in blocks):
            raise Inexpressible
        inner = "\n\n".join(self.block(block) for block in blocks)
        return "\n".join(f"> {line}" if line else ">" for line in inner.split("\n"))

    def _list(self, list_: ListBlock, signs: str) -> list[str]:
        if list_.start not in (None, 1) or len(signs) > 18:
            raise Inexpressible
        signs += "*" if list_.start is None else "#"
        lines: list[str] = []
        for item in list_.items:
            first, *below = item.blocks or (Rule(),)
            if not isinstance(first, Paragraph) or not all(isinstance(block, ListBlock) for block in below):
                raise Inexpressible
            box = "" if item.checked is None else "[x] " if item.checked else "[ ] "
            text = self._inline.write(first.inlines)
            if item.checked is None and TASK.match(text):
                text = f"&#91;{text[1:]}"
            head, *more = text.split("\n")
            lines += [f"{signs} {box}{head}", *(_line(line, first=False) for line in more)]
            for block in below:
                assert isinstance(block, ListBlock)
                lines += self._list(block, signs)
        return lines

    def _table(self, table: Table) -> str:
        header, *rows = table.rows
        lines = [self._row(header, table, "_")] if any(header) else []
        return "\n".join(lines + [self._row(row, table, "") for row in rows])

    def _row(self, row: tuple[Inlines, ...], table: Table, sign: str) -> str:
        cells = []
        for cell, align in zip(row, table.aligns, strict=True):
            modifier = sign + MODIFIERS[align]
            text = self._cell.write(cell)
            if not modifier and ODD_CELL.match(text):
                text = text.replace(".", "&#46;", 1)
            cells.append(f"{modifier}. {text}" if modifier else text)
        return "|" + "|".join(cell or " " for cell in cells) + "|"


def _line(line: str, *, first: bool) -> str:
    """With what would begin a block at the start of a line escaped."""
    if ITEM.match(line) or line.startswith((">", "|")) or RULE.fullmatch(line):
        return f"&#{ord(line[0])};{line[1:]}"
    if first and (found := PREFIX.match(line)):
        return f"{line[: found.end() - 2]}&#46; {line[found.end() :]}"
    return line
