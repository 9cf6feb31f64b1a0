"""One canonical spelling of TOML data, so that two texts differ only where what they say does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any

WIDTH = 100


def canonical(data: Mapping[str, Any]) -> str:
    """Data of `tomllib` as TOML: keys in the order given, a setting a line, longer tables under headers of their own.

    What it gives reads as the same data. Raises TypeError for what TOML can't hold.
    """
    return "\n".join(_table((), data)).strip() + "\n" if data else ""


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> Iterator[str]:
    apart = {name for name, value in table.items() if isinstance(value, Mapping) and _stands_apart(path, name, value)}
    own = [name for name in table if name not in apart]
    if path and (own or not table):
        yield f"\n[{'.'.join(map(_key, path))}]"
    for name in own:
        yield from _line(name, table[name])
    for name in table:
        if name in apart:
            yield from _table((*path, name), table[name])


def _stands_apart(path: tuple[str, ...], name: str, table: Mapping[str, Any]) -> bool:
    return not path or len(f"{_key(name)} = {_inline(table)}") > WIDTH


def _line(name: str, value: Any) -> Iterator[str]:
    line = f"{_key(name)} = {_inline(value)}"
    if isinstance(value, list) and len(line) > WIDTH:
        yield f"{_key(name)} = ["
        yield from (f"  {_inline(one)}," for one in value)
        yield "]"
    else:
        yield line


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{ {', '.join(f'{_key(k)} = {_inline(v)}' for k, v in value.items())} }}" if value else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_inline, value))}]"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    raise TypeError(f"TOML can't hold {type(value).__name__}.")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _text(name)


def _text(text: str) -> str:
    # What JSON escapes, TOML reads alike; only the delete character is TOML's alone.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
