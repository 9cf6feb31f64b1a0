"""Who is at the door: a bearer token, its role and its connection, before anything else of a request is read."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast

from fastapi import Depends
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.requests import Request
from starlette.responses import Response

from accord.api.problems import Refused
from accord.api.roles import NODE_WIDE, ROLES
from accord.api.served import Served
from accord.operations.audit import Actor, audited, turned_away
from accord.operations.tokens import token_of
from accord.ports import Ports, Role, Token

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

bearer = HTTPBearer(auto_error=False, description="A token: accord token create NAME --role viewer.")


@dataclass(frozen=True)
class Caller:
    """Who asks, within one request. `connection`: the only one that their token is for, by id and by name."""

    served: Served
    token: Token
    actor: Actor
    connection: tuple[str, str] | None

    @property
    def ports(self) -> Ports:
        return self.served.ports

    def meant(self, connection: str | None) -> str | None:
        """The connection to work on: the one that is asked for, or the only one that may be. Raises Refused (403)."""
        if self.connection is None:
            return connection
        if connection is None or connection in self.connection:
            return self.connection[0]
        raise Refused(
            403,
            f"This token is for connection {self.connection[1]} only.",
            remedy="Ask an admin of the node for another token.",
            field="connection",
            value=connection,
        )

    def acting(self, what: str, connection: str | None = None, **about: Any) -> AbstractAsyncContextManager[Ports]:
        """The ports for one act: see `operations.audit.audited`. The node looks at what was done at once."""
        return self._acting(what, connection, about)

    @asynccontextmanager
    async def _acting(self, what: str, connection: str | None, about: dict[str, Any]) -> AsyncIterator[Ports]:
        async with audited(self.ports, self.actor, what, connection=connection, **about) as ports:
            yield ports
        self.served.wake()


class GuardedRoute(APIRoute):
    """A route that lets nobody in but those whose role may do what it does: its name is in the table of roles."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **settings: Any) -> None:
        # The docstring's first line is the summary.
        if settings.get("summary") is None:
            first, _, rest = (inspect.getdoc(endpoint) or "").partition("\n")
            settings |= {"summary": first.rstrip("."), "description": rest.strip() or first}
        super().__init__(path, endpoint, **settings)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            request.state.caller = await admitted(request, self.name)
            return await handler(request)

        return guarded


def _caller(request: Request) -> Caller:
    return cast("Caller", request.state.caller)


CallerHere = Annotated[Caller, Depends(_caller)]


async def admitted(request: Request, operation: str) -> Caller:
    """Who asks, if they may. Raises Refused: 401 for no valid token, 403 for one that may not do this."""
    served = cast("Served", request.app.state.served)
    token = await _known(served, request)
    client = request.client.host if request.client else "unknown"
    actor = Actor(token.name, "api", client)
    scope = await _scope(served.ports, token)
    try:
        _check_role(token, operation)
    except Refused as refused:
        await _count(served, "role")
        if ROLES[operation] is not Role.VIEWER:
            await turned_away(served.ports, actor, operation, refused, scope[1] if scope else None)
        raise
    return Caller(served, token, actor, scope)


async def _known(served: Served, request: Request) -> Token:
    kind, _, shown = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not shown:
        await _count(served, "no_token")
        raise _stranger("A token is asked for.", "Send it as: Authorization: Bearer accord_...")
    found = await token_of(served.ports.store, shown.strip(), served.ports.clock.now())
    if found is None:
        await _count(served, "unknown_token")
        raise _stranger("No such token is known here.", "Look whether all of it was sent, and to the right node.")
    token, state = found
    if state != "valid":
        await _count(served, f"{state}_token")
        raise _stranger(f"Token {token.name} is {state}.", "Ask an admin of the node for a new one.")
    return token


async def _scope(ports: Ports, token: Token) -> tuple[str, str] | None:
    if token.connection_id is None:
        return None
    connection_id = token.connection_id
    known = await ports.store.read(lambda tx: tx.connection(connection_id))
    return connection_id, known.name if known else connection_id


def _check_role(token: Token, operation: str) -> None:
    needed = ROLES[operation]
    if not token.role.includes(needed):
        raise Refused(
            403,
            f"Token {token.name} is of role {token.role}; this asks for {needed}.",
            remedy="Ask an admin of the node for another token.",
        )
    if token.connection_id is not None and operation in NODE_WIDE:
        raise Refused(
            403,
            f"Token {token.name} is for one connection only; this is about the whole node.",
            remedy="Use a token for all connections.",
        )


def _stranger(message: str, remedy: str) -> Refused:
    return Refused(401, message, remedy=remedy, headers={"WWW-Authenticate": 'Bearer realm="accord"'})


async def _count(served: Served, why: str) -> None:
    await served.tally.add(f"api.refused.{why}")
