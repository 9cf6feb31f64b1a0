"""How this node speaks to others: signed requests over one HTTP session, and answers that prove who gave them."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote, urlsplit
from weakref import WeakValueDictionary

import aiohttp
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json
from yarl import URL

from accord.errors import PeerRefused, Unreachable
from accord.model import Connection, Message
from accord.peers.answers import Reply, answer_from, check_reply, nonsense, parsed
from accord.peers.codes import Invitation
from accord.peers.fetch import CHUNK, Partial
from accord.peers.invitations import Acceptance, Welcome
from accord.peers.keys import NodeIdentity
from accord.peers.refusals import clean
from accord.peers.signatures import AnswerView, RequestView, is_answered_by, sign_request
from accord.peers.wire import MOUNT
from accord.ports import Answer, Clock

_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(?:\d{1,15}|\*)")


class Hello(BaseModel):
    """What a node tells of itself: name, key (base64), version, protocols, capabilities, largest message in bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    node: str = Field(max_length=100)
    key: str = Field(max_length=100)
    version: str = Field(max_length=100)
    protocols: tuple[int, ...]
    capabilities: tuple[str, ...] = ()
    message_bytes: int | None = None


class PeerClient:
    """`accord.ports.Peers` over HTTP. Times in seconds; `answer_limit` and `blob_limit` in bytes."""

    def __init__(
        self,
        me: NodeIdentity,
        clock: Clock,
        *,
        timeout: float = 30.0,
        idle_timeout: float = 60.0,
        answer_limit: int = 9 << 20,
        blob_limit: int = 4 << 30,
        new_nonce: Callable[[], str] = lambda: secrets.token_urlsafe(18),
    ) -> None:
        self._me, self._clock, self._new_nonce = me, clock, new_nonce
        self._timeout = aiohttp.ClientTimeout(total=timeout, connect=min(timeout, 10.0))
        self._stream_timeout = aiohttp.ClientTimeout(total=None, connect=10.0, sock_read=idle_timeout)
        self._answer_limit, self._blob_limit = answer_limit, blob_limit
        self._session: aiohttp.ClientSession | None = None
        self._fetching: WeakValueDictionary[Path, asyncio.Lock] = WeakValueDictionary()

    async def send(self, connection: Connection, message: Message) -> Answer:
        """Delivers an event or an acknowledgment. Raises Unreachable, Throttled, PeerRefused."""
        url, key = _peer(connection)
        reply = await self._ask(url, key, "POST", "/messages", to_json(message.dump()))
        return answer_from(reply, message, self._clock.now())

    async def accept(self, invitation: Invitation, acceptance: Acceptance) -> Welcome:
        """Tells the inviter that its invitation is accepted. Raises Unreachable, Throttled, PeerRefused."""
        body = to_json(acceptance.model_dump(mode="json"))
        reply = await self._ask(invitation.url, invitation.key, "POST", "/invitations/accept", body)
        check_reply(reply, self._clock.now())
        return parsed(reply, Welcome)

    async def hello(self, connection: Connection) -> Hello:
        """Who answers at the peer's address, proven to be the agreed node. Raises Unreachable, Throttled."""
        url, key = _peer(connection)
        reply = await self._ask(url, key, "GET", "/hello", b"")
        check_reply(reply, self._clock.now())
        return parsed(reply, Hello)

    async def fetch_blob(self, connection: Connection, sha256: str, target: Path) -> None:
        """Streams an attachment's bytes to `target`, going on where an earlier try ended, verified by hash.

        Raises Unreachable (what is there is kept, unless its hash is wrong), Throttled, PeerRefused.
        """
        url, key = _peer(connection)
        path = f"/blobs/{quote(sha256, safe='')}?connection={quote(connection.id, safe='')}"
        async with self._fetching.setdefault(target, asyncio.Lock()), Partial(target, sha256, self._blob_limit) as part:
            if part.complete:
                return
            extra = {"Range": f"bytes={part.size}-", "If-Range": f'"{sha256}"'} if part.size else {}
            async with self._request(url, key, "GET", path, b"", extra, self._stream_timeout) as (view, response):
                await self._stream(view, response, key, part)
            await part.finish()

    async def close(self) -> None:
        """Closes the session; the client may be used again afterwards."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _stream(self, view: RequestView, response: aiohttp.ClientResponse, key: str, part: Partial) -> None:
        if response.status == 206:
            match = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
            if match is None or int(match[1]) != part.size:
                raise nonsense("It sent another range than the one asked for.")
        elif response.status == 200:
            part.restart()
        elif response.status == 416:
            part.restart()
            raise Unreachable("An attachment is shorter than what was fetched of it before; it is fetched anew.")
        else:
            check_reply(await self._reply(view, response, key), self._clock.now())
            raise nonsense(f"Its status is {response.status}.")
        async for chunk in response.content.iter_chunked(CHUNK):
            part.write(chunk)

    async def _ask(self, url: str, key: str, method: str, path: str, body: bytes) -> Reply:
        async with self._request(url, key, method, path, body, {}, self._timeout) as (view, response):
            return await self._reply(view, response, key)

    async def _reply(self, view: RequestView, response: aiohttp.ClientResponse, key: str) -> Reply:
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._answer_limit:
                raise nonsense(f"It is longer than {self._answer_limit} bytes.")
        answer = AnswerView(response.status, response.headers, view)
        return Reply(response.status, response.headers, bytes(body), is_answered_by(key, answer, bytes(body)))

    @asynccontextmanager
    async def _request(
        self,
        url: str,
        key: str,
        method: str,
        path: str,
        body: bytes,
        extra: dict[str, str],
        patience: aiohttp.ClientTimeout,
    ) -> AsyncIterator[tuple[RequestView, aiohttp.ClientResponse]]:
        view = self._signed(url, key, method, path, body, extra)
        address = URL(_origin(url) + view.target, encoded=True)
        try:
            async with self._open().request(
                method, address, data=body or None, headers=dict(view.headers.items()), timeout=patience,
                allow_redirects=False,
            ) as response:  # fmt: skip
                yield view, response
        except TimeoutError as error:
            raise Unreachable(f"{_host(url)} did not answer in time.") from error
        except aiohttp.ClientConnectorCertificateError as error:
            raise Unreachable(
                f"The certificate of {_host(url)} is not trusted.",
                remedy="Renew it there, or have this machine trust its issuer.",
            ) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{_host(url)} can't be reached: {clean(type(error).__name__)}.") from error

    def _signed(self, url: str, key: str, method: str, path: str, body: bytes, extra: dict[str, str]) -> RequestView:
        headers = {"Accept-Encoding": "identity", **extra}
        if body:
            headers["Content-Type"] = "application/json"
        target = urlsplit(url).path.rstrip("/") + MOUNT + path
        view = RequestView(method, target, headers)
        signed = sign_request(self._me.key, view, body, recipient=key, now=self._clock.now(), nonce=self._new_nonce())
        return RequestView(method, target, signed)

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # Bodies are hashed as they travel, and nothing that a peer sets is to come back to it.
            self._session = aiohttp.ClientSession(
                auto_decompress=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "accord"},
                skip_auto_headers=("Content-Type",),
            )
        return self._session


def _peer(connection: Connection) -> tuple[str, str]:
    if not connection.peer_url or not connection.peer_key:
        raise PeerRefused(
            f"The connection {connection.name} has no other node yet.", remedy="Have its invitation accepted."
        )
    return connection.peer_url, connection.peer_key


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host(url: str) -> str:
    return urlsplit(url).netloc
