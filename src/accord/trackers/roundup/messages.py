"""Messages of an issue: which one is its description, which are comments, and the marks that sync puts on them."""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

from accord.errors import Unreachable
from accord.trackers.roundup.rest import RoundupRest, Row, stamp

FIELDS = "activity,author,creation,creator,date,messageid"
# Stands where the mark of an item must be on its first message, and there is nothing to say in it.
PLACEHOLDER = "(no description)"
REMEMBERED = 5000
OURS = re.compile(r"^<accord\.([cd])\.([A-Za-z0-9._~%-]*)@accord\.invalid>$")
# roundup.hyperdb, FileClass.get: it answers this instead of the content, with status 200.
UNREADABLE = re.compile(r"ERROR reading file: \w+\d+\nPossibly an access right configuration problem\.")
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
    """Reads messages, and remembers the text that each was last seen with."""

    def __init__(self, rest: RoundupRest) -> None:
        self._rest = rest
        self._texts: OrderedDict[str, str] = OrderedDict()

    async def read(self, ids: list[str]) -> list[Message]:
        """Those of `ids` that are not retired, in order of their making. Their texts are asked for each time: nothing
        else tells that one was edited."""
        if not ids:
            return []
        query = [("@fields", f"{FIELDS},content"), ("@verbose", "3")]
        messages = [
            _message(row, plain_text(row.get("content"))) for row in (await self._rest.by_id("msg", ids, query)).rows
        ]
        for message in messages:
            self.wrote(message.id, message.text)
        return sorted(messages, key=lambda message: int(message.id))

    def last_seen(self, id_: str) -> str | None:
        """The text that was last read of a message, or written to it."""
        return self._texts.get(id_)

    def wrote(self, id_: str, text: str) -> None:
        """Takes a text for seen."""
        self._texts[id_] = text
        self._texts.move_to_end(id_)
        while len(self._texts) > REMEMBERED:
            self._texts.popitem(last=False)


def plain_text(content: object) -> str:
    """As Markdown has it: browsers send CRLF, and the text is otherwise left alone.

    Raises Unreachable for what Roundup says, in place of the text, while somebody's edit of it is being stored.
    """
    if UNREADABLE.match(str(content or "")):
        raise Unreachable(
            "Roundup could not read the text of a message just now.", remedy="It is asked again by itself."
        )
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
