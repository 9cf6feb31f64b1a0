"""The named queries of `queries/`, bound to one connection of a driver."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import aiosql

QUERIES = Path(__file__).parent / "queries"


@cache
def load(dialect: str, adapter: str) -> Any:
    """All queries: those that both databases share, and those written for `dialect` (sqlite, postgresql)."""
    files = [*sorted(QUERIES.glob("common/*.sql")), QUERIES / "dialect" / f"{dialect}.sql"]
    return aiosql.from_str("\n".join(file.read_text("utf-8") for file in files), adapter)


class Statements:
    """Calls a query by its name: `statements.head(twin_id=..., direction=...)`.

    A plain select gives an iterator of tuples, `^` one tuple or None, `$` its first value, `!` the number of rows.
    """

    def __init__(self, queries: Any, connection: Any) -> None:
        self._queries, self._connection = queries, connection

    def __getattr__(self, name: str) -> Callable[..., Any]:
        bound = partial(getattr(self._queries, name), self._connection)
        setattr(self, name, bound)
        return bound
