"""Bytes of attachments on their way, by SHA-256, on local disk.

Verified bytes lie at `ab/cdef...` (the hash split after two digits), transfers that may be resumed under `partial/`,
what is just being read from a tracker under `spool/`. Whatever lies here can be fetched again: it is a cache.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from accord.errors import Unreachable

_SHA256 = re.compile(r"[0-9a-f]{64}")


class LocalBlobs:
    """`accord.ports.Blobs` in one folder of one file system."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for part in (folder, folder / "partial", folder / "spool"):
            part.mkdir(parents=True, exist_ok=True, mode=0o700)

    def path(self, sha256: str) -> Path | None:
        """Where the verified bytes lie, or None. Asking counts as use for `prune`."""
        published = self._published(sha256)
        try:
            os.utime(published)
        except FileNotFoundError:
            return None
        return published

    def receiving(self, sha256: str) -> Path:
        """The file of a transfer that may be resumed. Raises ValueError unless `sha256` is lower-case hex."""
        return self._folder / "partial" / _checked(sha256)

    def keep(self, partial: Path, sha256: str) -> Path:
        """Verifies `partial` and publishes it in one step. Raises Unreachable if the hash differs, and deletes it."""
        published = self._published(sha256)
        if file_sha256(partial) != sha256:
            partial.unlink(missing_ok=True)
            raise Unreachable("The bytes of an attachment are not those that were announced; they are fetched anew.")
        published.parent.mkdir(mode=0o700, exist_ok=True)
        _sync(partial)
        os.replace(partial, published)
        _sync(published.parent)
        return published

    @asynccontextmanager
    async def spool(self, content: AsyncIterator[bytes]) -> AsyncIterator[tuple[Path, str, int]]:
        """Streams to disk; gives path, SHA-256 and size. What was not kept by the end is removed."""
        path = self._folder / "spool" / secrets.token_hex(16)
        digest, size = hashlib.sha256(), 0
        try:
            with _create(path) as file:
                async for chunk in content:
                    digest.update(chunk)
                    size += file.write(chunk)
            yield path, digest.hexdigest(), size
        finally:
            path.unlink(missing_ok=True)

    def prune(self, before: datetime) -> int:
        """Removes all that was not used since `before`, unfinished transfers too. Gives how many files went."""
        gone = 0
        for path in self._files():
            try:
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    gone += 1
            except FileNotFoundError:
                continue
        return gone

    def _published(self, sha256: str) -> Path:
        return self._folder / _checked(sha256)[:2] / sha256[2:]

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob("*/*") if path.is_file())


def file_sha256(path: Path) -> str:
    """Lower-case hex of a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked(sha256: str) -> str:
    # The hash comes from a peer and becomes a path.
    if not _SHA256.fullmatch(sha256):
        raise ValueError("A SHA-256 is 64 digits of lower-case hex.")
    return sha256


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _create(path: Path) -> BinaryIO:
    return open(path, "xb")
