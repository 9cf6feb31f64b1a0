"""Messages whose text was edited in place.

Roundup stamps neither a message nor its issue when nothing but the text of the message is edited, so that no query
finds it. Texts are therefore looked through in turns, a block with each poll; the cursor keeps a digest of each block,
and this process one of each message.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from accord.trackers.roundup.reading import digest
from accord.trackers.roundup.rest import IDS_AT_ONCE, RoundupRest, Row

BLOCK = IDS_AT_ONCE


@dataclass(frozen=True)
class Block:
    """The messages of a block up to the number `upto`, as one digest."""

    upto: int
    digest: str


@dataclass
class Texts:
    """What the cursor keeps: blocks by their place, and the highest number of a message."""

    blocks: dict[int, Block] = field(default_factory=dict)
    highest: int = 0

    def saw(self, rows: Iterable[Row]) -> None:
        self.highest = max([self.highest, *(int(row["id"]) for row in rows)])

    def to_json(self) -> list[object]:
        return [self.highest, [[place, block.upto, block.digest] for place, block in sorted(self.blocks.items())]]

    @classmethod
    def from_json(cls, told: Any) -> Texts:
        highest, blocks = told
        return cls({int(place): Block(int(upto), str(known)) for place, upto, known in blocks}, int(highest))


class TextWatch:
    """Looks through the texts. One request a poll, of at most 200 messages."""

    def __init__(self, rest: RoundupRest) -> None:
        self._rest = rest
        self._known: dict[int, dict[int, str]] = {}
        self._turn = 0

    async def look_at_all(self, texts: Texts) -> None:
        """Takes all texts for seen."""
        newest = await self._rest.listing("msg", [("@sort", "-id"), ("@page_size", "1"), ("@verbose", "0")])
        texts.saw(newest.rows)
        for place in range(texts.highest // BLOCK + 1):
            await self._look(texts, place)

    async def changed(self, texts: Texts) -> set[str]:
        """The messages of the block whose turn it is that have another text; all of them where an earlier process had
        looked and only the whole block is known to differ."""
        place = self._turn % (texts.highest // BLOCK + 1)
        self._turn = place + 1
        return {str(id_) for id_ in await self._look(texts, place)}

    async def _look(self, texts: Texts, place: int) -> set[int]:
        upto = min(texts.highest, place * BLOCK + BLOCK - 1)
        now = await self._digests(max(1, place * BLOCK), upto)
        told, known = texts.blocks.get(place, Block(0, "")), self._known.get(place, {})
        texts.blocks[place], self._known[place] = Block(upto, digest(now)), now
        new = {id_ for id_ in now if id_ > told.upto}
        if told.digest == digest({id_: text for id_, text in now.items() if id_ <= told.upto}):
            return new
        # What this process looked at before counts only if that look was told, too.
        trusted = known if told.digest == digest(known) else {}
        return new | {id_ for id_, text in now.items() if trusted.get(id_) != text}

    async def _digests(self, first: int, last: int) -> dict[int, str]:
        ids = [str(id_) for id_ in range(first, last + 1)]
        rows = (await self._rest.by_id("msg", ids, [("@fields", "content"), ("@verbose", "3")])).rows if ids else []
        return {int(row["id"]): digest(row.get("content")) for row in rows}
