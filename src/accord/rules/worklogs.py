"""Time spent: which work logs leave and come in, and how they look here."""

from __future__ import annotations

from accord.model import Item, Replica, ReplicaWorkLog, WorkLog
from accord.ports import RuleContext
from accord.rules.comments import header_line
from accord.rules.conditions import fits
from accord.rules.entries import CommentAuthor, WorkLogParts, WorkLogsEntry
from accord.rules.people import People
from accord.rules.table import PeopleTable


def sent_worklogs(entry: WorkLogsEntry, people: PeopleTable, item: Item) -> tuple[ReplicaWorkLog, ...]:
    """Those that leave, their authors as the people table lets them be told."""
    return tuple(_told(worklog, people) for worklog in item.worklogs if _passes(entry, worklog))


def received_worklogs(
    entry: WorkLogsEntry, people: People, replica: Replica, context: RuleContext
) -> tuple[WorkLog, ...]:
    """Those that come in, as they should look here."""
    return tuple(_here(one, entry, people, replica, context) for one in replica.worklogs if _passes(entry, one))


def _passes(entry: WorkLogsEntry, worklog: WorkLog | ReplicaWorkLog) -> bool:
    names = WorkLogParts.model_fields
    wanted = all(fits(getattr(entry.only, name), getattr(worklog, name)) for name in names)
    unwanted = ((getattr(entry.never, name), getattr(worklog, name)) for name in names)
    return wanted and not any(never is not None and fits(never, value) for never, value in unwanted)


def _told(worklog: WorkLog, people: PeopleTable) -> ReplicaWorkLog:
    return ReplicaWorkLog(
        id=worklog.id,
        seconds=worklog.seconds,
        body=worklog.body,
        author=people.shared(worklog.author),
        started_at=worklog.started_at,
    )


def _here(
    theirs: ReplicaWorkLog, entry: WorkLogsEntry, people: People, replica: Replica, context: RuleContext
) -> WorkLog:
    author, header = theirs.author, ""
    known = people.match(author) if author else None
    if entry.author is CommentAuthor.PERSON and known and context.speaks_for_people:
        author = known
    elif entry.author is not CommentAuthor.NONE and author:
        header = header_line(entry.header, author, theirs.started_at, replica, context)
    return WorkLog(
        id=theirs.id,
        seconds=theirs.seconds,
        body=theirs.body,
        header=header,
        author=author,
        started_at=theirs.started_at,
    )
