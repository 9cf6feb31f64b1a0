"""The wiki markup of Jira Server and Data Center."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from accord.markup.conversion import LONGEST, Inexpressible, Piece
from accord.markup.jira_inline import InlineWriter, read_inline
from accord.markup.normal import normal, tidy
from accord.markup.references import Refs
from accord.markup.tree import (
    Block,
    CodeBlock,
    Heading,
    Inlines,
    ListBlock,
    ListItem,
    Paragraph,
    Quote,
    Rule,
    Table,
    TooDeep,
)

CODE_OPEN = re.compile(r"\s*\{(code|noformat)(?::([^{}\n]*))?\}")
QUOTE_LINE = re.compile(r"\s*\{quote\}")
MACRO_LINE = re.compile(r"\s*\{(?:panel|color|section|column|expand|info|note|tip|warning)[^{}\n]*\}\s*")
HEADING = re.compile(r"\s*h([1-6])\. (.*)")
BQ = re.compile(r"\s*bq\. (.*)")
RULE = re.compile(r"\s*-{4,5}\s*")
ITEM = re.compile(r"\s*([*#]{1,20}|-) (.*)")
ROW = re.compile(r"\s*\|.*")
TASK = re.compile(r"\[([ xX])\](?: |$)")
KEPT = re.compile(r"title=(kept-[\w-]+)")
QUOTES = 15


class JiraWiki:
    """Blocks by lines; `{code}`, `{noformat}` and `{quote}` end where they are named again."""

    name = "jira"
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
        return Piece(part, normal(_Reader(refs).blocks(part)))
    except TooDeep:
        return Piece(part, (CodeBlock(part, "kept-jira"),))


def _parts(source: str) -> Iterator[str]:
    lines = source.split("\n")
    part: list[str] = []
    kind = ""
    at = 0
    while at < len(lines):
        line = lines[at]
        end = _end(lines, at)
        here = "alone" if end is not None else _kind(line, kind)
        if part and (not line.strip() or here != kind or here == "alone"):
            yield "\n".join(part)
            part, kind = [], ""
            here = "alone" if end is not None else _kind(line, kind)
        if end is not None:
            yield "\n".join(lines[at : end + 1])
            at = end + 1
            continue
        if line.strip():
            part.append(line)
            kind = here
            if here == "alone":
                yield line
                part, kind = [], ""
        at += 1
    if part:
        yield "\n".join(part)


def _end(lines: list[str], at: int) -> int | None:
    """The line in which a block that opens in this one ends; None where none opens."""
    line = lines[at]
    if opened := CODE_OPEN.match(line):
        close = "{" + opened[1] + "}"
        if close in line[opened.end() :]:
            return at
        return next((n for n in range(at + 1, len(lines)) if close in lines[n]), None)
    if QUOTE_LINE.match(line):
        if line.count("{quote}") > 1:
            return at
        return next((n for n in range(at + 1, len(lines)) if "{quote}" in lines[n]), None)
    return None


def _kind(line: str, before: str) -> str:
    if HEADING.match(line) or BQ.match(line) or RULE.fullmatch(line) or MACRO_LINE.fullmatch(line):
        return "alone"
    if ROW.match(line) or before == "table":
        return "table"
    if ITEM.match(line) or before == "list":
        return "list"
    return "text"


@dataclass(frozen=True)
class _Reader:
    refs: Refs
    depth: int = 0

    def blocks(self, part: str) -> list[Block]:
        if _end(part.split("\n"), 0) is not None:
            return [self._code(part)] if CODE_OPEN.match(part) else [self._quote(part)]
        if RULE.fullmatch(part):
            return [Rule()]
        if found := HEADING.fullmatch(part):
            return [Heading(int(found[1]), self._inline(found[2]))]
        if found := BQ.fullmatch(part):
            return [Quote((Paragraph(self._inline(found[1])),))]
        if ROW.match(part):
            return [self._table(part) or CodeBlock(part, "kept-jira")]
        if ITEM.match(part):
            return self._lists(part)
        return [Paragraph(self._inline(part))]

    def _inline(self, text: str) -> Inlines:
        return read_inline("\n".join(line.strip(" \t") for line in text.split("\n")), self.refs)

    def _code(self, part: str) -> Block:
        opened = CODE_OPEN.match(part)
        assert opened
        close = "{" + opened[1] + "}"
        inner, _, rest = part[opened.end() :].partition(close)
        if rest.strip():
            return CodeBlock(part, "kept-jira")
        return CodeBlock(inner.removeprefix("\n").removesuffix("\n"), _info(opened[1], opened[2] or ""))

    def _quote(self, part: str) -> Block:
        inner, _, rest = part.strip().removeprefix("{quote}").partition("{quote}")
        if rest.strip() or self.depth > QUOTES:
            return CodeBlock(part, "kept-jira")
        reader = _Reader(self.refs, self.depth + 1)
        return Quote(tuple(block for one in _parts(inner.strip("\n")) for block in reader.blocks(one)))

    def _lists(self, part: str) -> list[Block]:
        entries: list[tuple[str, list[str]]] = []
        for line in part.split("\n"):
            if found := ITEM.match(line):
                entries.append((found[1].replace("-", "*"), [found[2]]))
            else:
                entries[-1][1].append(line.strip(" \t"))
        return self._items(entries, 0, 1)[0]

    def _items(self, entries: list[tuple[str, list[str]]], at: int, depth: int) -> tuple[list[Block], int]:
        """Lists `depth` signs deep, and where they end."""
        lists: list[tuple[bool, list[ListItem]]] = []
        while at < len(entries) and len(entries[at][0]) >= depth:
            signs, lines = entries[at]
            numbered = signs[-1] == "#"
            if not lists or lists[-1][0] != numbered:
                lists.append((numbered, []))
            at += 1
            below: list[Block] = []
            if at < len(entries) and len(entries[at][0]) > len(signs):
                below, at = self._items(entries, at, len(signs) + 1)
            text = "\n".join(lines)
            task = TASK.match(text)
            first = Paragraph(self._inline(text[task.end() :] if task else text))
            lists[-1][1].append(ListItem((first, *below), task[1] != " " if task else None))
        return [ListBlock(tuple(items), 1 if numbered else None) for numbered, items in lists], at

    def _table(self, part: str) -> Table | None:
        """None where a row has headers beside cells."""
        rows: list[tuple[Inlines, ...]] = []
        for number, line in enumerate(_rows(part)):
            line = line.strip()
            head = line.startswith("||")
            if (head and number) or (not head and "||" in line) or not line.endswith("|"):
                return None
            cells = _cells(line.strip("|") if head else line[1:-1], "||" if head else "|")
            if head and any("|" in cell for cell in cells):
                return None
            if number == 0 and not head:
                rows.append(((),) * len(cells))
            rows.append(tuple(self._inline(cell.strip()) for cell in cells))
        if not rows or any(len(row) != len(rows[0]) for row in rows):
            return None
        return Table(tuple(rows), ("",) * len(rows[0]))


def _rows(part: str) -> list[str]:
    """A row may go on in the next line."""
    rows: list[str] = []
    for line in part.split("\n"):
        if rows and not line.lstrip().startswith("|"):
            rows[-1] += "\n" + line
        else:
            rows.append(line)
    return rows


# A pipe within a link, an image, braces or behind a backslash ends no cell.
WHOLE = re.compile(
    r"\\.|\[[^\[\]\n]{0,1500}\]|\{\{[^{}\n]{0,1500}\}\}|![^!\s|]{1,300}\|[^!\n|]{1,300}!|[^\\\[{!|]++|.", re.DOTALL
)


def _cells(text: str, sign: str) -> list[str]:
    if sign == "||":
        return text.split("||")
    cells = [""]
    for found in WHOLE.finditer(text):
        if found[0] == "|":
            cells.append("")
        else:
            cells[-1] += found[0]
    return cells


def _info(macro: str, told: str) -> str:
    """`java title=A.java` for `{code:java|title=A.java}`."""
    if kept := KEPT.fullmatch(told):
        return kept[1]
    first, _, rest = told.partition("|")
    language, options = ("", told) if "=" in first else (first, rest)
    if macro == "noformat":
        return f"noformat {told}".strip() if told else ""
    return f"{language} {options}".strip()


class _Writer:
    def __init__(self, careful: bool) -> None:
        self._inline, self._cell = InlineWriter(careful), InlineWriter(careful, cell=True)

    def block(self, block: Block) -> str:
        match block:
            case Paragraph(inlines):
                return "\n".join(_line(line) for line in self._inline.write(inlines).split("\n"))
            case Heading(level, inlines) if inlines:
                return f"h{level}. {self._inline.write(inlines)}"
            case CodeBlock(text, info):
                return _code_block(text, info)
            case Quote(blocks):
                return "{quote}\n" + "\n\n".join(self._quoted(inner) for inner in blocks) + "\n{quote}"
            case ListBlock():
                return "\n".join(self._list(block, ""))
            case Table(rows, aligns):
                return self._table(rows, aligns)
            case Rule():
                return "----"
        raise Inexpressible

    def _quoted(self, block: Block) -> str:
        if isinstance(block, Quote):
            raise Inexpressible
        return self.block(block)

    def _list(self, list_: ListBlock, signs: str) -> list[str]:
        if list_.start not in (None, 1) or len(signs) > 18:
            raise Inexpressible
        signs += "*" if list_.start is None else "#"
        lines: list[str] = []
        for item in list_.items:
            first, *below = item.blocks or (Rule(),)
            if not isinstance(first, Paragraph):
                raise Inexpressible
            box = "" if item.checked is None else "[x] " if item.checked else "[ ] "
            text = self._inline.write(first.inlines)
            if item.checked is None and TASK.match(text):
                text = f"&#91;{text[1:]}"
            head, *more = text.split("\n")
            lines += [f"{signs} {box}{head}", *(_line(line) for line in more)]
            for block in below:
                if not isinstance(block, ListBlock):
                    raise Inexpressible
                lines += self._list(block, signs)
        return lines

    def _table(self, rows: tuple[tuple[Inlines, ...], ...], aligns: tuple[str, ...]) -> str:
        if any(aligns):
            raise Inexpressible
        header, *body = rows
        lines = ["||" + "||".join(self._text(cell) for cell in header) + "||"] if any(header) else []
        return "\n".join(lines + ["|" + "|".join(self._text(cell) for cell in row) + "|" for row in body])

    def _text(self, cell: Inlines) -> str:
        return self._cell.write(cell).strip() or " "


def _code_block(text: str, info: str) -> str:
    if info.startswith("kept-"):
        return f"{{noformat:title={info}}}\n{text}\n{{noformat}}"
    if not info or info.startswith("noformat "):
        told = info.removeprefix("noformat").strip()
        return f"{{noformat{':' + told if told else ''}}}\n{text}\n{{noformat}}"
    first, _, rest = info.partition(" ")
    told = info if "=" in first else f"{first}|{rest}" if rest else first
    return f"{{code:{told}}}\n{text}\n{{code}}"


def _line(line: str) -> str:
    """With what would begin a block at the start of a line escaped."""
    if ITEM.match(line) or RULE.fullmatch(line) or line.startswith("|"):
        return f"\\{line}"
    if found := re.match(r"(h[1-6]|bq)\. ", line):
        return f"{found[1]}&#46; {line[found.end() :]}"
    return line
