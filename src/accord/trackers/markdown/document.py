"""A Markdown file with YAML front matter, and where in it everything stands."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import JsonValue
from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from accord.errors import ItemBroken

OPENING = re.compile(r"---[ \t]*(?:\r?\n|\Z)")
CLOSING = re.compile(r"^---[ \t]*\r?(?:\n|\Z)", re.MULTILINE)
BLANK_LINES = re.compile(r"(?:[ \t]*\r?\n)*")
HALF_CHARACTER = re.compile(r"[\ud800-\udfff]")
BOM = "\ufeff"
DEEPEST = 40
MOST_NODES = 20_000
LARGEST_YAML = 512 * 1024
LARGEST_INTEGER = 2**63
YAML_TAG = "tag:yaml.org,2002:"


@dataclass(frozen=True)
class Entry:
    """A top-level key with its value, as nodes that know their place in the YAML text."""

    key: Any
    value: Any


@dataclass(frozen=True)
class Document:
    """A file, taken apart: `opening + yaml + closing + body` is its text.

    `file` is its name for messages; a file without front matter has no `opening`. `markdown` is false for a file that
    is YAML only. `flow` tells that all keys stand in one pair of braces.
    """

    file: str
    opening: str
    yaml: str
    closing: str
    body: str
    entries: dict[str, Entry] = field(default_factory=dict)
    flow: bool = False
    markdown: bool = True

    @classmethod
    def new(cls, file: str) -> Document:
        """A Markdown file that holds nothing yet."""
        return cls(file, "---\n", "", "---\n", "")

    @property
    def text(self) -> str:
        return self.opening + self.yaml + self.closing + self.body

    @property
    def newline(self) -> str:
        """How this file ends its lines."""
        return "\r\n" if "\r\n" in self.text[: self.text.find("\n") + 1] else "\n"

    @property
    def description(self) -> str | None:
        """The body without the blank lines around it, lines ended by a line feed."""
        return canonical(self.body)

    def line(self, name: str) -> int | None:
        """Where a key stands in the file, from 1."""
        entry = self.entries.get(name)
        return self.line_of(entry.key) if entry else None

    def line_of(self, node: Any) -> int:
        return int(node.start_mark.line) + self.opening.count("\n") + 1

    def value(self, name: str) -> JsonValue:
        """A key's value as JSON, dates as they are written; None if there is no such key. Raises ItemBroken."""
        entry = self.entries.get(name)
        return None if entry is None else self.plain(entry.value)

    def raw(self, name: str) -> str | None:
        """A key's value as it is written (`1.10` stays that); None if it is empty, ItemBroken if it is no text."""
        entry = self.entries.get(name)
        return None if entry is None else self.scalar(entry.value, name)

    def scalar(self, node: Any, name: str) -> str | None:
        """The text of one value of `name`."""
        if not isinstance(node, ScalarNode):
            remedy = f"Write {name}: and a text, in quotes if it begins with a bracket."
            raise self.broken(f"{name} must be one text, not a list or a table.", name, self.line_of(node), remedy)
        return None if node.tag == f"{YAML_TAG}null" else self.sound(node)

    def sound(self, node: Any) -> str:
        """The text of a node. Raises ItemBroken for halves of characters, which YAML can express in escapes."""
        text = str(node.value)
        if HALF_CHARACTER.search(text):
            raise self.broken("This text holds half a character.", line=self.line_of(node))
        return text

    def items(self, name: str) -> list[Any]:
        """The nodes of a list. Raises ItemBroken if the value is not a list."""
        entry = self.entries.get(name)
        if entry is None or (isinstance(entry.value, ScalarNode) and entry.value.tag == f"{YAML_TAG}null"):
            return []
        if not isinstance(entry.value, SequenceNode):
            raise self.broken(f"{name} must be a list.", name, self.line(name), f"Write {name}: [one, two].")
        return list(entry.value.value)

    def plain(self, node: Any) -> JsonValue:
        """A node as JSON."""
        return _Plain(self).of(node, 0)

    def broken(self, message: str, name: str | None = None, line: int | None = None, remedy: str = "") -> ItemBroken:
        return ItemBroken(message, remedy=remedy or None, file=self.file, line=line, field=name)


