"""What one value becomes on its way out or in, by its entry of the table."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import JsonValue

from accord.errors import RuleFailed
from accord.model import Person, is_empty
from accord.rules.table import Scalar, ValueEntry


def send_value(entry: ValueEntry, value: Any, key: str, url: str | None) -> Any:
    """As the other side is told it."""
    if entry.constant is not None:
        return entry.constant
    value = _paired(entry.send_values, value)
    return value if entry.template is None else fill(entry.template, value, key, url)


def receive_value(entry: ValueEntry, value: Any, key: str | None, url: str | None, path: str) -> Any:
    """As it should be here. Raises RuleFailed for a value in no pair of a strict entry."""
    if entry.constant is not None:
        return entry.constant
    value = _translated(entry, value, path)
    if entry.template is not None:
        value = fill(entry.template, value, key, url)
    return cut(value, entry.max_length)


def reads_value(entry: ValueEntry) -> bool:
    """Whether what it becomes depends on the field at all; a constant or a link to the other item does not."""
    return entry.constant is None and (entry.template is None or "{value}" in entry.template)


def fill(template: str, value: Any, key: str | None, url: str | None) -> str:
    """The template with its placeholders filled; what is empty leaves nothing."""
    return template.format(value="" if value is None else as_text(value), key=key or "", url=url or "")


def cut(value: Any, longest: int | None) -> Any:
    """Text of at most `longest` characters; a cut shows as an ellipsis."""
    if longest is None or not isinstance(value, str) or len(value) <= longest:
        return value
    return value[: longest - 1].rstrip() + "…"


def as_text(value: Any) -> str:
    """How a value is written as the key of a pair: text as it is, the rest as JSON (`3`, `true`)."""
    return value if isinstance(value, str) else json.dumps(to_json(value), ensure_ascii=False)


def to_json(value: Any) -> JsonValue:
    """People and dates as they travel in free-form fields."""
    if isinstance(value, Person):
        return value.model_dump(mode="json")
    return value.isoformat() if isinstance(value, date) else value


def nearest(name: str, names: Mapping[str, Any] | list[str]) -> str:
    """`Did you mean ...?`, or what there is to choose from."""
    known = list(names)
    close = difflib.get_close_matches(name, known, n=2, cutoff=0.5)
    if close:
        return f"Did you mean {' or '.join(repr(one) for one in close)}?"
    return f"Known: {', '.join(repr(one) for one in known[:12])}." if known else ""


def _paired(pairs: Mapping[str, Scalar], value: Any) -> Any:
    if not pairs:
        return value
    if isinstance(value, list):
        return [_paired(pairs, one) for one in value]
    return pairs.get("" if is_empty(value) else as_text(value), value)


def _translated(entry: ValueEntry, value: Any, path: str) -> Any:
    if not entry.values:
        return value
    if isinstance(value, list):
        return [_translated(entry, one, path) for one in value]
    text = "" if is_empty(value) else as_text(value)
    if text in entry.values or not text:
        return entry.values.get(text, value)
    if entry.strict:
        raise RuleFailed(
            f"{path} received {text[:80]!r}, which is in no pair of its values.",
            field=path,
            value=text,
            remedy=f"Add a pair for it, or a default. {nearest(text, entry.values)}".strip(),
        )
    return value if entry.default is None else entry.default
