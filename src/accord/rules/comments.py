"""Comments: which of them leave and come in, and how they look here."""

from __future__ import annotations

from datetime import datetime
from string import Formatter
from typing import Any

from accord.model import Comment, Item, Person, Replica, ReplicaComment
from accord.ports import RuleContext
from accord.rules.conditions import fits
from accord.rules.entries import Audience, CommentAuthor, CommentParts, CommentsEntry
from accord.rules.people import People
from accord.rules.table import PeopleTable

LONGEST_HEADER = 200


def sent_comments(entry: CommentsEntry, people: PeopleTable, item: Item) -> tuple[ReplicaComment, ...]:
    """Those that leave, their authors as the people table lets them be told."""
    return tuple(_told(comment, people) for comment in item.comments if _leaves(entry, comment))


def received_comments(
    entry: CommentsEntry, people: People, replica: Replica, context: RuleContext
) -> tuple[Comment, ...]:
    """Those that come in, as they should look here."""
    let_in = (comment for comment in replica.comments if _is_chosen(entry.only, entry.never, comment))
    return tuple(_here(comment, entry, people, replica, context) for comment in let_in)


def _leaves(entry: CommentsEntry, comment: Comment) -> bool:
    if entry.public_only and comment.internal:
        return False
    chosen = _is_chosen(entry.only, entry.never, comment)
    return chosen and _is_chosen(entry.send_only, entry.send_never, comment)


def _is_chosen(only: CommentParts, never: CommentParts, comment: Comment | ReplicaComment) -> bool:
    """By all that `only` names, and nothing that `never` does."""
    names = CommentParts.model_fields
    wanted = all(fits(getattr(only, name), getattr(comment, name)) for name in names)
    return wanted and not any(_is_hit(getattr(never, name), getattr(comment, name)) for name in names)


def _is_hit(unwanted: Any, value: Any) -> bool:
    return unwanted is not None and fits(unwanted, value)


def _told(comment: Comment, people: PeopleTable) -> ReplicaComment:
    return ReplicaComment(
        id=comment.id,
        body=comment.body,
        author=people.shared(comment.author),
        internal=comment.internal,
        created_at=comment.created_at,
    )


def _here(
    theirs: ReplicaComment, entry: CommentsEntry, people: People, replica: Replica, context: RuleContext
) -> Comment:
    author, header = theirs.author, ""
    known = people.match(author) if author else None
    if entry.author is CommentAuthor.PERSON and known and context.speaks_for_people:
        author = known
    elif entry.author is not CommentAuthor.NONE and author:
        header = header_line(entry.header, author, theirs.created_at, replica, context)
    return Comment(
        id=theirs.id,
        body=people.mentions(theirs.body),
        header=header,
        author=author,
        internal=theirs.internal if entry.receive_as is None else entry.receive_as is Audience.INTERNAL,
        created_at=theirs.created_at,
    )


def header_line(template: str, author: Person, at: datetime | None, replica: Replica, context: RuleContext) -> str:
    """The line that names the author: one line, whatever a name from outside holds."""
    texts = {
        "author": author.label(),
        "date": f"{at:%Y-%m-%d}" if at else "",
        "time": f"{at:%H:%M}" if at else "",
        "key": replica.key or "",
        "connection": context.connection,
    }
    filled = "".join(literal + texts.get(name or "", "") for literal, name, _, _ in Formatter().parse(template))
    return " ".join(filled.split())[:LONGEST_HEADER]
