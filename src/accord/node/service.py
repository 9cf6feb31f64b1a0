"""What other nodes may ask of this one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from accord.errors import ItemGone, Unreachable
from accord.model import Connection, Message
from accord.ports import Answer, Ports, Tracker
from accord.steps.receive import receive


class NodeService:
    """The engine behind the peer server: registers messages, and hands out the attachments that were offered."""

    def __init__(self, ports: Ports, wake: Callable[[], None], look: Callable[[str], None]) -> None:
        self._ports, self._wake, self._look = ports, wake, look
        self._away: dict[tuple[str, str], datetime] = {}

    async def receive(self, connection: Connection, message: Message) -> Answer:
        """On disk when it returns. Raises PeerRefused for a twin of another connection."""
        answer = await receive(self._ports, connection, message)
        self._wake()
        return answer

    async def blob(self, connection: Connection, sha256: str) -> Path | None:
        """An attachment that was offered through this connection; read again from the tracker if it was cleaned. None
        where it is not there. Raises ItemGone where its item is away for longer than editors and checkouts take, and
        Unreachable until then."""
        offered = await self._ports.store.read(lambda tx: tx.offered_blob(connection.id, sha256))
        if offered is None:
            return None
        path = self._ports.blobs.path(sha256)
        if path is not None:
            return path
        key, attachment_id = offered
        tracker = self._ports.trackers[connection.tracker]
        try:
            async with self._ports.blobs.spool(tracker.download(key, attachment_id)) as (spooled, found, _):
                return self._ports.blobs.keep(spooled, sha256) if found == sha256 else None
        except ItemGone:
            await self._check_gone(tracker, key, attachment_id)
            return None

    async def _check_gone(self, tracker: Tracker, key: str, attachment_id: str) -> None:
        """Where only the attachment is gone, the next message tells of it."""
        try:
            item = await tracker.read(key)
        except ItemGone:
            now = self._ports.clock.now()
            since = self._away.setdefault((tracker.name, key), now)
            if now - since >= timedelta(seconds=self._ports.settings.deletion_grace):
                raise
        else:
            self._away.pop((tracker.name, key), None)
            if all(attachment.id != attachment_id for attachment in item.attachments):
                return
        raise Unreachable("The item of this attachment is out of reach just now.", item=key)

    async def accepted(self, connection: Connection) -> None:
        """An invitation of ours was accepted: what matches the trigger comes under sync."""
        self._look(connection.tracker)
