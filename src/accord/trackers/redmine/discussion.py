"""Comments: journals of an issue that have notes."""

from __future__ import annotations

from accord.errors import AccordError, Forbidden, ItemGone, VersionMismatch, WriteRefused
from accord.model import Comment, Person
from accord.ports import Written
from accord.trackers.redmine.issues import IssueWriter
from accord.trackers.redmine.names import NameBook
from accord.trackers.redmine.reading import IssueReader, said
from accord.trackers.redmine.rest import RedmineRest, Row, plain_text
from accord.trackers.redmine.texts import Texts

PRIVATE = "set_notes_private"


class Discussion:
    """Adds, edits and deletes comments. A journal has no place for a mark, so it is known by author and text."""

    def __init__(
        self,
        rest: RedmineRest,
        book: NameBook,
        reader: IssueReader,
        issues: IssueWriter,
        texts: Texts,
        *,
        speak_for_people: bool,
    ) -> None:
        self._rest, self._book, self._reader, self._issues = rest, book, reader, issues
        self._texts = texts
        self._speak_for_people = speak_for_people

    async def add(self, key: str, comment: Comment) -> Written:
        """In the name of its author where that was asked for and Redmine lets them, else in our own."""
        text = await self._texts.write(as_text(comment), "", ())
        if not text.strip():
            raise WriteRefused("Redmine keeps no comment without text.", item=key, remedy="Give it some text.")
        values = {"notes": text, "private_notes": comment.internal}
        async with self._issues.lock(key):
            row = await self._reader.row(key) if comment.internal else {}
            author = await self._speaker(comment.author, row)
            if comment.internal and not await self._book.may(PRIVATE, row["project"]["id"]):
                # Redmine would drop the word private, and keep the note for all to read.
                raise Forbidden(
                    f"The account may not keep comments on issue {key} private.",
                    item=key,
                    remedy="Its role needs the permissions 'View private notes' and 'Set notes as private'.",
                )
            try:
                await self._rest.add(key, values, login=author)
            except (Forbidden, WriteRefused, ItemGone):
                # Who wrote it may not do so here, or not even see the issue; where it is gone we hear that again.
                if author is None:
                    raise
                await self._rest.add(key, values)
            row = await self._rest.issue(key)
        found = [journal for journal in said(row) if plain_text(journal["notes"]) == plain_text(text)]
        if not found:
            raise Forbidden(
                f"{self._rest.http.tracker} took a comment on issue {key}, and does not show it.",
                item=key,
                remedy="The account's role needs the permission to add notes.",
            )
        id_ = str(found[-1]["id"])
        self._reader.wrote(id_, plain_text(text))
        return Written(id_)

    async def edit(self, key: str, comment: Comment) -> Written:
        """VersionMismatch if it was edited since it was last read, or is no longer there."""
        markdown = as_text(comment)
        if not markdown.strip():
            raise WriteRefused("Redmine keeps no comment without text.", item=key, remedy="Delete it instead.")
        async with self._issues.lock(key):
            row = await self._reader.row(key)
            journal = next((one for one in said(row) if str(one["id"]) == comment.id), None)
            if journal is None:
                raise VersionMismatch(f"Comment {comment.id} is not there any more.", item=key)
            current = plain_text(journal["notes"])
            if current != (self._reader.last_seen(comment.id) or current):
                raise VersionMismatch(f"Comment {comment.id} was changed since it was read.", item=key)
            text = await self._texts.write(markdown, current, row.get("attachments") or ())
            if current != plain_text(text):
                await self._put(key, comment.id, text)
            self._reader.wrote(comment.id, plain_text(text))
        return Written(comment.id)

    async def delete(self, key: str, comment_id: str) -> Written:
        """Empties the notes; a journal that tells of changes besides stays, without them."""
        async with self._issues.lock(key):
            if await self._journal(key, comment_id) is not None:
                await self._put(key, comment_id, "")
        return Written(comment_id)

    async def _put(self, key: str, comment_id: str, text: str) -> None:
        try:
            await self._rest.http.json("PUT", f"journals/{comment_id}.json", body={"journal": {"notes": text}})
        except ItemGone:
            if text:
                raise VersionMismatch(f"Comment {comment_id} is not there any more.", item=key) from None
        except AccordError as error:
            error.item = error.item or key
            raise

    async def _journal(self, key: str, comment_id: str) -> Row | None:
        return next((one for one in said(await self._reader.row(key)) if str(one["id"]) == comment_id), None)

    async def _speaker(self, author: Person | None, private_on: Row) -> str | None:
        """The login to write as; None for our own. With an issue to write on privately, only one who may do that."""
        if not self._speak_for_people or author is None:
            return None
        try:
            id_ = await self._book.user_id(author, "comments")
        except WriteRefused:
            return None
        if private_on and not await self._book.may(PRIVATE, private_on["project"]["id"], id_):
            return None
        return (await self._book.people())[id_].username


def as_text(comment: Comment) -> str:
    """Header and body as one text, in Markdown."""
    return f"{comment.header}\n\n{comment.body}" if comment.header else comment.body
