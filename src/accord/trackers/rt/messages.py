"""What was said on a ticket: RT keeps messages, with their files, as parts of transactions, and never changes them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accord.trackers.rt.rest import PAGE, Row, RTRest, name_of
from accord.trackers.rt.texts import HTML_TYPE

SAYING = frozenset({"Create", "Comment", "Correspond"})
REMEMBERED = 20_000
HELD = 100_000  # letters of a message that is remembered
FIELDS = ("fields", "Filename,ContentType,ContentLength,TransactionId,Subject,Created")


@dataclass(frozen=True)
class File:
    """A file that came with a message: its number, its name, size in bytes and media type."""

    id: str
    name: str
    size: int
    media_type: str
    created: str


@dataclass(frozen=True)
class Message:
    """`content` is the text as RT keeps it, HTML where `content_type` says so; empty where nothing was said."""

    subject: str = ""
    content: str = ""
    content_type: str = "text/plain"
    files: tuple[File, ...] = ()


class Messages:
    """Fetched when they are first needed, a hundred at once, and then remembered."""

    def __init__(self, rest: RTRest) -> None:
        self._rest = rest
        self._known: OrderedDict[str, Message] = OrderedDict()

    async def of(self, history: Iterable[Row]) -> dict[str, Message]:
        """The messages of a ticket's transactions, by their numbers."""
        wanted = [str(row["id"]) for row in history if row.get("Type") in SAYING]
        found = {id_: self._known[id_] for id_ in wanted if id_ in self._known}
        unknown = [id_ for id_ in wanted if id_ not in found]
        for start in range(0, len(unknown), PAGE):
            found |= await self._fetched(unknown[start : start + PAGE])
        return found

    async def _fetched(self, transactions: Sequence[str]) -> dict[str, Message]:
        where = [{"field": "TransactionId", "operator": "IN", "value": transactions}]
        parts = await self._rest.listing("attachments", [FIELDS, ("orderby", "id")], where=where, hides=False)
        by_transaction: dict[str, list[Row]] = {id_: [] for id_ in transactions}
        for part in sorted(parts, key=lambda part: int(part["id"])):
            by_transaction.setdefault(name_of(part.get("TransactionId")), []).append(part)
        texts = {id_: _texts(rows) for id_, rows in by_transaction.items()}
        contents = await self._contents([str(part["id"]) for rows in texts.values() for part in rows])
        found = {}
        for id_, rows in by_transaction.items():
            said = [contents.get(str(part["id"]), "") for part in texts[id_]]
            message = Message(
                subject=str(rows[0].get("Subject") or "") if rows else "",
                content="\n\n".join(said),
                content_type=str(texts[id_][0]["ContentType"]) if texts[id_] else "text/plain",
                files=tuple(_file(part) for part in rows if _is_file(part)),
            )
            found[id_] = message
            self._remember(id_, message)
        return found

    async def _contents(self, parts: Sequence[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for start in range(0, len(parts), PAGE):
            where = [{"field": "id", "operator": "IN", "value": parts[start : start + PAGE]}]
            rows = await self._rest.listing("attachments", [("fields", "Content")], where=where, hides=False)
            found |= {str(row["id"]): str(row.get("Content") or "") for row in rows}
        return found

    def _remember(self, transaction: str, message: Message) -> None:
        if len(message.content) <= HELD:
            self._known[transaction] = message
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)


def _texts(parts: Sequence[Row]) -> list[Row]:
    """The parts that people read: the HTML of a mail that has it, else all its plain ones."""
    said = [part for part in parts if _is_text(part) and not part.get("Filename")]
    html = [part for part in said if part["ContentType"] == HTML_TYPE]
    return html[:1] or [part for part in said if int(part.get("ContentLength") or 0)]


def _is_text(part: Row) -> bool:
    return part.get("ContentType") in {HTML_TYPE, "text/plain"}


def _is_file(part: Row) -> bool:
    """Whatever has a name, and what is neither text nor a wrapping nor empty."""
    if part.get("Filename"):
        return True
    kind = str(part.get("ContentType") or "")
    wrapping = kind.startswith(("multipart/", "message/")) or _is_text(part)
    return not wrapping and int(part.get("ContentLength") or 0) > 0


def _file(part: Row) -> File:
    return File(
        id=str(part["id"]),
        name=str(part.get("Filename") or f"part-{part['id']}"),
        size=int(part.get("ContentLength") or 0),
        media_type=str(part.get("ContentType") or "application/octet-stream"),
        created=str(part.get("Created") or ""),
    )
