"""Roundup's REST interface: collections, elements with their ETags, files."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp

from accord.errors import AccordError, ItemGone, Unreachable, WriteRefused
from accord.trackers.http import Answer, Dialect, HttpClient, Limits
from accord.trackers.roundup.settings import RoundupSettings

Row = dict[str, Any]
STAMP = re.compile(r"^(\d{4})-(\d\d)-(\d\d)\.(\d\d):(\d\d):(\d\d)")
IDS_AT_ONCE = 200


@dataclass(frozen=True)
class Element:
    """One item of a class. `etag` is what a write must name; `attributes` are as asked for."""

    id: str
    etag: str
    attributes: Row


@dataclass(frozen=True)
class Listing:
    """Rows of a collection; `served_at` is Roundup's own clock, where it told."""

    rows: list[Row]
    served_at: datetime | None


class RoundupRest:
    """Raises the errors of `accord.trackers.http`; an answer of another shape than Roundup's is Unreachable."""

    def __init__(self, tracker: str, settings: RoundupSettings) -> None:
        parts = urlsplit(settings.url)
        password = settings.password.get_secret_value()
        authorization = aiohttp.encode_basic_auth(settings.user, password)
        self.http = HttpClient(
            tracker,
            settings.url,
            headers={
                "Authorization": authorization,
                "Accept": "application/json",
                # Both are demanded of every write, against forged requests from browsers.
                "X-Requested-With": "rest",
                "Origin": f"{parts.scheme}://{parts.netloc}",
            },
            secrets=(password, authorization, authorization.partition(" ")[2]),
            dialect=Dialect(words=lambda answer: str(answer["error"]["msg"]), meaning=_meaning),
            limits=Limits(concurrency=settings.concurrency),
        )

    async def listing(self, classname: str, query: Iterable[tuple[str, str]]) -> Listing:
        """All rows of a collection that match, by id, in as few pages as the tracker's limit allows."""
        wanted = list(query)
        answer = await self.http.json("GET", f"rest/data/{classname}", query=wanted)
        rows, total = self._rows(answer)
        page = len(rows) - 1
        # A total of -1 says that the tracker's limit cut the list short; pages must be smaller than that limit.
        if total == -1 and page > 0:
            rows = await self._pages(classname, wanted, page)
        return Listing(rows, _date(answer))

    async def _pages(self, classname: str, query: Sequence[tuple[str, str]], size: int) -> list[Row]:
        rows: list[Row] = []
        index = 1
        while True:
            page = [*query, ("@page_size", str(size)), ("@page_index", str(index))]
            more, _ = self._rows(await self.http.json("GET", f"rest/data/{classname}", query=page))
            rows += more
            if len(more) < size:
                return rows
            index += 1

    async def by_id(self, classname: str, ids: Sequence[str], query: Sequence[tuple[str, str]] = ()) -> Listing:
        """Those of `ids` that exist and are not retired."""
        rows: list[Row] = []
        served_at = None
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = [("id", id_) for id_ in ids[start : start + IDS_AT_ONCE]]
            listing = await self.listing(classname, [*some, *query])
            rows += listing.rows
            served_at = served_at or listing.served_at
        return Listing(rows, served_at)

    async def count(self, classname: str) -> int:
        """How many items of a class are not retired; -1 where the tracker's limit hides it."""
        answer = await self.http.json("GET", f"rest/data/{classname}", query=[("@page_size", "1")])
        return self._rows(answer)[1]

    async def element(self, classname: str, id_: str, query: Sequence[tuple[str, str]] = ()) -> Element:
        """One item, retired or not."""
        path = f"rest/data/{classname}/{id_}"
        data = self._data(await self.http.json("GET", path, query=query))
        try:
            return Element(str(data["id"]), str(data["@etag"]), dict(data["attributes"]))
        except (KeyError, TypeError, ValueError):
            raise self._strange(path) from None

    async def create(self, classname: str, values: Row) -> str:
        """Gives the new item's id."""
        path = f"rest/data/{classname}"
        return self._id(await self.http.json("POST", path, body=values), path)

    async def put(self, classname: str, id_: str, values: Row, etag: str) -> None:
        """Sets properties; "" empties one (Roundup does not see null). VersionMismatch where `etag` is stale."""
        path = f"rest/data/{classname}/{id_}"
        await self.http.json("PUT", path, body=values, headers={"If-Match": etag})

    async def retire(self, classname: str, id_: str) -> None:
        found = await self.element(classname, id_, [("@fields", "id")])
        await self.http.json("DELETE", f"rest/data/{classname}/{id_}", headers={"If-Match": found.etag})

    async def upload(self, name: str, media_type: str, content: Path) -> str:
        """Gives the new file's id. The bytes go from disk to the wire in small pieces."""

        @asynccontextmanager
        async def form() -> AsyncIterator[aiohttp.FormData]:
            with content.open("rb") as stream:
                data = aiohttp.FormData()
                data.add_field("name", name)
                data.add_field("type", media_type)
                # Roundup takes a part without a file name for text, and strips it.
                data.add_field("content", stream, filename="content", content_type="application/octet-stream")
                yield data

        return self._id(await self.http.json("POST", "rest/data/file", form=form), "rest/data/file")

    def download(self, id_: str) -> AsyncIterator[bytes]:
        path = f"rest/data/file/{id_}/binary_content"
        return self.http.stream(path, headers={"Accept": "application/octet-stream"})

    def _rows(self, answer: Answer) -> tuple[list[Row], int]:
        data = self._data(answer)
        rows = data.get("collection")
        if not isinstance(rows, list) or not all(isinstance(row, dict) and "id" in row for row in rows):
            raise self._strange("a collection")
        total = data.get("@total_size")
        return rows, total if isinstance(total, int) else -1

    def _data(self, answer: Answer) -> Row:
        data = answer.data.get("data") if isinstance(answer.data, dict) else None
        if not isinstance(data, dict):
            raise self._strange("rest")
        return cast(Row, data)

    def _id(self, answer: Answer, path: str) -> str:
        made = str(self._data(answer).get("id", ""))
        if not made.isdigit():
            raise self._strange(path)
        return made

    def _strange(self, path: str) -> Unreachable:
        error = Unreachable(
            f"{self.http.tracker} answered {path} in a shape that is not Roundup's.",
            remedy="Check that the tracker's url is the address of a Roundup tracker.",
        )
        error.scope = "tracker"
        return error


def _meaning(status: int, words: str) -> type[AccordError] | None:
    """Roundup tells a stale ETag by 412 alone, and by 409 any value that it does not take."""
    if status == HTTPStatus.CONFLICT:
        return ItemGone if "is retired" in words else WriteRefused
    # Whatever breaks inside Roundup, a locked database say, comes as a bad request.
    if status == HTTPStatus.BAD_REQUEST and "Please check the server log" in words:
        return Unreachable
    return None


def stamp(value: object) -> datetime | None:
    """A date as Roundup prints it: UTC, to the second."""
    match = STAMP.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        return datetime(*(int(part) for part in match.groups()), tzinfo=UTC)  # type: ignore[arg-type, misc]
    except ValueError:
        return None


def serialised(moment: datetime) -> str:
    """A date as Roundup takes it whatever the time zone of the account: its own database format, in UTC.

    Others are read in the account's time zone, and in a filter those it does not know are silently ignored.
    """
    return moment.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def _date(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, TypeError):
        return None
