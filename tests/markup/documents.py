"""The corpus: nasty documents by name, a file a markup. A line that begins with `%% ` names what follows it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from accord.markup import ADF, HTML, JIRA, TEXTILE, Markup, Refs, sanitised

FOLDER = Path(__file__).parent / "corpus"
MARKUPS: dict[str, Markup] = {"textile": TEXTILE, "jira": JIRA, "html": HTML, "adf": ADF}
REFS = Refs(
    name_of={"5b10": "alice", "alice": "alice"}.get,
    account_of={"alice": "5b10"}.get,
    file_of={"m1": "my shot.png", "my shot.png": "my shot.png"}.get,
    target_of={"my shot.png": "m1"}.get,
)
# Words of the markups themselves.
OWN = {
    "textile": {"pre", "code", "class", "kbd", "nbsp", "copy", "amp"},
    "jira": {"code", "noformat", "quote", "nbsp", "amp", "alt", "smart", "link", "card", "mailto"},
    "markdown": {"br", "copy", "nbsp", "amp", "strong", "sub"},
    "html": set(),
    "adf": set(),
}


def documents(name: str) -> dict[str, str]:
    parts = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").split("%% ")[1:]
    return {title: text.removesuffix("\n") for title, _, text in (part.partition("\n") for part in parts)}


def words(text: str, name: str) -> set[str]:
    """What people read in a source."""
    if name == "html":
        text = re.sub(r"<[^<>]*>", " ", sanitised(text)).replace("&nbsp;", " ").replace("&amp;", "&")
    if name == "adf":
        try:
            told = json.loads(text)
        except ValueError:
            told = text
        text = " ".join(_texts(told)) if isinstance(told, dict | list) else str(told or "")
    return set(re.findall(r"[^\W_]{3,}", text.replace("%20", " "))) - OWN[name]


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("text"), str):
            yield node["text"]
        for value in node.values():
            yield from _texts(value)
    if isinstance(node, list):
        for value in node:
            yield from _texts(value)
