"""A TOML file as data, and where in the file each key stands."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tree_sitter_toml
from tree_sitter import Language, Node, Parser, Point

from accord.errors import ConfigurationInvalid

Key = tuple[str | int, ...]
# A key, where it stands, and whether it stands there itself (or only keys within it do).
Found = tuple[Key, Point, bool]
KEYS = ("bare_key", "quoted_key", "dotted_key")
CONDITIONS = ("when", "unless", "unsync_when")
LARGEST = 4 * 2**20


@dataclass(frozen=True)
class Position:
    """A line and a column of the file, both from 1."""

    line: int = 1
    column: int = 1


@dataclass(frozen=True)
class Document:
    """A parsed file. `positions` has a key's own place for every key path in it."""

    path: Path
    data: dict[str, Any]
    positions: dict[Key, Position] = field(default_factory=dict)

    def position(self, key: Sequence[str | int]) -> tuple[Position, Key]:
        """Where a key stands, or else the nearest table around it that is in the file; and which key that is."""
        for length in range(len(key), 0, -1):
            for spelled in _spellings(tuple(key[:length])):
                if spelled in self.positions:
                    return self.positions[spelled], spelled
        return Position(), ()


def read(path: Path) -> Document:
    """Raises ConfigurationInvalid with line and column if the file can't be read or is no TOML."""
    return parsed(_text(path), path)


def parsed(text: str, path: Path) -> Document:
    """Like `read`, for text that is there already."""
    try:
        data = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as broken:
        raise _syntax_error(path, str(broken)) from None
    lines = text.encode().split(b"\n")
    points: dict[Key, Point] = {}
    for key, point, own in _keys(text):
        if own or key not in points:
            points[key] = point
    return Document(path, data, {key: _position(point, lines) for key, point in points.items()})


def _text(path: Path) -> str:
    name = str(path)
    if path.is_dir():
        raise ConfigurationInvalid("This is a folder.", file=name, remedy=f"Name the file: {path / 'accord.toml'}")
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigurationInvalid("There is no such file.", file=name, remedy="Make one: accord init") from None
    except OSError as unreadable:
        raise ConfigurationInvalid(f"The file can't be read: {unreadable.strerror}.", file=name) from None
    if len(raw) > LARGEST:
        raise ConfigurationInvalid(f"The file is larger than {LARGEST // 2**20} MB.", file=name)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        line = raw.count(b"\n", 0, broken.start) + 1
        raise ConfigurationInvalid(
            "This is not UTF-8 text.", file=name, line=line, remedy="Save it as UTF-8."
        ) from None
    if not text.strip():
        raise ConfigurationInvalid("The file is empty.", file=name, line=1, remedy="Make one: accord init")
    return text


def _syntax_error(path: Path, message: str) -> ConfigurationInvalid:
    """The reader tells the place only in its message."""
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    remedy = None
    if "overwrite" in message or "twice" in message or "mutate" in message:
        remedy = "A key or a table may be given only once: merge the two."
    return ConfigurationInvalid(
        f"The file is not valid TOML: {re.sub(r' *[(]at .*[)]$', '', message)}.",
        file=str(path),
        line=int(found[1]) if found else None,
        column=int(found[2]) if found else None,
        remedy=remedy,
    )


def _keys(text: str) -> Iterator[Found]:
    root = Parser(Language(tree_sitter_toml.language())).parse(text.encode()).root_node
    arrays: dict[Key, int] = {}
    for node in root.children:
        if node.type == "pair":
            yield from _pair(node, ())
        elif node.type in ("table", "table_array_element"):
            yield from _table(node, arrays)


def _table(node: Node, arrays: dict[Key, int]) -> Iterator[Found]:
    header = next(child for child in node.children if child.type in KEYS)
    name: Key = _resolved(_names(header), arrays)
    if node.type == "table_array_element":
        arrays[name] = arrays.get(name, -1) + 1
        name = (*name, arrays[name])
    yield from _prefixes(name, 0, header.start_point)
    for child in node.children:
        if child.type == "pair":
            yield from _pair(child, name)


def _resolved(names: Key, arrays: dict[Key, int]) -> Key:
    """In `[[a]]` followed by `[a.b]`, `a` is the last one."""
    resolved: Key = ()
    for index, name in enumerate(names):
        resolved = (*resolved, name)
        if resolved in arrays and index < len(names) - 1:
            resolved = (*resolved, arrays[resolved])
    return resolved


def _pair(node: Node, around: Key) -> Iterator[Found]:
    key = node.children[0]
    full = (*around, *_names(key))
    yield from _prefixes(full, len(around), key.start_point)
    yield from _value(node.children[-1], full)


def _value(node: Node, key: Key) -> Iterator[Found]:
    if node.type == "inline_table":
        for child in node.children:
            if child.type == "pair":
                yield from _pair(child, key)
    elif node.type == "array":
        elements = [child for child in node.children if child.is_named and child.type != "comment"]
        for index, element in enumerate(elements):
            yield (*key, index), element.start_point, True
            yield from _value(element, (*key, index))


def _prefixes(key: Key, known: int, point: Point) -> Iterator[Found]:
    for length in range(known + 1, len(key) + 1):
        yield key[:length], point, length == len(key)


def _names(key: Node) -> Key:
    """The reader itself takes a key apart: quotes, escapes and dots."""
    names: list[str] = []
    parsed: Any = tomllib.loads(f"{(key.text or b'').decode()} = 0")
    while isinstance(parsed, dict):
        name, parsed = next(iter(parsed.items()))
        names.append(name)
    return tuple(names)


def _position(point: Point, lines: list[bytes]) -> Position:
    """The parser counts columns in bytes, people in characters."""
    return Position(point.row + 1, len(lines[point.row][: point.column].decode(errors="replace")) + 1)


def _spellings(key: Key) -> Iterator[Key]:
    """A key within the data as it may be written: `fields.severity` as two keys or, quoted, as one; one entry without
    a list around it; pairs of people in their table itself; the path of a condition taken apart at its dots."""
    yield key
    for index, part in enumerate(key):
        before, after = key[:index], key[index + 1 :]
        if part == "fields" and after:
            yield from _spellings((*before, f"fields.{after[0]}", *after[1:]))
        elif part == "pairs" or part == 0:
            yield from _spellings((*before, *after))
        elif part in CONDITIONS and after and "." in str(after[0]):
            yield from _taken_apart((*before, part), str(after[0]))


def _taken_apart(before: Key, path: str) -> Iterator[Key]:
    """`theirs.fields.severity` is up to three keys."""
    names = path.split(".")
    for length in range(1, len(names)):
        first, rest = names[:length], ".".join(names[length:])
        yield (*before, *first, rest)
