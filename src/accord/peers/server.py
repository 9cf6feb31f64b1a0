"""What other nodes may ask of this one, under `/peer/v1`.

Every request is judged from the outside in: size and type, signature of the head, key, body, schema, connection,
nonce. The first that fails ends it. A refusal is counted and logged, without bodies, and changes nothing else.
"""

from __future__ import annotations

import asyncio
import re
import traceback
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import structlog
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from accord.errors import ItemGone, PeerRefused, Throttled
from accord.model import Connection, Message
from accord.model.message import PROTOCOL_VERSION
from accord.peers import invitations
from accord.peers.gate import Gate, Limits, check_form
from accord.peers.keys import NodeIdentity
from accord.peers.refusals import Refused
from accord.peers.signatures import Signer, sign_answer
from accord.peers.tally import Tally
from accord.peers.wire import MOUNT, check_protocol, parse_json, parse_message, validate
from accord.ports import Answer, Clock, Store, Transaction

log = structlog.get_logger("accord.peers")

CAPABILITIES = ("blobs", "blob-ranges", "signed-answers", "unsync")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{1,15})?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class PeerService(Protocol):
    """What the engine does for peers. Whatever it raises is answered as "try later" and logged by its type."""

    async def receive(self, connection: Connection, message: Message) -> Answer:
        """Registers an event or an acknowledgment; on disk when it returns."""
        ...

    async def blob(self, connection: Connection, sha256: str) -> Path | None:
        """The verified bytes of an attachment, if it was offered through this connection."""
        ...

    async def accepted(self, connection: Connection) -> None:
        """An invitation of ours was accepted: the connection is active (may be told more than once)."""
        ...


Handler = Callable[[Request], Awaitable[Response]]


