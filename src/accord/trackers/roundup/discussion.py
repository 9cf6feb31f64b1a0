"""Comments: messages of an issue."""

from __future__ import annotations

from accord.errors import AccordError, VersionMismatch
from accord.model import Comment
from accord.ports import Written
from accord.trackers.roundup.issues import IssueWriter
from accord.trackers.roundup.messages import COMMENT
from accord.trackers.roundup.reading import Layout, ids_of
from accord.trackers.roundup.rest import RoundupRest, Row
from accord.trackers.roundup.saying import MessageWriter


class Discussion:
    """Adds, edits and deletes comments."""

    def __init__(self, rest: RoundupRest, layout: Layout, issues: IssueWriter, writer: MessageWriter) -> None:
        self._rest, self._layout, self._issues, self._writer = rest, layout, issues, writer

    async def add(self, key: str, comment: Comment, marker: str) -> Written:
        try:
            id_ = await self._writer.say(COMMENT, marker, as_text(comment), comment.created_at)

            def link(issue: Row) -> Row:
                if id_ in ids_of(issue, "messages"):
                    return {}
                return {"messages": [f"+{id_}"], **self._issues.kept_status(key, issue)}

            await self._issues.change(key, link)
        except AccordError as error:
            error.item = error.item or key
            raise
        return Written(id_)

    async def edit(self, key: str, comment: Comment) -> Written:
        """VersionMismatch if it was edited since it was last read, or is no longer there."""
        on = [("id", key), ("messages", comment.id), ("@verbose", "0")]
        if not comment.id.isdigit() or not (await self._rest.listing(self._layout.classname, on)).rows:
            raise VersionMismatch(f"Comment {comment.id} is not there any more.", item=key)
        await self._writer.rewrite(comment.id, as_text(comment))
        return Written(comment.id)

    async def delete(self, key: str, comment_id: str) -> Written:
        """Takes it off the issue, and retires it where the account may."""
        was_there = False

        def unlink(issue: Row) -> Row:
            nonlocal was_there
            if comment_id not in ids_of(issue, "messages"):
                return {}
            was_there = True
            return {"messages": [f"-{comment_id}"], **self._issues.kept_status(key, issue)}

        await self._issues.change(key, unlink)
        if was_there:
            await self._writer.retire("msg", comment_id)
        return Written(comment_id)


def as_text(comment: Comment) -> str:
    """Header and body as one text."""
    return f"{comment.header}\n\n{comment.body}" if comment.header else comment.body
