"""The HTTP client that connectors share: what an answer means, in the errors of `accord.errors`.

Reads are tried once more when the connection drops; writes never are, since nobody knows what became of them.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, BinaryIO, TypeVar

import aiohttp

from accord.errors import (
    AccordError,
    Forbidden,
    ItemGone,
    Throttled,
    Unauthorized,
    Unreachable,
    VersionMismatch,
    WriteRefused,
)
from accord.trackers.proxies import proxy_for

READS = frozenset({"GET", "HEAD", "OPTIONS"})
E = TypeVar("E", bound=AccordError)
MEANINGS: Mapping[int, type[AccordError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: ItemGone,
    408: Unreachable,
    409: VersionMismatch,
    410: ItemGone,
    412: VersionMismatch,
    425: Unreachable,
    429: Throttled,
}
Streamed = aiohttp.FormData | BinaryIO | AsyncIterable[bytes]
Query = Sequence[tuple[str, str]] | Mapping[str, str]


@dataclass(frozen=True)
class Limits:
    """How patient and how greedy a client is. Times in seconds, `answer_bytes` caps an answer read into memory.

    `silence` is the longest that may pass without a byte while the tracker works on a request.
    """

    connect: float = 10.0
    silence: float = 60.0
    silence_after_upload: float = 600.0
    concurrency: int = 8
    answer_bytes: int = 64 * 2**20
    retry_after: float = 30.0
    retry_after_most: float = 3600.0


@dataclass(frozen=True)
class Dialect:
    """What is particular to one tracker: where an error answer (parsed JSON) has its words, and what a status with such
    words means where it is not what it commonly does (None: it is)."""

    words: Callable[[Any], str | None] = lambda _: None
    meaning: Callable[[int, str], type[AccordError] | None] = lambda *_: None


@dataclass(frozen=True)
class Answer:
    """A successful answer: `data` is parsed JSON, None where there was no body. Header names are case-insensitive."""

    status: int
    headers: Mapping[str, str]
    data: Any


class HttpClient:
    """One session with one tracker.

    `secrets` are blotted out of whatever the tracker says before it gets into an error. Raises Unreachable,
    Throttled, Unauthorized, Forbidden, ItemGone, VersionMismatch and WriteRefused.
    """

    def __init__(
        self,
        tracker: str,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        secrets: Sequence[str] = (),
        dialect: Dialect | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.tracker, self.base_url = tracker, base_url.rstrip("/") + "/"
        self.limits = limits or Limits()
        self.calls = 0
        self._headers, self._dialect = dict(headers or {}), dialect or Dialect()
        self._secrets = tuple(sorted((secret for secret in secrets if secret), key=len, reverse=True))
        self._slots = asyncio.Semaphore(self.limits.concurrency)
        self._session: aiohttp.ClientSession | None = None

    async def json(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),
        body: Any = None,
        form: Callable[[], AbstractAsyncContextManager[Streamed]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request below the base URL. `body` goes out as JSON; `form` opens a body, multipart, an
        open file or pieces of bytes, that is streamed."""
        for attempt in (1, 2):
            try:
                if form is not None:
                    async with form() as data:
                        return await self._exchange(method, path, query, {"data": data}, headers, uploading=True)
                options = {} if body is None else {"json": body}
                return await self._exchange(method, path, query, options, headers)
            except _Dropped as dropped:
                if method not in READS or attempt == 2:
                    raise self._dropped(method, path, dropped) from dropped.__cause__
        raise AssertionError("unreachable")

    async def text(self, method: str, path: str, *, content: str, headers: Mapping[str, str] | None = None) -> str:
        """One request whose body and answer are text (XML, say). Never repeated."""
        try:
            async with self._request(method, path, (), {"data": content.encode()}, headers) as response:
                raw = await self._read(response, method, path)
                if response.status >= HTTPStatus.MULTIPLE_CHOICES:
                    raise self._refusal(method, path, response, raw)
                return raw.decode(errors="replace")
        except _Dropped as dropped:
            raise self._dropped(method, path, dropped) from dropped.__cause__

    async def stream(self, path: str, *, headers: Mapping[str, str] | None = None) -> AsyncIterator[bytes]:
        """The bytes of an answer, in chunks of at most 256 kB."""
        try:
            async with self._request("GET", path, (), {}, headers) as response:
                if response.status != HTTPStatus.OK:
                    raise self._refusal("GET", path, response, await self._read(response, "GET", path))
                async for chunk in response.content.iter_chunked(256 * 1024):
                    yield chunk
        except _Dropped as dropped:
            raise self._dropped("GET", path, dropped) from dropped.__cause__

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _exchange(
        self,
        method: str,
        path: str,
        query: Query,
        options: dict[str, Any],
        headers: Mapping[str, str] | None,
        *,
        uploading: bool = False,
    ) -> Answer:
        async with self._request(method, path, query, options, headers, uploading=uploading) as response:
            raw = await self._read(response, method, path)
            if response.status >= HTTPStatus.MULTIPLE_CHOICES:
                raise self._refusal(method, path, response, raw)
            return Answer(response.status, response.headers, self._parsed(raw, method, path))

    @asynccontextmanager
    async def _request(
        self,
        method: str,
        path: str,
        query: Query,
        options: dict[str, Any],
        headers: Mapping[str, str] | None,
        *,
        uploading: bool = False,
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        silence = self.limits.silence_after_upload if uploading else self.limits.silence
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=self.limits.connect, sock_read=silence)
        async with self._slots:
            self.calls += 1
            pairs = list(query.items()) if isinstance(query, Mapping) else list(query)
            try:
                async with self._open().request(
                    method,
                    self.base_url + path.lstrip("/"),
                    params=pairs,
                    headers=headers,
                    # A redirect would turn a write into a read, and could carry the credential elsewhere.
                    allow_redirects=False,
                    timeout=timeout,
                    **options,
                ) as response:
                    yield response
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise _Dropped(_in_words(error)) from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers=self._headers,
                proxy=proxy_for(self.base_url),
                connector=aiohttp.TCPConnector(limit=self.limits.concurrency),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
            # aiohttp sends PUT and DELETE again by itself when a kept connection was dropped; there is no public
            # switch, and a test watches over this one.
            self._session._retry_connection = False
        return self._session

    async def _read(self, response: aiohttp.ClientResponse, method: str, path: str) -> bytes:
        chunks, size = [], 0
        async for chunk in response.content.iter_chunked(256 * 1024):
            size += len(chunk)
            if size > self.limits.answer_bytes:
                raise self._unreachable(method, path, f"the answer is longer than {self.limits.answer_bytes:,} bytes")
            chunks.append(chunk)
        return b"".join(chunks)

    def _parsed(self, raw: bytes, method: str, path: str) -> Any:
        if not raw.strip():
            return None
        try:
            return json.loads(raw)
        except (ValueError, RecursionError):
            raise self._unreachable(method, path, "the answer is not JSON") from None

    def _refusal(self, method: str, path: str, response: aiohttp.ClientResponse, raw: bytes) -> AccordError:
        status, said = response.status, self._words(raw)
        where = f"{self.tracker} answered {status} to {method} {self._safe(path)}"
        message = f"{where}: {said}" if said else f"{where}."
        if status < HTTPStatus.BAD_REQUEST:
            remedy = "Correct the tracker's url: it redirects to somewhere else."
            return self._scoped(Unreachable(message, remedy=remedy))
        common = MEANINGS.get(status) or (Unreachable if status >= HTTPStatus.INTERNAL_SERVER_ERROR else WriteRefused)
        meaning = self._dialect.meaning(status, said) or common
        busy = status == HTTPStatus.SERVICE_UNAVAILABLE and "Retry-After" in response.headers
        if meaning is Throttled or busy:
            return self._scoped(Throttled(message, retry_after=self._retry_after(response.headers)))
        if meaning is Unauthorized:
            return self._scoped(Unauthorized(message, remedy="Check the user name and the secret of this tracker."))
        return self._scoped(meaning(message))

    def _words(self, raw: bytes) -> str:
        """The tracker's own words: one line of at most 300 characters, without markup."""
        try:
            words = self._dialect.words(json.loads(raw)) or ""
        except (ValueError, RecursionError, TypeError, KeyError, AttributeError, IndexError):
            text = raw[:2000].decode(errors="replace")
            words = "" if "<" in text else text
        return self._safe(" ".join(words.split()))[:300]

    def _safe(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return "".join(character for character in text if character.isprintable())

    def _retry_after(self, headers: Mapping[str, str]) -> float:
        """Seconds; the header has seconds or a date (RFC 9110, 10.2.3)."""
        told = headers.get("Retry-After", "").strip()
        try:
            seconds = float(told) if told.replace(".", "", 1).isdigit() else _seconds_until(told)
        except (ValueError, TypeError, OverflowError):
            return self.limits.retry_after
        return min(max(seconds, 0.0), self.limits.retry_after_most)

    def _dropped(self, method: str, path: str, dropped: _Dropped) -> AccordError:
        error = self._unreachable(method, path, str(dropped))
        error.undone = isinstance(dropped.__cause__, aiohttp.ClientConnectorError)
        return error

    def _unreachable(self, method: str, path: str, why: str) -> Unreachable:
        return self._scoped(Unreachable(f"{self.tracker} gave no usable answer to {method} {self._safe(path)}: {why}."))

    def _scoped(self, error: E) -> E:
        error.scope = "tracker"
        return error


class _Dropped(Exception):
    """No complete answer came."""


def _in_words(error: Exception) -> str:
    """Without addresses that may hold a credential."""
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection ({error.os_error.strerror or 'refused'})"
    if isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientPayloadError | ConnectionResetError):
        return "the connection was dropped"
    return f"the connection failed ({type(error).__name__})"


def _seconds_until(date: str) -> float:
    return parsedate_to_datetime(date).timestamp() - time.time()
