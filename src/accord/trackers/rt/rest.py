"""RT's REST interface: lists in pages, tickets, messages."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from accord.errors import AccordError, Forbidden, ItemGone, Unreachable, WriteRefused
from accord.trackers.http import Dialect, HttpClient, Limits
from accord.trackers.rt.settings import RTSettings

Row = dict[str, Any]
PAGE = 100  # RT gives no more at once, whatever is asked for
TICKET = (("fields[Queue]", "Name"),)
NEVER = "1970-01-01 00:00:00"
UNWRITABLE = re.compile("[\0\ud800-\udfff]")
JSON = {"Content-Type": "application/json"}


class RTRest:
    """Raises the errors of `accord.trackers.http`; an answer of another shape than RT's is Unreachable."""

    def __init__(self, tracker: str, settings: RTSettings) -> None:
        token = settings.token.get_secret_value()
        self.web = settings.url.rstrip("/")
        self.http = HttpClient(
            tracker,
            f"{self.web}/REST/2.0",
            headers={"Authorization": f"token {token}", "Accept": "application/json"},
            secrets=(token,),
            dialect=Dialect(words=_words),
            limits=Limits(concurrency=settings.concurrency),
        )

    async def element(self, path: str, query: Sequence[tuple[str, str]] = ()) -> Row:
        """One thing that RT keeps: a queue, a user, a custom field."""
        answer = await self.http.json("GET", path, query=query)
        if not isinstance(answer.data, dict):
            raise self._strange(path)
        return answer.data

    async def listing(
        self,
        path: str,
        query: Sequence[tuple[str, str]] = (),
        *,
        where: Sequence[Mapping[str, object]] | None = None,
        hides: bool = True,
        enough: Callable[[list[Row]], bool] = lambda _: False,
    ) -> list[Row]:
        """All rows of a list, each once, in its own order.

        `where` are conditions as JSON, which lists take that know no query. Only an administrator is told how many rows
        there are, and of a page those are left out that the account may not see: without that number, pages are asked
        for until one is empty, or a page is not full and the list `hides` nothing, or the rows are `enough`.
        """
        rows: dict[str, Row] = {}
        conditions = [] if where is None else [("query", json.dumps(where))]
        page = 1
        while True:
            asked = [*query, *conditions, ("per_page", str(PAGE)), ("page", str(page))]
            answer = await self.http.json("GET", path, query=asked)
            found = answer.data.get("items") if isinstance(answer.data, dict) else None
            if not isinstance(found, list):
                raise self._strange(path)
            rows |= {str(row["id"]): row for row in found}
            pages = answer.data.get("pages")
            if pages is None:
                last = not found or (not hides and len(found) < PAGE) or enough(found)
            else:
                last = page >= int(pages) or enough(found)
            if last:
                return list(rows.values())
            page += 1

    async def count(self, query: str) -> int | None:
        """How many tickets match; None where RT does not tell."""
        answer = await self.http.json("GET", "tickets", query=[("query", query), ("per_page", "1")])
        total = answer.data.get("total") if isinstance(answer.data, dict) else None
        return total if isinstance(total, int) else None

    async def ticket(self, key: str) -> tuple[Row, str]:
        """A ticket with its fields and links, and its version: the number of its last transaction.

        Raises ItemGone where it is deleted, merged into another one, or out of the account's reach.
        """
        try:
            answer = await self.http.json("GET", f"ticket/{key}", query=TICKET)
        except (Forbidden, ItemGone) as error:
            raise ItemGone(f"{self.http.tracker} does not show ticket {key} to the account.", item=key) from error
        row, etag = answer.data, answer.headers.get("ETag", "").strip('"')
        if not isinstance(row, dict) or "id" not in row or not etag:
            raise self._strange(f"ticket/{key}")
        if str(row["id"]) != str(int(key)):
            raise ItemGone(f"Ticket {key} was merged into ticket {row['id']}.", item=key)
        if row.get("Status") == "deleted":
            raise ItemGone(f"Ticket {key} was deleted.", item=key)
        return row, etag

    async def create(self, values: Row) -> str:
        """Gives the number of the new ticket."""
        answer = await self.http.json("POST", "ticket", body=writable(values))
        id_ = name_of(answer.data)
        if not id_.isdigit():
            raise self._strange("ticket")
        return id_

    async def put(self, key: str, values: Row, etag: str | None) -> list[str]:
        """Changes a ticket, and gives what RT says of it: what it does not like is told there, as if all were well.

        VersionMismatch where the ticket is no longer at `etag`.
        """
        headers = {"If-Match": f'"{etag}"'} if etag else None
        try:
            answer = await self.http.json("PUT", f"ticket/{key}", body=writable(values), headers=headers)
        except AccordError as error:
            error.item = error.item or key
            raise
        return [str(one) for one in answer.data] if isinstance(answer.data, list) else []

    async def say(self, key: str, way: str, message: Row | None = None, stream: AsyncIterable[bytes] | None = None,
                  length: int = 0) -> str:  # fmt: skip
        """Adds a message in a `way`, `comment` or `correspond`, and gives the number of its transaction. One that is
        too long to be held is given as a `stream` of JSON."""
        path = f"ticket/{key}/{way}"
        try:
            if stream is None:
                answer = await self.http.json("POST", path, body=writable(message))
            else:
                headers = {**JSON, "Content-Length": str(length)}
                answer = await self.http.json("POST", path, form=lambda: _opened(stream), headers=headers)
        except WriteRefused as error:
            # RT answers the same whether the ticket is not there, or its account may not say anything on it.
            await self.ticket(key)
            raise Forbidden(
                f"The account may not {way} on ticket {key}: {error.message}",
                item=key,
                remedy="It needs the rights CommentOnTicket and ReplyToTicket on the queue.",
            ) from None
        except AccordError as error:
            error.item = error.item or key
            raise
        id_ = answer.headers.get("Location", "").rpartition("/")[2]
        if not id_.isdigit():
            raise self._strange(path)
        return id_

    async def history(self, key: str, last: str, since: str | None = None) -> list[Row]:
        """The transactions of a ticket up to its version `last`, oldest first; those after the version `since`."""
        fields = ("fields", "Type,Creator,Created,Field,OldValue,NewValue,TimeTaken,ObjectId,ObjectType")
        order = ("order", "DESC" if since else "ASC")

        def enough(rows: list[Row]) -> bool:
            ids = [int(row["id"]) for row in rows]
            return int(since) >= min(ids) if since else max(ids) >= int(last)

        rows = await self.listing(f"ticket/{key}/history", [fields, ("orderby", "id"), order], enough=enough)
        wanted = [row for row in rows if since is None or int(row["id"]) > int(since)]
        return sorted(wanted, key=lambda row: int(row["id"]))

    def _strange(self, path: str) -> Unreachable:
        error = Unreachable(
            f"{self.http.tracker} answered {path} otherwise than an RT does.",
            remedy="Check that the tracker's url is the address of a Request Tracker 5.",
        )
        error.scope = "tracker"
        return error


@asynccontextmanager
async def _opened(stream: AsyncIterable[bytes]) -> AsyncIterator[AsyncIterable[bytes]]:
    yield stream


def name_of(link: object) -> str:
    """What RT links to, by its id: people are known by their names."""
    return str(link.get("id") or "") if isinstance(link, dict) else str(link or "")


def stamp(value: object) -> datetime | None:
    """A moment as RT prints it; None where it is not set, which RT tells as 1970."""
    if not isinstance(value, str) or not value or value.startswith("1970-01-01"):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def sql(moment: datetime) -> str:
    """A moment as RT takes it: with any other spelling, it finds everything, or keeps nonsense."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def writable(value: Any) -> Any:
    """JSON without what RT stumbles over, or cuts a text off at: zero bytes, and halves of characters."""
    if isinstance(value, dict):
        return {name: writable(one) for name, one in value.items()}
    if isinstance(value, list):
        return [writable(one) for one in value]
    return UNWRITABLE.sub("\ufffd", value) if isinstance(value, str) else value


def quoted(text: str) -> str:
    """A text within a query."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _words(answer: Any) -> str:
    return str(answer["message"])
