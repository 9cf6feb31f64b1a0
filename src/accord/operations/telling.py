"""Results as JSON, the same by every face."""

from __future__ import annotations

from typing import Any

from pydantic_core import to_json


def as_json(data: Any) -> bytes:
    """Dataclasses are objects, times ISO 8601."""
    return to_json(data, fallback=str, inf_nan_mode="null")
