"""From a tracker's markup to Markdown and back, so that nothing is lost and a second trip changes nothing.

A format only reads and writes. What it writes is read once more before it is trusted: a block that would come back as
another is carried as it is, in a code block named `kept-...`, and the way back restores it letter by letter.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from html import escape, unescape
from typing import Protocol

from accord.markup.markdown_reading import read_markdown
from accord.markup.markdown_writing import settled, write_markdown
from accord.markup.normal import normal, tidy
from accord.markup.references import NOTHING, Refs, localised, neutral
from accord.markup.tree import Block, Blocks, CodeBlock, TooDeep, Verbatim

LONGEST = 100_000
COMPARED = 2_000  # blocks among which those that nobody edited are looked for
KEPT = "kept-markdown"
# A text that was kept whole, however long.
WHOLE = re.compile(
    r"(?P<fence>`{3,})(?P<info>kept-[a-z-]+)\n(?P<text>(?:(?!\n(?P=fence)`*[ \t]*(?:\n|$)).)*)\n(?P=fence)", re.DOTALL
)
HEAD = 200  # letters
KEPT_ESCAPED = "kept-markdown-entities"


class Inexpressible(Exception):
    """The format has no words for a block."""


@dataclass(frozen=True)
class Piece:
    """A part of a text that stands by itself, and what it says."""

    source: str
    blocks: Blocks


class Format(Protocol):
    """A markup. Blocks are normal; `read` and `write` keep nothing from one call to the next."""

    @property
    def name(self) -> str: ...

    @property
    def longest(self) -> int:
        """Letters of a text that is looked into; a longer one is carried as it is."""

    def clean(self, source: str) -> str:
        """A text as it is read, and kept: without what means nothing, or harm."""

    def restored(self, kept: str) -> str:
        """What was kept, as it goes back; empty where it is none of this markup, or does harm."""

    def accepted(self, block: Block) -> Block:
        """A block without what was kept in it, where people have since changed that."""

    def read(self, source: str, refs: Refs) -> Sequence[Piece]:
        """Raises TooDeep."""

    def write(self, block: Block, refs: Refs, *, careful: bool) -> str:
        """A block in this markup. `careful`: readable or not, nothing in it may be taken for something else. Raises
        Inexpressible, or gives what will come back as another block."""

    def join(self, sources: Sequence[str]) -> str:
        """Blocks as one text."""


class Markup:
    """One markup, in both directions. No text makes it raise: what it can't read it keeps.

    With M the Markdown of any text T: `to_markdown(from_markdown(M)) == M`.
    """

    def __init__(self, format_: Format) -> None:
        self._format = format_
        self.name = format_.name

    def to_markdown(self, text: str, refs: Refs = NOTHING) -> str:
        source = self._format.clean(text)
        if not source:
            return ""
        if len(source) > self._format.longest:
            return self._unpacked_whole(source, refs) or write_markdown((self._kept(source),))
        for attempt in (self._as_read, self._with_parts_kept):
            try:
                markdown = attempt(source, refs)
                if self._returns(markdown, refs):
                    return markdown
            except (TooDeep, RecursionError):
                pass
        return write_markdown((self._kept(source),))

    def from_markdown(self, markdown: str, refs: Refs = NOTHING) -> str:
        blocks = _blocks(markdown)
        source = self._format.join([self._source(block, refs) for block in blocks])
        kept = len(blocks) == 1 and isinstance(blocks[0], CodeBlock | Verbatim)
        if len(source) <= self._format.longest or kept:
            return source
        return self._format.join([self._packed(write_markdown(blocks), refs)])

    def rewrite(self, now: str, markdown: str, refs: Refs = NOTHING) -> str:
        """The text that says `markdown`, given the one that is there now: what was not edited stays as it is, letter
        by letter; all of it, where it says that already."""
        here = self.to_markdown(now, refs)
        if here == markdown:
            return now
        written = self.from_markdown(markdown, refs)
        wanted = self.to_markdown(written, refs)
        return now if here == wanted else self._patched(now, markdown, wanted, refs) or written

    def _patched(self, now: str, markdown: str, wanted: str, refs: Refs) -> str | None:
        """With the sources of the blocks that are as they were."""
        try:
            pieces, blocks = self._read(self._format.clean(now), refs), read_markdown(markdown)
        except (TooDeep, RecursionError):
            return None
        if not pieces or max(len(pieces), len(blocks)) > COMPARED:
            return None
        here = [write_markdown(normal(piece.blocks)) for piece in pieces]
        there = [write_markdown((block,)) for block in blocks]
        sources: list[str] = []
        for kind, i1, i2, j1, j2 in SequenceMatcher(None, here, there, autojunk=False).get_opcodes():
            if kind == "equal":
                sources += [piece.source for piece in pieces[i1:i2]]
            else:
                sources += [self._source(block, refs) for block in blocks[j1:j2]]
        patched = self._format.join(sources)
        return patched if self.to_markdown(patched, refs) == wanted else None

    def _as_read(self, source: str, refs: Refs) -> str:
        return write_markdown(normal(block for piece in self._read(source, refs) for block in piece.blocks))

    def _with_parts_kept(self, source: str, refs: Refs) -> str:
        blocks: list[Block] = []
        for piece in self._read(source, refs):
            markdown = write_markdown(normal(piece.blocks))
            stands = self._as_read(self.from_markdown(markdown, refs), refs) == markdown
            blocks += piece.blocks if stands else [self._kept(piece.source)]
        return write_markdown(normal(blocks))

    def _returns(self, markdown: str, refs: Refs) -> bool:
        """Whether `markdown` is what the text is read as that it is written as."""
        source = self.from_markdown(markdown, refs)
        if len(source) > self._format.longest:
            return False
        first = self._as_read(source, refs)
        if first == markdown:
            return True
        stable = self._as_read(self.from_markdown(first, refs), refs) == first
        return not stable and self._with_parts_kept(source, refs) == markdown

    def _kept(self, source: str) -> CodeBlock:
        return CodeBlock(source, f"kept-{self.name}")

    def _read(self, source: str, refs: Refs) -> list[Piece]:
        pieces = self._format.read(source, refs) if source else ()
        return [replace(piece, blocks=self._understood(piece.blocks, refs)) for piece in pieces]

    def _understood(self, blocks: Blocks, refs: Refs) -> Blocks:
        out: list[Block] = []
        for block in blocks:
            if isinstance(block, CodeBlock) and block.info in (KEPT, KEPT_ESCAPED):
                out += _unpacked(unescape(block.text) if block.info == KEPT_ESCAPED else block.text)
            else:
                out.append(neutral(block, refs))
        return normal(out)

    def _unpacked_whole(self, source: str, refs: Refs) -> str:
        """The Markdown of a text that is nothing but Markdown which was kept; empty where it is not."""
        if KEPT not in source[:HEAD]:
            return ""
        match [block for piece in self._format.read(source, refs) for block in piece.blocks]:
            case [CodeBlock(text, info)] if info in (KEPT, KEPT_ESCAPED):
                return write_markdown(_unpacked(unescape(text) if info == KEPT_ESCAPED else text))
        return ""

    def _source(self, block: Block, refs: Refs) -> str:
        """A block in the tracker's words."""
        block = self._format.accepted(block)
        if (
            isinstance(block, CodeBlock)
            and block.info == f"kept-{self.name}"
            and (kept := self._format.restored(block.text))
        ):
            return kept
        if not isinstance(block, Verbatim):
            for careful in (False, True):
                source = self._tried(block, refs, careful=careful)
                if source is not None and self._says(source, block, refs):
                    return source
        return self._packed(write_markdown((block,)), refs)

    def _packed(self, markdown: str, refs: Refs) -> str:
        """Markdown as it is, in a code block."""
        kept = CodeBlock(markdown, KEPT)
        source = self._tried(kept, refs, careful=False)
        if source is not None and self._holds(source, kept, refs):
            return source
        packed = escape(markdown, quote=False)
        for sign in "{}@|":
            packed = packed.replace(sign, f"&#{ord(sign)};")
        return self._format.write(CodeBlock(packed, KEPT_ESCAPED), refs, careful=False)

    def _holds(self, source: str, kept: CodeBlock, refs: Refs) -> bool:
        return [block for piece in self._format.read(self._format.clean(source), refs) for block in piece.blocks] == [
            kept
        ]

    def _tried(self, block: Block, refs: Refs, *, careful: bool) -> str | None:
        try:
            return self._format.write(localised(block, refs), refs, careful=careful)
        except Inexpressible:
            return None

    def _says(self, source: str, block: Block, refs: Refs) -> bool:
        """Whether a text says this and no more."""
        try:
            blocks = normal(one for piece in self._read(self._format.clean(source), refs) for one in piece.blocks)
        except TooDeep:
            return False
        return blocks == (block,)


def canonical(markdown: str) -> str:
    """Markdown in the one spelling that all converters give."""
    return write_markdown(_blocks(markdown))


def _blocks(markdown: str) -> Blocks:
    return _unpacked(tidy(markdown))


def _unpacked(markdown: str) -> Blocks:
    """Of Markdown; what can't be looked into is one block."""
    if whole := WHOLE.fullmatch(markdown):
        return (CodeBlock(whole["text"], whole["info"]),)
    try:
        if len(markdown) <= 2 * LONGEST:
            return settled(read_markdown(markdown))
    except (TooDeep, RecursionError):
        pass
    return (Verbatim(markdown),)
