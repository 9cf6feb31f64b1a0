"""How values are written: as text in the file, as JSON on the way."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from pydantic import JsonValue

from accord.model import Person

Scalar = str | bool | int | float
BETWEEN_LEVELS = " / "


def as_text(value: Any) -> str:
    """How a value is written as the key of a pair: text as it is, the rest as JSON (`3`, `true`)."""
    return value if isinstance(value, str) else json.dumps(to_json(value), ensure_ascii=False, default=str)


def as_shown(value: Any) -> str:
    """How a value reads within a text: people by what they are called, several things in a row, nothing as nothing."""
    if value is None:
        return ""
    if isinstance(value, Person):
        return value.label()
    if isinstance(value, dict):
        called = [value.get(name) for name in ("name", "username", "email")]
        return next((name for name in called if isinstance(name, str) and name), as_text(value))
    if isinstance(value, list | tuple):
        return ", ".join(as_shown(part) for part in value)
    return value.isoformat() if isinstance(value, date) else as_text(value)


def to_json(value: Any) -> JsonValue:
    """People and dates as they travel in free-form fields."""
    if isinstance(value, Person):
        return value.model_dump(mode="json")
    return value.isoformat() if isinstance(value, date) else value
