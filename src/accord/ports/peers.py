"""The other nodes, and the bytes of attachments on their way."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from accord.model import Connection, Message


@dataclass(frozen=True)
class Answer:
    """What a peer said to a message: `registered`, `duplicate` (with its acknowledgment once it has one), `gap` (it
    does not know of the message before), or `forked` (it knows of messages that this one does not know of)."""

    status: str
    acknowledgment: Message | None = None
    expected: int | None = None
    detail: str | None = None


class Peers(Protocol):
    """The other nodes. Raises Unreachable, Throttled, PeerRefused."""

    async def send(self, connection: Connection, message: Message) -> Answer:
        """Delivers an event or an acknowledgment: when it returns, the peer has it on disk."""
        ...

    async def fetch_blob(self, connection: Connection, sha256: str, target: Path) -> None:
        """Streams an attachment's bytes to `target`, resuming what is there, verified by hash."""
        ...


class Blobs(Protocol):
    """Bytes of attachments on their way, by SHA-256, on local disk."""

    def path(self, sha256: str) -> Path | None:
        """Where the verified bytes lie, or None."""
        ...

    def receiving(self, sha256: str) -> Path:
        """Where to put bytes of a transfer that may be resumed."""
        ...

    def keep(self, partial: Path, sha256: str) -> Path:
        """Verifies and publishes. Raises Unreachable if the hash differs (and forgets the bytes)."""
        ...

    def spool(self, content: AsyncIterator[bytes]) -> AbstractAsyncContextManager[tuple[Path, str, int]]:
        """Streams to disk; gives path, SHA-256 and size."""
        ...
