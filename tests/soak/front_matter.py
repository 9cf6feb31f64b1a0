"""Front matter as a person edits it: one key's lines replaced by hand, all other lines left alone."""

from __future__ import annotations

import json
import re
from typing import Any

from ruamel.yaml import YAML

FENCE = "---"


class Unreadable(Exception):
    """A file that has no front matter, or a broken one."""


def split(text: str) -> tuple[str, str]:
    """The lines between the fences, and the body without the line ends around it."""
    text = text.replace("\r\n", "\n")
    if not text.startswith(f"{FENCE}\n"):
        return "", text.strip("\n")
    head, fence, body = text[len(FENCE) + 1 :].partition(f"\n{FENCE}\n")
    if not fence:
        head, fence, body = text[len(FENCE) + 1 :].partition(f"\n{FENCE}")
    if not fence:
        raise Unreadable("the front matter is not closed")
    return head, body.strip("\n")


def parse(text: str) -> tuple[dict[str, Any], str]:
    """Keys and body. Raises Unreadable."""
    head, body = split(text)
    try:
        data = YAML(typ="safe", pure=True).load(head) or {}
    except Exception as broken:
        raise Unreadable(str(broken)) from broken
    if not isinstance(data, dict):
        raise Unreadable("the front matter is no mapping")
    return data, body


def with_key(text: str, name: str, value: Any) -> str:
    """The file with one key set; None takes it out."""
    head, _ = split(text)
    tail = text[text.index(head, len(FENCE)) + len(head) :]
    lines = head.split("\n")
    start = next((i for i, line in enumerate(lines) if re.match(rf"{re.escape(name)}\s*:", line)), len(lines))
    end = start + 1
    while end < len(lines) and re.match(r"[ \t-]|$", lines[end]):
        end += 1
    new = [] if value is None else [f"{name}: {json.dumps(value, ensure_ascii=False)}"]
    return f"{FENCE}\n" + "\n".join([*lines[:start], *new, *lines[end:]]) + tail


def with_body(text: str, body: str) -> str:
    """The file with another body."""
    head, _ = split(text)
    return f"{FENCE}\n{head}\n{FENCE}\n\n{body}\n" if head else f"{body}\n"


def compose(keys: dict[str, Any], body: str) -> str:
    """A new file; keys that are None are left out."""
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in keys.items() if value is not None]
    return "\n".join([FENCE, *lines, FENCE, "", body]) + "\n"
