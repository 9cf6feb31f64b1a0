"""Writing messages, once only, and never over a text that we have not seen."""

from __future__ import annotations

from datetime import UTC, datetime

from accord.errors import AccordError, Forbidden, ItemGone, Unreachable, VersionMismatch, WriteRefused
from accord.trackers.roundup.messages import MessageReader, message_id, plain_text
from accord.trackers.roundup.rest import RoundupRest, serialised


class MessageWriter:
    """Messages before they are put on an issue, and their texts afterwards. `user` is the login of the account."""

    def __init__(self, rest: RoundupRest, messages: MessageReader, user: str) -> None:
        self._rest, self._messages, self._user = rest, messages, user

    async def say(self, kind: str, marker: str, text: str, said: datetime | None = None) -> str:
        """The id of the message with this mark: a new one, unless an earlier try got that far."""
        if not text.strip():
            raise WriteRefused("Roundup keeps no message without text.", remedy="Give it some text, or leave it out.")
        mark = message_id(kind, marker)
        found = await self._rest.listing("msg", [("messageid:", mark), ("@verbose", "0")])
        if found.rows:
            id_ = str(found.rows[0]["id"])
            await self.rewrite(id_, text)
            return id_
        # Without an author, Roundup would put nobody on the nosy list, and then refuse that nobody.
        values = {"content": text, "messageid": mark, "author": self._user}
        return await self._rest.create("msg", {**values, "date": serialised(said or datetime.now(UTC))})

    async def rewrite(self, id_: str, text: str, *, base: str | None = None) -> None:
        """Replaces the text `base` (or else the one last read). VersionMismatch if it is another by now, or gone."""
        if not text.strip():
            raise WriteRefused("Roundup keeps no message without text.", remedy="Delete it instead.")
        base = self._messages.last_seen(id_) if base is None else base
        try:
            await self._replace(id_, text, base)
        except ItemGone:
            raise VersionMismatch(f"Message {id_} is not there any more.") from None
        self._messages.wrote(id_, text.strip())

    async def _replace(self, id_: str, text: str, base: str | None) -> None:
        found = await self._rest.element("msg", id_, [("@fields", "content"), ("@verbose", "3")])
        try:
            current = plain_text(found.attributes.get("content"))
        except Unreachable:
            # Of a message that a broken connection cut off, Roundup may have kept everything but the text.
            if base is not None:
                raise
            current = ""
        if base is not None and current != base:
            raise VersionMismatch(f"Message {id_} was changed since it was read.")
        if current != text.strip():
            await self._rest.put("msg", id_, {"content": text}, found.etag)

    async def retire(self, classname: str, id_: str) -> None:
        """Tidies up what is on no issue any more, where the account may."""
        try:
            await self._rest.retire(classname, id_)
        except (Forbidden, ItemGone, VersionMismatch):
            return
        except AccordError as error:
            if error.retryable:
                raise