class PeerServer:
    """The peer side of one node. `routes()` go into the node's app; `app()` is an app of nothing else.

    `plain_http` allows peers whose address is not https, for closed networks.
    """

    def __init__(
        self,
        me: NodeIdentity,
        store: Store,
        clock: Clock,
        service: PeerService,
        *,
        limits: Limits | None = None,
        plain_http: bool = False,
    ) -> None:
        self._me, self._store, self._clock, self._service = me, store, clock, service
        self._limits, self._plain_http = limits or Limits(), plain_http
        self._gate = Gate(me, store, clock, self._limits)
        self._tally = Tally(store)

    def routes(self) -> list[Route]:
        """Plain Starlette routes; each answers all of its own errors."""
        return [
            self._route("/messages", "POST", self._messages),
            self._route("/blobs/{sha256}", "GET", self._blob),
            self._route("/invitations/accept", "POST", self._accept),
            self._route("/hello", "GET", self._hello),
            self._route("/{rest:path}", "*", self._elsewhere),
        ]

    def app(self) -> Starlette:
        """An app that serves peers only."""
        return Starlette(routes=self.routes())

    def _route(self, path: str, method: str, handler: Handler) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                response = await handler(request)
            except Exception as error:
                response = await self._refuse(request, _as_refusal(error))
            return response if isinstance(response, FileResponse) else self._signed(request, response)

        return Route(MOUNT + path, endpoint, methods=_METHODS if method == "*" else [method])

    async def _messages(self, request: Request) -> Response:
        check_form(request, self._limits.message_bytes)
        signer = await self._gate.peer(request)
        async with self._gate.place():
            body = await self._gate.body(request, signer, self._limits.message_bytes)
            message = parse_message(body)
            connection = await self._store.run(lambda tx: self._gate.admit(tx, signer, message.connection))
            answer = await self._service.receive(connection, message)
        return _answered(answer)

    async def _blob(self, request: Request) -> Response:
        signer = await self._gate.peer(request)
        await self._gate.body(request, signer, 0)
        sha256, connection_id = request.path_params["sha256"], request.query_params.get("connection", "")
        connection = await self._store.run(lambda tx: self._gate.admit(tx, signer, connection_id))
        try:
            path = await self._service.blob(connection, sha256) if _SHA256.fullmatch(sha256) else None
        except ItemGone:
            raise Refused(410, "item_gone", "The item of this attachment is gone.", "You are told next.") from None
        if path is None:
            raise Refused(
                404, "no_blob", "No such attachment was offered through this connection.", "Sync the item again."
            )
        size = (await asyncio.to_thread(path.stat)).st_size
        _check_range(request.headers.get("range"), size)
        headers = {"ETag": f'"{sha256}"', "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        return FileResponse(path, headers=headers, media_type="application/octet-stream")

    async def _accept(self, request: Request) -> Response:
        check_form(request, self._limits.acceptance_bytes)
        signer = await self._gate.head(request)
        async with self._gate.place():
            data = parse_json(await self._gate.body(request, signer, self._limits.acceptance_bytes))
            check_protocol(data)
            acceptance = validate(invitations.Acceptance, data)
            connection = await self._store.run(lambda tx: self._redeem(tx, acceptance, signer))
        await self._service.accepted(connection)
        welcome = invitations.Welcome(
            connection=connection.id,
            policy=connection.policy,
            policies=connection.policies,
            node=invitations.facts_of(self._me),
        )
        return _json(200, welcome.model_dump(mode="json"))

    def _redeem(self, tx: Transaction, acceptance: invitations.Acceptance, signer: Signer) -> Connection:
        self._gate.spend(tx, signer)
        now = self._clock.now()
        return invitations.redeem(tx, acceptance, signer.key, now, plain_http=self._plain_http)

    async def _hello(self, _: Request) -> Response:
        facts = {
            "node": self._me.name,
            "key": self._me.key.public,
            "version": version("accord-sync"),
            "protocols": [PROTOCOL_VERSION],
            "capabilities": list(CAPABILITIES),
            "message_bytes": self._limits.message_bytes,
        }
        return _json(200, facts)

    async def _elsewhere(self, _: Request) -> Response:
        raise Refused(404, "nowhere", "There is nothing at this address for this method.", "See /peer/v1/hello.")

    async def _refuse(self, request: Request, refused: Refused) -> Response:
        await self._tally.add(f"peer.refused.{refused.reason}")
        log.warning(
            "peer.refused",
            reason=refused.reason,
            status=refused.status,
            method=request.method,
            route=request.scope["route"].path,
            client=request.client.host if request.client else None,
        )
        return _json(refused.status, refused.body(), refused.answer_headers())

    def _signed(self, request: Request, response: Response) -> Response:
        if "signature" in request.headers:
            headers = {"content-type": response.headers["content-type"]}
            body = bytes(response.body)
            signed = sign_answer(self._me.key, self._gate.view(request), response.status_code, headers, body)
            response.headers.update(signed)
        return response


def _as_refusal(error: Exception) -> Refused:
    if isinstance(error, Refused):
        return error
    if isinstance(error, PeerRefused) and error.status == 403:
        return Refused(403, "foreign_twin", error.message, error.remedy or "Check which connection it belongs to.")
    if isinstance(error, Throttled):
        return Refused(429, "throttled", "This node asks to slow down.", retry_after=error.retry_after)
    # Only the type and place: texts of errors may hold what the request held.
    log.error("peer.failed", error=type(error).__name__, at=_place_of(error))
    return Refused(503, "unavailable", "This node can't take it now.", "It is tried again by itself.", retry_after=5)


def _place_of(error: Exception) -> str:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno} {frame.name}"


def _answered(answer: Answer) -> Response:
    if answer.status == "gap":
        gap = Refused(409, "gap", "Earlier messages are missing.", "They are sent again by themselves.")
        return _json(409, gap.body() | {"expected": answer.expected})
    if answer.status == "forked":
        forked = Refused(409, "forked", "More is known here of this item than you remember.", "See: accord status.")
        return _json(409, forked.body())
    body: dict[str, Any] = {"status": answer.status}
    if answer.detail is not None:
        body["detail"] = answer.detail
    if answer.acknowledgment is not None:
        body["acknowledgment"] = answer.acknowledgment.dump()
    return _json(202 if answer.status == "registered" else 200, body)


def _json(status: int, data: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    return Response(to_json(data), status, headers, media_type="application/json")


def _check_range(header: str | None, size: int) -> None:
    if header is None:
        return
    match = _RANGE.fullmatch(header)
    if match is None or (match[2] is not None and int(match[2]) < int(match[1])):
        raise Refused(400, "range", "Only one range of the form bytes=first-last is served.")
    if int(match[1]) >= size:
        raise Refused(416, "range", "The range starts beyond the end.", headers={"Content-Range": f"bytes */{size}"})
