"""Two nodes come to an agreement: invite, accept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from accord.api.admission import CallerHere, GuardedRoute
from accord.api.answers import answer
from accord.api.given import Code, Given
from accord.api.mending import OneConnection
from accord.operations.invite import accept as agree
from accord.operations.invite import invite as make
from accord.operations.publish import publish_first
from accord.operations.terms import terms_in_words
from accord.peers.keys import fingerprint

router = APIRouter(route_class=GuardedRoute, tags=["Agreements"])
PlainHttp = Annotated[bool, Field(description="Allow addresses without TLS: only within a closed network.")]


class Inviting(Given):
    """To which connection of accord.toml."""

    connection: OneConnection
    plain_http: PlainHttp = False


class Accepting(Given):
    """The other node's code, and to which connection of accord.toml it belongs."""

    code: Annotated[Code, Field(description="What `accord invite` printed on the other side.")]
    connection: OneConnection
    plain_http: PlainHttp = False


@dataclass(frozen=True)
class Invited:
    """`code` is for the other side's operator, and works once. `connection` is its id, `name` ours."""

    code: str
    connection: str
    name: str
    expires: datetime


@dataclass(frozen=True)
class Agreed:
    """A connection in force. `fingerprint`: the other node's key; `conflicts`: who wins, in words."""

    connection: str
    id: str
    peer: str | None
    url: str | None
    fingerprint: str
    conflicts: dict[str, str]


@router.post("/invitations", response_model=Invited)
async def invite(caller: CallerHere, given: Inviting) -> Response:
    """Make a code that invites another node to a connection.

    The code works once, for a week. Hand it over by a way that both owners trust.
    """
    served, config, name = caller.served, await caller.served.files(), given.connection
    async with caller.acting("invite", name, once=False) as ports:
        made = await make(config, ports.store, ports.clock, served.identity, name, plain_http=given.plain_http)
        await publish_first(config, ports)
    return answer(Invited(made.code(), made.connection, name, made.expires))


@router.post("/invitations/accept", response_model=Agreed)
async def accept(caller: CallerHere, given: Accepting) -> Response:
    """Accept an invitation of another node.

    That node must be running. Both then know each other's key, and take nothing from anybody else.
    """
    served, config = caller.served, await caller.served.files()
    async with caller.acting("accept", given.connection, once=False) as ports:
        made = await agree(
            config, ports.store, ports.clock, served.identity, served.client, given.code, given.connection,
            plain_http=given.plain_http,
        )  # fmt: skip
        await publish_first(config, ports)
    key = fingerprint(made.peer_key) if made.peer_key else ""
    return answer(Agreed(made.name, made.id, made.peer_node, made.peer_url, key, terms_in_words(made)))
