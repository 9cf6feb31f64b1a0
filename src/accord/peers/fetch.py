"""One attachment's bytes on their way into a file: resumed, hashed as they come, bounded."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path
from types import TracebackType

from accord.errors import PeerRefused, Unreachable, WaitAndRetry

CHUNK = 256 << 10


class Partial:
    """An open partial file whose hash is known at every moment. Use as an async context manager."""

    def __init__(self, path: Path, sha256: str, limit: int) -> None:
        self._path, self._sha256, self._limit = path, sha256, limit
        self.size = 0

    async def __aenter__(self) -> Partial:
        await asyncio.to_thread(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def complete(self) -> bool:
        """Whether the bytes so far are the ones that were asked for."""
        return self._digest.hexdigest() == self._sha256

    def restart(self) -> None:
        """Forgets all bytes."""
        self._file.seek(0)
        self._file.truncate()
        self._digest, self.size = hashlib.sha256(), 0

    def write(self, chunk: bytes) -> None:
        """Raises PeerRefused beyond the limit, and forgets the bytes."""
        if self.size + len(chunk) > self._limit:
            self.restart()
            raise PeerRefused(
                f"An attachment is larger than {self._limit} bytes.", remedy="Leave it out, or raise this node's limit."
            )
        self._put(chunk)
        self._digest.update(chunk)
        self.size += len(chunk)

    async def finish(self) -> None:
        """To disk. Raises Unreachable if the whole is not what was asked for, and forgets the bytes."""
        if not self.complete:
            self.restart()
            raise Unreachable("The bytes of an attachment are not those that were announced; they are fetched anew.")
        await asyncio.to_thread(self._sync)

    def _put(self, chunk: bytes) -> None:
        try:
            self._file.write(chunk)
        except OSError as error:
            raise WaitAndRetry(
                f"An attachment can't be written to disk: {error.strerror}.", remedy="Make room on this node's disk."
            ) from error

    def _open(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        self._file = os.fdopen(descriptor, "r+b")
        self._digest = hashlib.sha256()
        while chunk := self._file.read(CHUNK):
            self._digest.update(chunk)
            self.size += len(chunk)

    def _sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