def parse(data: bytes, file: str) -> Document:
    """A Markdown file. Raises ItemBroken with line and remedy if its front matter can't be understood."""
    text = decode(data, file)
    start = len(BOM) if text.startswith(BOM) else 0
    opening = OPENING.match(text, start)
    if not opening:
        return Document(file, text[:start], "", "", text[start:])
    closing = CLOSING.search(text, opening.end())
    if not closing:
        raise ItemBroken(
            "The front matter has a beginning but no end.",
            remedy="Close it with a line of three dashes.",
            file=file,
            line=1,
        )
    front, body = text[opening.end() : closing.start()], text[closing.end() :]
    return _with_entries(Document(file, text[: opening.end()], front, closing[0], body))


def parse_yaml(data: bytes, file: str) -> Document:
    """A file that is YAML only. Raises ItemBroken."""
    return _with_entries(Document(file, "", decode(data, file), "", "", markdown=False))


def decode(data: bytes, file: str) -> str:
    """Raises ItemBroken with the line if it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as wrong:
        raise ItemBroken(
            f"This is not UTF-8: byte {data[wrong.start]:#04x}.",
            remedy="Save the file as UTF-8.",
            file=file,
            line=data.count(b"\n", 0, wrong.start) + 1,
        ) from None


def canonical(body: str) -> str | None:
    """A text without the blank lines around it, lines ended by a line feed; None if nothing is left."""
    body = body.replace("\r\n", "\n")
    return body[_end_of_blank_lines(body) :].rstrip() or None


def split_body(body: str) -> tuple[str, str, str]:
    """The blank lines before the text, the text, and the white space after it."""
    start = _end_of_blank_lines(body)
    text = body[start:].rstrip()
    return body[:start], text, body[start + len(text) :]


def _end_of_blank_lines(text: str) -> int:
    found = BLANK_LINES.match(text)
    return found.end() if found else 0


def _with_entries(document: Document) -> Document:
    root = _compose(document)
    if root is None:
        return document
    if not isinstance(root, MappingNode):
        raise document.broken("This is not a list of `key: value`.", line=document.line_of(root))
    entries: dict[str, Entry] = {}
    for key, value in root.value:
        if not isinstance(key, ScalarNode):
            raise document.broken("A key must be one word.", line=document.line_of(key))
        name = document.sound(key)
        if name in entries:
            raise document.broken(f"{name} is there twice.", name, document.line_of(key), "Remove one of them.")
        entries[name] = Entry(key, value)
    return replace(document, entries=entries, flow=bool(root.flow_style))


def _compose(document: Document) -> Node | None:
    if len(document.yaml) > LARGEST_YAML:
        raise document.broken(f"This is more than {LARGEST_YAML // 1024} kB of YAML.", line=1)
    try:
        node: Node | None = YAML(typ="safe", pure=True).compose(document.yaml)
    except Exception as wrong:  # the parser raises more than its own errors on input that nobody thought of
        mark = getattr(wrong, "problem_mark", None) or getattr(wrong, "context_mark", None)
        problem = getattr(wrong, "problem", None) or getattr(wrong, "reason", None) or "this can't be understood"
        line = document.opening.count("\n") + 1 + (int(mark.line) if mark else 0)
        raise document.broken(
            f"Not valid YAML: {problem}.", line=line, remedy="Put texts with special characters in quotes."
        ) from None
    return node


class _Plain:
    """Nodes to JSON. References may make a small file mean a huge or endless value: both are refused."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._left = MOST_NODES

    def of(self, node: Any, depth: int) -> JsonValue:
        self._left -= 1
        if depth > DEEPEST or self._left < 0:
            raise self._document.broken("This value is too large.", line=self._document.line_of(node))
        if isinstance(node, SequenceNode):
            return [self.of(part, depth + 1) for part in node.value]
        if isinstance(node, MappingNode):
            return dict(self._pairs(node, depth))
        return _scalar(self._document.sound(node), str(node.tag))

    def _pairs(self, node: MappingNode, depth: int) -> Iterator[tuple[str, JsonValue]]:
        for key, value in node.value:
            name = self._document.sound(key) if isinstance(key, ScalarNode) else str(self.of(key, depth + 1))
            yield name, self.of(value, depth + 1)


def _scalar(text: str, tag: str) -> JsonValue:
    kind = tag.removeprefix(YAML_TAG)
    if kind == "null":
        return None
    if kind == "bool":
        return text.casefold() in {"true", "yes", "on"}
    try:
        if kind == "int":
            whole = int(text, 10) if text.lstrip("+-").isdigit() else int(text, 0)
            return whole if abs(whole) < LARGEST_INTEGER else text
        if kind == "float" and not any(letter in text for letter in "nN_:"):
            number = float(text)
            return number if math.isfinite(number) else text
    except ValueError:
        pass
    return text
