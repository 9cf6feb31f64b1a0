"""The mark of a ticket that sync created: a link to an address of our own, which any account can set and search for,
and which RT writes in the transaction that creates the ticket."""

from __future__ import annotations

from accord.trackers.rt.rest import Row, quoted

MARK = "accord:"
LINK = "RefersTo"


def mark(marker: str) -> Row:
    """What a new ticket is given besides its values."""
    return {LINK: MARK + marker}


def marked(marker: str) -> str:
    """The query that finds it."""
    return f"{LINK} = {quoted(MARK + marker)}"


def mark_of(row: Row) -> str | None:
    """The mark that a ticket bears. One into which others were merged has theirs as well: then its own is not known."""
    marks = {
        str(link.get("_url")).removeprefix(MARK)
        for link in row.get("_hyperlinks") or ()
        if link.get("ref") == "refers-to" and str(link.get("_url")).startswith(MARK)
    }
    return marks.pop() if len(marks) == 1 else None
