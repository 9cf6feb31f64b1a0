"""What many trackers lack, for connectors that say so in their `Capabilities`."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from accord.errors import ItemGone, WriteRefused
from accord.model import Attachment
from accord.ports import Hint, Written


class KeepsNoFiles:
    """Refuses attachments."""

    name: str

    async def add_attachment(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:  # noqa: ARG002
        raise self._takes_none(key)

    async def delete_attachment(self, key: str, attachment_id: str) -> Written:  # noqa: ARG002
        raise self._takes_none(key)

    async def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]:
        """Raises ItemGone when the first bytes are asked for."""
        nothing: tuple[bytes, ...] = ()
        for chunk in nothing:
            yield chunk
        raise ItemGone(f"{self.name} has no file {attachment_id}: it keeps none.", item=key)

    def _takes_none(self, key: str) -> WriteRefused:
        return WriteRefused(
            f"{self.name} has no place for files.",
            item=key,
            field="attachments",
            remedy="Leave attachments out of the map here.",
        )


class PushesNothing:
    """Changes are found by asking."""

    async def watch(self) -> AsyncIterator[Hint]:
        """Ends at once."""
        nothing: tuple[Hint, ...] = ()
        for hint in nothing:
            yield hint
