"""Redmine's REST interface: lists in pages, issues, uploads."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, BinaryIO, cast

from accord.errors import AccordError, Forbidden, ItemGone, Unreachable, VersionMismatch, WriteRefused
from accord.trackers.http import Answer, Dialect, HttpClient, Limits
from accord.trackers.redmine.settings import RedmineSettings

Row = dict[str, Any]
PAGE = 100  # Redmine gives no more at once, whatever is asked for
LISTINGS = 3
KNOWN_SECONDS = 10.0
ATTEMPTS = 8
WHOLE = "journals,attachments,relations,children,allowed_statuses"


class RedmineRest:
    """Raises the errors of `accord.trackers.http`; an answer of another shape than Redmine's is Unreachable."""

    def __init__(self, tracker: str, settings: RedmineSettings) -> None:
        self._known_at = -KNOWN_SECONDS
        key = settings.api_key.get_secret_value()
        self.http = _Client(
            tracker,
            settings.url,
            headers={"X-Redmine-API-Key": key, "Accept": "application/json"},
            secrets=(key,),
            dialect=Dialect(words=_words, meaning=_meaning),
            limits=Limits(concurrency=settings.concurrency),
        )

    async def group(self, path: str, name: str, query: Iterable[tuple[str, str]] = ()) -> Any:
        """What an answer holds under a name: an object or a list of rows."""
        try:
            answer = await self.http.json("GET", path, query=list(query))
        except ItemGone:
            if "/" in path:
                raise
            raise self._strange(path) from None
        return self._group(answer, name, path)

    async def count(self, query: Sequence[tuple[str, str]]) -> int:
        """How many issues match."""
        answer = await self.http.json("GET", "issues.json", query=[*query, ("limit", "1")])
        return self._total(answer, "issues.json")

    async def listing(self, path: str, name: str, query: Sequence[tuple[str, str]] = ()) -> list[Row]:
        """All rows of a list, each once, in its own order.

        Pages shift while others write. Where they did (the rows are not as many as Redmine counts) it is listed anew.
        """
        rows: dict[Any, Row] = {}
        for _ in range(LISTINGS):
            offset, total = 0, 1
            while offset < total:
                page = [*query, ("limit", str(PAGE)), ("offset", str(offset))]
                answer = await self.http.json("GET", path, query=page)
                total = self._total(answer, path)
                found = self._group(answer, name, path)
                rows |= {row["id"]: row for row in found}
                offset += PAGE
            if len(rows) >= total:
                break
        return list(rows.values())

    async def issue(self, key: str) -> Row:
        """An issue with its journals, attachments, relations, children and the statuses that it may go to.

        Raises ItemGone where it is deleted or out of the account's reach.
        """
        path = f"issues/{key}.json"
        try:
            answer = await self.http.json("GET", path, query=[("include", WHOLE)])
        except ItemGone as gone:
            gone.item = key
            raise
        except Forbidden as forbidden:
            await self.still_known()
            raise ItemGone(f"{self.http.tracker} does not show issue {key} to the account.", item=key) from forbidden
        await self.still_known()
        row = self._group(answer, "issue", path)
        if not isinstance(row, dict) or "id" not in row:
            raise self._strange(path)
        return row

    async def still_known(self) -> None:
        """Raises Unauthorized where the key is not good any more: then Redmine takes us for an anonymous visitor, and
        shows what those may see as if there were no more. Asked at most every ten seconds."""
        now = time.monotonic()
        if now - self._known_at > KNOWN_SECONDS:
            await self.http.json("GET", "users/current.json")
            self._known_at = now

    async def create(self, values: Row) -> Row:
        """Gives the new issue."""
        answer = await self.http.json("POST", "issues.json", body={"issue": values})
        return cast(Row, self._group(answer, "issue", "issues.json"))

    async def put(self, key: str, values: Row, *, login: str | None = None) -> None:
        """Changes an issue, as the user `login` where one is given. Redmine drops what it does not like, silently.

        VersionMismatch where another write to the same issue came at the same instant.
        """
        headers = {"X-Redmine-Switch-User": login} if login else None
        try:
            await self.http.json("PUT", f"issues/{key}.json", body={"issue": values}, headers=headers)
        except AccordError as error:
            error.item = error.item or key
            raise

    async def add(self, key: str, values: Row, *, login: str | None = None) -> None:
        """Like `put`, for what fits whatever others wrote."""
        for _ in range(ATTEMPTS):
            try:
                return await self.put(key, values, login=login)
            except VersionMismatch as error:
                mismatch = error
        raise mismatch

    async def upload(self, name: str, content: Path) -> tuple[str, str]:
        """Gives the id that the attachment will have, and the token that puts it on an issue. The bytes go from disk
        to the wire in small pieces."""

        @asynccontextmanager
        async def body() -> AsyncIterator[BinaryIO]:
            with content.open("rb") as stream:
                yield stream

        headers = {"Content-Type": "application/octet-stream"}
        answer = await self.http.json("POST", "uploads.json", query=[("filename", name)], form=body, headers=headers)
        token = str(self._group(answer, "upload", "uploads.json").get("token") or "")
        id_ = token.partition(".")[0]
        if not id_.isdigit():
            raise self._strange("uploads.json")
        return id_, token

    def _group(self, answer: Answer, name: str, path: str) -> Any:
        group = answer.data.get(name) if isinstance(answer.data, dict) else None
        if not isinstance(group, dict | list):
            raise self._strange(path)
        return group

    def _total(self, answer: Answer, path: str) -> int:
        total = answer.data.get("total_count") if isinstance(answer.data, dict) else None
        if not isinstance(total, int):
            raise self._strange(path)
        return total

    def _strange(self, path: str) -> Unreachable:
        error = Unreachable(
            f"{self.http.tracker} answered {path} otherwise than a Redmine does.",
            remedy="Check that the tracker's url is the address of a Redmine.",
        )
        error.scope = "tracker"
        return error


def filters(conditions: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
    """Redmine's long form of conditions, field -> (operator, value), which holds for every value whatever is in it."""
    query: list[tuple[str, str]] = []
    for name, (operator, value) in conditions.items():
        query += [("f[]", name), (f"op[{name}]", operator)]
        query += [(f"v[{name}][]", part) for part in value.split("|")]
    return query


def stamp(value: object) -> datetime | None:
    """A moment as Redmine prints it: UTC, to the second."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def plain_text(text: object) -> str:
    """As Markdown has it: Redmine keeps the line ends of browsers and no NUL, and the text is otherwise left alone."""
    return str(text or "").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


class _Client(HttpClient):
    """Leaves NUL out of what it writes: no database of Redmine's keeps one, and the answer is 500."""

    async def json(self, method: str, path: str, *, body: Any = None, **options: Any) -> Answer:
        return await super().json(method, path, body=_without_nul(body), **options)


def _without_nul(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {name: _without_nul(part) for name, part in value.items()}
    return [_without_nul(part) for part in value] if isinstance(value, list) else value


def _words(answer: Any) -> str:
    return "; ".join(str(error) for error in answer["errors"])


def _meaning(status: int, words: str) -> type[AccordError] | None:
    """A write that another one overtook is refused without a word; 412 is for a user whose name is not known."""
    if status == HTTPStatus.UNPROCESSABLE_ENTITY and not words:
        return VersionMismatch
    return WriteRefused if status == HTTPStatus.PRECONDITION_FAILED else None
