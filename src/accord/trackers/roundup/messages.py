"""Messages of an issue: which one is its description, which are comments, and the marks that sync puts on them."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, unquote

from accord.trackers.roundup.rest import RoundupRest, Row, stamp

FIELDS = "activity,author,creation,creator,date,messageid"
# Stands where the mark of an item must be on its first message, and there is nothing to say in it.
PLACEHOLDER = "(no description)"
# Roundup's stamps are whole seconds: a text is known by its stamp only once that second is past, on any clock.
SETTLED = timedelta(seconds=10)
CACHED = 5000
OURS = re.compile(r"^<accord\.([cd])\.([A-Za-z0-9._~%-]*)@accord\.invalid>$")
COMMENT, DESCRIPTION = "c", "d"


def message_id(kind: str, marker: str) -> str:
    """A mark in the form of an e-mail message id, since Roundup puts it into the mails it sends."""
    return f"<accord.{kind}.{quote(marker, safe='')}@accord.invalid>"


@dataclass(frozen=True)
class Message:
    """One message. `kind` and `marker` are set on those that sync wrote."""

    id: str
    text: str
    author: str | None
    created: datetime | None
    said: datetime | None
    activity: datetime | None
    kind: str | None
    marker: str | None

    @property
    def is_placeholder(self) -> bool:
        return self.kind == DESCRIPTION and self.text == PLACEHOLDER

    def digest(self) -> str:
        told = (self.id, self.text, self.author, str(self.said), str(self.activity), self.kind, self.marker)
        return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def pick_description(messages: list[Message], created: datetime | None, *, ours: bool) -> Message | None:
    """The message that is the issue's description, of `messages` in order of their making.

    It is the one that sync marked so; else, unless sync made the issue (`ours`), the first that was there when the
    issue was made. A message that came later is a comment, though it may be the first.
    """
    marked = next((message for message in messages if message.kind == DESCRIPTION), None)
    if marked or ours or created is None:
        return marked
    first = next((message for message in messages if message.kind is None), None)
    return first if first and first.created and first.created <= created else None


class MessageReader:
    """Reads messages, their texts only where they may have changed since they were last read."""

    def __init__(self, rest: RoundupRest) -> None:
        self._rest = rest
        self._texts: OrderedDict[str, tuple[str, str, bool]] = OrderedDict()

    async def read(self, ids: list[str]) -> list[Message]:
        """Those of `ids` that are not retired, in order of their making."""
        if not ids:
            return []
        if not any(id_ in self._texts for id_ in ids):
            return await self._with_texts(ids)
        light = await self._rest.by_id("msg", ids, [("@fields", FIELDS), ("@verbose", "0")])
        stale = [row["id"] for row in light.rows if not self._is_current(row)]
        current = [_message(row, self._texts[row["id"]][1]) for row in light.rows if row["id"] not in stale]
        fresh = await self._with_texts(stale) if stale else []
        return sorted([*current, *fresh], key=lambda message: int(message.id))

    def last_seen(self, id_: str) -> str | None:
        """The text that was last read of a message."""
        entry = self._texts.get(id_)
        return entry[1] if entry else None

    def wrote(self, id_: str, text: str) -> None:
        """Takes a text that we wrote for seen, though not for the last one."""
        self._remember(id_, ("", text, False))

    def _is_current(self, row: Row) -> bool:
        entry = self._texts.get(row["id"])
        return entry is not None and entry[2] and entry[0] == row.get("activity")

    async def _with_texts(self, ids: list[str]) -> list[Message]:
        listing = await self._rest.by_id("msg", ids, [("@fields", f"{FIELDS},content"), ("@verbose", "3")])
        messages = []
        for row in listing.rows:
            text = plain_text(row.get("content"))
            activity = stamp(row.get("activity"))
            settled = bool(activity and listing.served_at and listing.served_at - activity >= SETTLED)
            self._remember(row["id"], (str(row.get("activity")), text, settled))
            messages.append(_message(row, text))
        return sorted(messages, key=lambda message: int(message.id))

    def _remember(self, id_: str, entry: tuple[str, str, bool]) -> None:
        self._texts[id_] = entry
        self._texts.move_to_end(id_)
        while len(self._texts) > CACHED:
            self._texts.popitem(last=False)


def plain_text(content: object) -> str:
    """As Markdown has it: browsers send CRLF, and the text is otherwise left alone."""
    return str(content or "").replace("\r\n", "\n").replace("\r", "\n")


def _message(row: Row, text: str) -> Message:
    match = OURS.match(str(row.get("messageid") or ""))
    return Message(
        id=str(row["id"]),
        text=text,
        author=_id(row.get("author")) or _id(row.get("creator")),
        created=stamp(row.get("creation")),
        said=stamp(row.get("date")) or stamp(row.get("creation")),
        activity=stamp(row.get("activity")),
        kind=match[1] if match else None,
        marker=unquote(match[2]) if match else None,
    )


def _id(link: object) -> str | None:
    return str(link["id"]) if isinstance(link, dict) else str(link) if link else None
