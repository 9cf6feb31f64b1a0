"""Where a mapping table is written, so that its errors can say so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from accord.errors import RuleFailed


@dataclass(frozen=True)
class Origin:
    """The file, and the line of each entry by path (`status`; of several, `status[1]` for the second)."""

    file: str | None = None
    lines: Mapping[str, int] = field(default_factory=dict)

    def line(self, path: str, index: int = 0) -> int | None:
        """The entry's line, or else that of the first one for the path."""
        return self.lines.get(f"{path}[{index}]") or self.lines.get(path)


@contextmanager
def at_entry(origin: Origin, path: str, index: int) -> Iterator[None]:
    """What fails within gets the entry's place."""
    try:
        yield
    except RuleFailed as failed:
        failed.file, failed.line = origin.file, origin.line(path, index)
        raise
