"""Changes to a file that leave every byte alone that they are not about: order, comments, quotes, line ends."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import JsonValue
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from accord.errors import ItemBroken, WriteRefused
from accord.trackers.markdown.document import BOM, YAML_TAG, Document, Entry, canonical, parse, parse_yaml, split_body
from accord.trackers.markdown.emit import emit


@dataclass(frozen=True)
class Edit:
    """What is to change. `values` by key (None empties it), lists member by member; `first` are new keys for the top.

    `removed` are keys that go altogether; `body` None leaves the text as it is, an empty one empties it.
    """

    values: Mapping[str, JsonValue] = field(default_factory=dict)
    first: Mapping[str, JsonValue] = field(default_factory=dict)
    removed: frozenset[str] = frozenset()
    added_to: Mapping[str, Sequence[str]] = field(default_factory=dict)
    removed_from: Mapping[str, Sequence[str]] = field(default_factory=dict)
    body: str | None = None


Splice = tuple[int, int, str]


def apply(document: Document, edit: Edit) -> bytes:
    """The file's new content. Raises WriteRefused where it can't be told apart what is to change from what is not."""
    changed = document
    splices = [
        *_value_splices(document, edit.values),
        *_list_splices(document, edit),
        *_removals(document, edit.removed),
    ]
    top = "".join(f"{_indent(document)}{_entry(document, name, value)}" for name, value in edit.first.items())
    new: dict[str, JsonValue] = {name: value for name, value in edit.values.items() if value is not None}
    new |= {name: [*members] for name, members in edit.added_to.items()}
    missing = {name: value for name, value in new.items() if name not in document.entries}
    bottom = "".join(f"{_indent(document)}{_entry(document, name, value)}" for name, value in missing.items())
    if splices or top or bottom:
        changed = _with_front_matter(document, splices, top, bottom)
    if edit.body is not None:
        changed = _with_body(changed, edit.body)
    return _checked(document, changed, edit)


def _with_front_matter(document: Document, splices: list[Splice], top: str, bottom: str) -> Document:
    if document.flow:
        raise _beyond(document, "its keys stand in one pair of braces. Put each on a line of its own")
    text, nl = document.yaml, document.newline
    for start, end, new in sorted(splices, reverse=True):
        text = text[:start] + new + text[end:]
    if bottom and text and not text.endswith("\n"):
        text += nl
    if document.opening.strip(BOM) or not document.markdown:
        return replace(document, yaml=top + text + bottom)
    dashes = f"---{nl}"
    return replace(document, opening=document.opening + dashes, yaml=top + text + bottom, closing=dashes)


def _with_body(document: Document, text: str) -> Document:
    before, _, after = split_body(document.body)
    nl = document.newline
    text = (canonical(text) or "").replace("\n", nl)
    if not text:
        return replace(document, body=before)
    closing, opening = document.closing, document.opening
    if closing and not closing.endswith("\n"):
        closing += nl
    if not opening.strip(BOM) and text.startswith("---"):
        # Without front matter of its own, this text would be taken for one.
        opening, closing = f"{opening}---{nl}", f"---{nl}"
    before = before or (nl if closing else "")
    return replace(document, opening=opening, closing=closing, body=before + text + (after or nl))


def _value_splices(document: Document, values: Mapping[str, JsonValue]) -> list[Splice]:
    there = ((document.entries[name], value) for name, value in values.items() if name in document.entries)
    return [_value_splice(document, entry, value) for entry, value in there]


def _value_splice(document: Document, entry: Entry, value: JsonValue) -> Splice:
    """Replaces one value where it stands; what follows it on its line stays."""
    colon, node = _after_colon(document, entry), entry.value
    if _is_null(node):
        return colon, colon, "" if value is None else f" {emit(value)}"
    end = _end_of(document, node)
    if value is None:
        return colon, end, ""
    if _is_block(node):
        return colon, end, f" {emit(value)}"
    return node.start_mark.index, end, emit(value)


def _list_splices(document: Document, edit: Edit) -> list[Splice]:
    splices: list[Splice] = []
    for name in {*edit.added_to, *edit.removed_from} & document.entries.keys():
        added, removed = edit.added_to.get(name, ()), edit.removed_from.get(name, ())
        entry, nodes = document.entries[name], document.items(name)
        kept = [node for node in nodes if node.value not in removed]
        new = [text for text in added if text not in {node.value for node in kept}]
        if len(kept) == len(nodes) and not new:
            continue
        if kept and isinstance(entry.value, SequenceNode) and _one_a_line(document, nodes):
            splices += _line_splices(document, nodes, kept, new)
        else:
            splices.append(_value_splice(document, entry, [*(str(node.value) for node in kept), *new]))
    return splices


def _line_splices(document: Document, nodes: list[Any], kept: list[Any], new: list[str]) -> list[Splice]:
    """Takes out the lines of members that go, and puts new ones after the last that stays."""
    splices: list[Splice] = []
    for node in nodes:
        if node not in kept:
            start, end = _line_around(document.yaml, node.start_mark.index)
            splices.append((start, end, ""))
    if new:
        start, end = _line_around(document.yaml, kept[-1].start_mark.index)
        dash = document.yaml[start : kept[-1].start_mark.index]
        missing = "" if document.yaml[start:end].endswith("\n") else document.newline
        lines = "".join(f"{dash}{emit(text)}{document.newline}" for text in new)
        splices.append((end, end, missing + lines))
    return splices


def _removals(document: Document, names: frozenset[str]) -> list[Splice]:
    splices = []
    for name in names & document.entries.keys():
        entry = document.entries[name]
        start, end = _line_around(document.yaml, entry.key.start_mark.index)
        if not _is_null(entry.value):
            _, end = _line_around(document.yaml, max(start, _end_of(document, entry.value) - 1))
        splices.append((start, end, ""))
    return splices


def _one_a_line(document: Document, nodes: list[Any]) -> bool:
    """Whether every member is a text after a dash on its own line."""
    for node in nodes:
        start, _ = _line_around(document.yaml, node.start_mark.index)
        before = document.yaml[start : node.start_mark.index]
        if not isinstance(node, ScalarNode) or _is_block(node) or before.strip() != "-":
            return False
        if node.start_mark.line != node.end_mark.line:
            return False
    return True


def _line_around(text: str, index: int) -> tuple[int, int]:
    """Start of the line, and of the next."""
    end = text.find("\n", index)
    return text.rfind("\n", 0, index) + 1, len(text) if end < 0 else end + 1


def _after_colon(document: Document, entry: Entry) -> int:
    return document.yaml.index(":", entry.key.end_mark.index) + 1


def _end_of(document: Document, node: Any) -> int:
    """Where a value ends. What is indented ends, for the parser, only where the next key begins."""
    start, end = int(node.start_mark.index), int(node.end_mark.index)
    if not _is_block(node):
        return end
    lines = document.yaml[start:end].splitlines(keepends=True)
    literal = isinstance(node, ScalarNode)
    while len(lines) > 1 and (not lines[-1].strip() or (not literal and lines[-1].lstrip().startswith("#"))):
        lines.pop()
    return start + len("".join(lines).rstrip("\r\n"))


def _is_block(node: Any) -> bool:
    if isinstance(node, ScalarNode):
        return node.style in {"|", ">"}
    return isinstance(node, MappingNode | SequenceNode) and not node.flow_style


def _is_null(node: Any) -> bool:
    return isinstance(node, ScalarNode) and node.tag == f"{YAML_TAG}null" and node.value == ""


def _indent(document: Document) -> str:
    first = next(iter(document.entries.values()), None)
    return " " * int(first.key.start_mark.column) if first else ""


def _entry(document: Document, name: str, value: JsonValue) -> str:
    return f"{emit(name)}: {emit(value)}{document.newline}"


def _checked(before: Document, after: Document, edit: Edit) -> bytes:
    """Reads what would be written: all that was to change has, and nothing else."""
    try:
        data = after.text.encode("utf-8")
        read = (parse if before.markdown else parse_yaml)(data, before.file)
        wanted = _wanted(before, edit)
        wrong = {name for name in wanted.keys() | read.entries.keys() if wanted.get(name) != read.value(name)}
    except UnicodeEncodeError:
        raise WriteRefused("This text holds what is no character.", file=before.file) from None
    except ItemBroken as broken:
        raise _beyond(before, broken.message) from broken
    if wrong:
        raise _beyond(before, f"{', '.join(sorted(wrong))} would not come out as meant")
    if read.description != (before.description if edit.body is None else canonical(edit.body)):
        raise _beyond(before, "the text would not come out as meant")
    return data


def _wanted(before: Document, edit: Edit) -> dict[str, JsonValue]:
    """What all keys should hold afterwards."""
    wanted = {name: before.value(name) for name in before.entries if name not in edit.removed}
    wanted |= {**edit.values, **edit.first}
    for name in {*edit.added_to, *edit.removed_from}:
        removed = edit.removed_from.get(name, ())
        members = [text for node in before.items(name) if (text := str(node.value)) not in removed]
        members += [text for text in edit.added_to.get(name, ()) if text not in members]
        wanted[name] = [*members] if members or name in before.entries else None
    return wanted


def _beyond(document: Document, why: str) -> WriteRefused:
    return WriteRefused(
        f"The front matter can't be changed without touching the rest of it: {why.rstrip('.')}.",
        remedy="Write one `key: value` a line, without references.",
        file=document.file,
    )
