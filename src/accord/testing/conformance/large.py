"""Attachments that are larger than what a node may hold in memory."""

from __future__ import annotations

import asyncio
import hashlib
import os
import pickle
import sys
from pathlib import Path

import pytest

from accord.ports import Tracker
from accord.testing.conformance.base import Checks, Sample, needs
from accord.testing.copying import Copying, can_measure

MEGABYTE = 2**20
MEGABYTES = 100
MEMORY = 64 * 1024  # kB
WITHIN = 180.0  # seconds


class LargeFileChecks(Checks):
    """Bytes stream, whatever their number. The connector is made once more, from the settings of the one at hand, in a
    process of its own; `make test` leaves these checks out (`-m "not large"`)."""

    @pytest.mark.large
    async def test_a_hundred_megabytes_pass_through_little_memory(
        self, tracker: Tracker, sample: Sample, tmp_path: Path
    ) -> None:
        needs(tracker.capabilities.attachments, "attachments")
        if not hasattr(type(tracker), "Settings") or not can_measure():
            pytest.skip("needs a connector that is made from settings, and Linux, which tells the peak of memory")
        item = await self.created(tracker, sample)
        file, wanted = tmp_path / "large", hashlib.sha256()
        with file.open("wb") as stream:
            for _ in range(MEGABYTES):
                block = os.urandom(MEGABYTE)
                wanted.update(block)
                stream.write(block)
        work = Copying(type(tracker), tracker.name, getattr(tracker, "settings"), item.key, file)  # noqa: B009
        sha256, grown = await _copied(work)
        print(f"{tracker.name}: {MEGABYTES} MB up and down within {grown / 1024:.1f} MB more")
        assert sha256 == wanted.hexdigest()
        assert grown < MEMORY, f"memory grew by {grown} kB"
        (found,) = (await tracker.read(item.key)).attachments
        assert found.size in (None, MEGABYTES * MEGABYTE)


async def _copied(work: Copying) -> tuple[str, int]:
    command = (sys.executable, "-m", "accord.testing.copying")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    try:
        async with asyncio.timeout(WITHIN):
            told, wrong = await process.communicate(pickle.dumps(work))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, wrong.decode(errors="replace")[-3000:]
    sha256, grown = told.decode().split()
    return sha256, int(grown)
