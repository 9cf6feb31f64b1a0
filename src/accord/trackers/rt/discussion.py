"""Comments: RT keeps what was said as it was said, for good."""

from __future__ import annotations

from accord.errors import WriteRefused
from accord.model import Comment
from accord.ports import Written
from accord.trackers.rt.rest import RTRest
from accord.trackers.rt.texts import Texts


class Discussion:
    """Adds comments. A message has no place for a mark, so it is known by author and text."""

    def __init__(self, rest: RTRest, texts: Texts) -> None:
        self._rest, self._texts = rest, texts

    async def add(self, key: str, comment: Comment) -> Written:
        """A reply to the requestors, or an internal comment."""
        text = as_text(comment)
        if not text.strip():
            raise WriteRefused("RT keeps no comment without text.", item=key, remedy="Give it some text.")
        way = "comment" if comment.internal else "correspond"
        return Written(await self._rest.say(key, way, {**await self._texts.write(text)}))


def as_text(comment: Comment) -> str:
    """Header and body as one text, in Markdown."""
    return f"{comment.header}\n\n{comment.body}" if comment.header else comment.body


def unchanging(key: str, what: str) -> WriteRefused:
    """The refusal to change or delete what was said."""
    return WriteRefused(
        f"RT does not let anybody change {what} once it is there.",
        item=key,
        remedy="Leave its edits and deletions out of the rules; an administrator can shred it.",
    )
