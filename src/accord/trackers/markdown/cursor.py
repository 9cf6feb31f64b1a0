"""Where somebody stands who asks for changes.

The number counts within one run of the connector only. Another run tells everything, with versions, and what is gone
by the keys that were there.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

FORMAT = 1


@dataclass(frozen=True)
class Cursor:
    """`run` names the run of the connector in which `number` counts; `keys` were there then."""

    run: str
    number: int
    keys: frozenset[str]

    def to_text(self) -> str:
        return json.dumps([FORMAT, self.run, self.number, _pack(self.keys)], separators=(",", ":"))

    @classmethod
    def from_text(cls, text: str) -> Cursor | None:
        """None for what is no cursor of ours."""
        try:
            version, run, number, packed = json.loads(text)
            return cls(str(run), int(number), frozenset(_unpack(packed))) if version == FORMAT else None
        except (ValueError, TypeError, AttributeError):
            return None


def _pack(keys: Iterable[str]) -> dict[str, str]:
    """`{"PAY": "1-4,7"}` for PAY-1 to PAY-4 and PAY-7. Numbers with leading zeros stand for themselves."""
    numbers: dict[str, list[int]] = defaultdict(list)
    odd = []
    for key in keys:
        prefix, _, number = key.rpartition("-")
        if str(int(number)) == number:
            numbers[prefix].append(int(number))
        else:
            odd.append(key)
    packed = {prefix: _ranges(sorted(those)) for prefix, those in sorted(numbers.items())}
    return packed | ({"": ",".join(sorted(odd))} if odd else {})


def _ranges(numbers: list[int]) -> str:
    runs: list[list[int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number - 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)


def _unpack(packed: dict[str, str]) -> Iterable[str]:
    for prefix, text in packed.items():
        for run in text.split(","):
            if not prefix:
                yield run
                continue
            first, _, last = run.partition("-")
            for number in range(int(first), int(last or first) + 1):
                yield f"{prefix}-{number}"
