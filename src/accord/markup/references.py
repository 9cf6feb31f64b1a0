"""People and files that a text names: each tracker knows them by names of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from accord.markup.tree import (
    Block,
    Heading,
    Image,
    Inline,
    Inlines,
    Link,
    ListBlock,
    Marked,
    Mention,
    Paragraph,
    Quote,
    Styled,
    Table,
    Text,
)

Lookup = Callable[[str], str | None]
NAME = re.compile(r"(?<![\w@/.&=?#-])@([A-Za-z0-9](?:[\w.+-]*[A-Za-z0-9_])?)")
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|/|#|\?")


def nothing(_: str) -> None:
    """Knows nobody and no file."""
    return


@dataclass(frozen=True)
class Refs:
    """How a tracker's accounts and files are called in Markdown, and back.

    `name_of`: an account to the name behind `@`; `account_of`: back. `file_of`: what an image or a link leads to (an
    address, an id, a name) to the name of the attachment that it is; `target_of`: back. All give None for what they
    don't know: then the text stays as it is.
    """

    name_of: Lookup = nothing
    account_of: Lookup = nothing
    file_of: Lookup = nothing
    target_of: Lookup = nothing


NOTHING = Refs()


def neutral(block: Block, refs: Refs) -> Block:
    """With files by their names. Mentions are read by the formats themselves."""

    def one(node: Inline) -> Inlines:
        if isinstance(node, Image | Link):
            name = refs.file_of(node.url) if refs.file_of is not nothing else None
            return (replace(node, url=quote(name, safe="")),) if name else (node,)
        return (node,)

    return block if refs is NOTHING else changed(block, one)


def localised(block: Block, refs: Refs) -> Block:
    """With files as the tracker finds them, and `@name` as a Mention where the tracker knows them."""

    def one(node: Inline) -> Inlines:
        if isinstance(node, Text):
            return _mentions(node.text, refs)
        if isinstance(node, Image | Link) and not ADDRESS.match(node.url):
            target = refs.target_of(unquote(node.url))
            return (replace(node, url=target),) if target else (node,)
        return (node,)

    return block if refs is NOTHING else changed(block, one)


def _mentions(text: str, refs: Refs) -> Inlines:
    out: list[Inline] = []
    done = 0
    for found in NAME.finditer(text):
        account = refs.account_of(found[1])
        if account is not None:
            out += [Text(text[done : found.start()]), Mention(account, found[1])]
            done = found.end()
    out.append(Text(text[done:]))
    return tuple(node for node in out if node != Text(""))


def changed(block: Block, one: Callable[[Inline], Inlines]) -> Block:
    """With other nodes for those between text, from the inside out."""
    match block:
        case Paragraph(inlines) | Heading(_, inlines):
            return replace(block, inlines=_each(inlines, one))
        case Quote(blocks):
            return Quote(tuple(changed(inner, one) for inner in blocks))
        case ListBlock(items, start):
            new = [replace(item, blocks=tuple(changed(inner, one) for inner in item.blocks)) for item in items]
            return ListBlock(tuple(new), start)
        case Table(rows, aligns):
            return Table(tuple(tuple(_each(cell, one) for cell in row) for row in rows), aligns)
        case _:
            return block


def _each(inlines: Inlines, one: Callable[[Inline], Inlines]) -> Inlines:
    out: list[Inline] = []
    for node in inlines:
        if isinstance(node, Styled | Link | Marked):
            node = replace(node, inlines=_each(node.inlines, one))
        out += one(node)
    return tuple(out)
