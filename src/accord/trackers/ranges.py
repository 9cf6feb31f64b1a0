"""Sets of numbers as short texts, for cursors."""

from __future__ import annotations

from collections.abc import Iterable


def ranges(ids: Iterable[int]) -> str:
    """`1-4,7` for 1, 2, 3, 4 and 7."""
    runs: list[list[int]] = []
    for id_ in sorted(ids):
        if runs and runs[-1][1] == id_ - 1:
            runs[-1][1] = id_
        else:
            runs.append([id_, id_])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def parse_ranges(text: str) -> set[int]:
    ids: set[int] = set()
    for run in text.split(",") if text else []:
        first, _, last = run.partition("-")
        ids.update(range(int(first), int(last or first) + 1))
    return ids
