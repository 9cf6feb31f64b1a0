"""One attachment up and down again, in a process of its own, whose peak of memory then tells of nothing else.

    python -m accord.testing.copying

On its input: a pickled `Copying`. On its output: SHA-256 of what came back, and by how many kB the memory grew.
"""

from __future__ import annotations

import asyncio
import hashlib
import pickle
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accord.model import Attachment
from accord.ports import Tracker

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"


@dataclass(frozen=True)
class Copying:
    """The connector `kind(name, settings)` is to attach the bytes of `file` to the item `key`."""

    kind: Any
    name: str
    settings: Any
    key: str
    file: Path


def can_measure() -> bool:
    """Only Linux tells a peak that does not begin with that of the process which started this one."""
    return CLEAR.exists()


async def copy(work: Copying) -> tuple[str, int]:
    """Raises what the connector raises."""
    tracker: Tracker = work.kind(work.name, work.settings)
    await tracker.read(work.key)
    before = _memory_from_now_on()
    written = await tracker.add_attachment(work.key, Attachment(name="large.bin"), work.file, "large-1")
    await tracker.read(work.key)
    digest = hashlib.sha256()
    async for chunk in tracker.download(work.key, written.id):
        digest.update(chunk)
    grown = _memory("VmHWM") - before
    await tracker.close()
    return digest.hexdigest(), grown


def _memory_from_now_on() -> int:
    CLEAR.write_text(RESET_PEAK)
    return _memory("VmRSS")


def _memory(what: str) -> int:
    found = re.search(rf"{what}:\s+(\d+) kB", STATUS.read_text())
    return int(found[1]) if found else 0


if __name__ == "__main__":
    # From the process that started this one, and nobody else.
    print(*asyncio.run(copy(pickle.load(sys.stdin.buffer))))  # noqa: S301
