"""Who is at the door: proves a request step by step before anything in it is believed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect, Request

from accord.model import Connection, ConnectionState
from accord.peers.keys import NodeIdentity
from accord.peers.refusals import Refused, stranger
from accord.peers.signatures import MAX_SKEW, RequestView, Signer, check_body, verify_request
from accord.peers.wire import MOUNT
from accord.ports import Clock, Store, Transaction

# A nonce is forgotten only when its request would be refused as too old, whichever way the clocks differ.
NONCE_SECONDS = 2 * MAX_SKEW + 60.0


@dataclass(frozen=True)
class Limits:
    """What one node lets others ask of it: bytes of a body, seconds to send it, requests at a time."""

    message_bytes: int = 8 << 20
    acceptance_bytes: int = 16 << 10
    body_seconds: float = 30.0
    at_once: int = 64


class Gate:
    """Judges requests for one node."""

    def __init__(self, me: NodeIdentity, store: Store, clock: Clock, limits: Limits) -> None:
        self._me, self._store, self._clock, self._limits = me, store, clock, limits
        self._pinned: frozenset[str] = frozenset()
        self._inside = 0

    def view(self, request: Request) -> RequestView:
        """The request as its signature sees it: the path below our own address, whatever a proxy cut off before it."""
        raw = request.scope.get("raw_path") or request.scope["path"].encode()
        path = raw.decode("latin-1")
        start = path.find(MOUNT + "/")
        query = request.scope["query_string"].decode("latin-1")
        target = urlsplit(self._me.url).path.rstrip("/") + path[max(start, 0) :] + (f"?{query}" if query else "")
        return RequestView(request.method, target, request.headers)

    async def head(self, request: Request) -> Signer:
        """Who signed the head of the request. Raises Refused (401)."""
        return verify_request(self.view(request), recipient=self._me.key.public, now=self._clock.now())

    async def peer(self, request: Request) -> Signer:
        """Like `head`, for a key that some connection pins. Raises Refused (401)."""
        signer = await self.head(request)
        if signer.key not in self._pinned:
            connections = await self._store.read(lambda tx: tx.connections())
            self._pinned = frozenset(each.peer_key for each in connections if each.peer_key)
        if signer.key not in self._pinned:
            raise stranger()
        return signer

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """One of the places for requests that are being read and registered. Raises Refused (429) if none is free."""
        if self._inside >= self._limits.at_once:
            raise Refused(429, "busy", "Too many requests at a time.", "It is tried again by itself.", retry_after=1)
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def body(self, request: Request, signer: Signer, limit: int) -> bytes:
        """The whole body, proven. Raises Refused: 408, 413, 401."""
        try:
            async with asyncio.timeout(self._limits.body_seconds):
                body = await _read(request, limit)
        except TimeoutError:
            raise Refused(408, "slow", "The body did not arrive in time.", "It is tried again by itself.") from None
        except ClientDisconnect:
            raise Refused(400, "disconnected", "The connection broke before the body was there.") from None
        check_body(self.view(request), signer, body)
        return body

    def admit(self, tx: Transaction, signer: Signer, connection_id: str) -> Connection:
        """The connection, if the signer may speak through it now, with its nonce spent. Raises Refused."""
        connection = tx.connection(connection_id)
        if connection is None or connection.peer_key != signer.key:
            raise _not_yours(tx, signer)
        if connection.state is ConnectionState.REMOVED:
            raise Refused(
                403, "removed", "The connection was removed on this side.", "Remove it too, or agree on a new one."
            )
        if connection.state is ConnectionState.PENDING:
            raise Refused(
                503, "pending", "The invitation is still being accepted.", "It is tried again by itself.", retry_after=2
            )
        self.spend(tx, signer)
        return connection

    def spend(self, tx: Transaction, signer: Signer) -> None:
        """Uses up the nonce. Raises Refused (425) if it was used before."""
        if not tx.use_nonce(signer.key, signer.nonce, self._clock.now(), NONCE_SECONDS):
            raise Refused(
                425, "replayed", "This very request was received before.", "A new one is made and sent by itself."
            )


def check_form(request: Request, limit: int) -> None:
    """What the headers alone tell: 415 unless plain JSON, 413 if the body says that it is too large."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(415, "media_type", "The body must be application/json, not compressed.", None)
    length = request.headers.get("content-length", "0")
    if not length.isascii() or not length.isdigit() or len(length) > 15 or int(length) > limit:
        raise _too_large(limit)


async def _read(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> Refused:
    return Refused(
        413,
        "too_large",
        f"The body is larger than {limit} bytes.",
        "Send less of the item by the outgoing rules, or raise the limit of the receiving node.",
        extra={"limit": limit},
    )


def _not_yours(tx: Transaction, signer: Signer) -> Refused:
    # Whether a connection exists is not told to those who have no part in it.
    if any(each.peer_key == signer.key for each in tx.connections()):
        return Refused(
            403,
            "wrong_connection",
            "This connection is not agreed with the key that signed the request.",
            "Look at the connection's id on both sides, or renew the invitation.",
        )
    return stranger()
