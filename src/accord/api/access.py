"""Who may use the API, and who changed what: tokens, audit."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field
from starlette.responses import Response

from accord.api.admission import CallerHere, GuardedRoute
from accord.api.answers import answer, shown
from accord.api.given import Connection, Given, LimitQuery, Line, Number
from accord.operations.audit import AuditLine
from accord.operations.audit import audit as look_at_audit
from accord.operations.tokens import DAYS, MOST_DAYS, NAMES, Made, TokenLine
from accord.operations.tokens import create_token as make
from accord.operations.tokens import revoke_token as end
from accord.operations.tokens import tokens as look_at_tokens
from accord.ports import Role

router = APIRouter(route_class=GuardedRoute, tags=["Access"])
TOKEN = {
    "id": "9f86d081884c7d65",
    "name": "nightly",
    "role": "operator",
    "connection": "partner",
    "state": "valid",
    "created_at": "2026-03-01T12:00:00Z",
    "created_by": "anna",
    "expires_at": "2026-05-30T12:00:00Z",
    "revoked_at": None,
}
ACT = {
    "number": 41,
    "at": "2026-03-01T12:04:00Z",
    "who": "nightly",
    "via": "api",
    "origin": "192.0.2.7",
    "what": "pause",
    "outcome": "done",
    "connection": "partner",
    "item": None,
    "act": "b6a0b9a4-5f0e-4d8f-9d0c-0a7f2d2f4c11",
    "details": {"because": "tracker migration"},
    "error": None,
}


class NewToken(Given):
    """Whose it is, and what it may do."""

    name: Annotated[str, Field(pattern=NAMES, description="What the audit log calls it.", examples=["nightly"])]
    role: Annotated[Role, Field(description="What it may do.", examples=["operator"])] = Role.VIEWER
    connection: Connection = None
    days: Annotated[float, Field(ge=0.01, le=MOST_DAYS, description="How long it is valid.")] = DAYS


@router.post("/tokens", response_model=Made, responses=shown({"token": TOKEN, "secret": "accord_9f86d081884c7d65_..."}))
async def create_token(caller: CallerHere, given: NewToken) -> Response:
    """Make a token, and tell it once.

    The node keeps only a hash of it.
    """
    about = {"name": given.name, "role": given.role, "days": given.days}
    async with caller.acting("create_token", given.connection, **about) as ports:
        who = caller.token.name
        return answer(await make(ports, given.name, given.role, who=who, connection=given.connection, days=given.days))


@router.get("/tokens", response_model=list[TokenLine], responses=shown([TOKEN]))
async def tokens(caller: CallerHere) -> Response:
    """The tokens that there are, and those that expired or were revoked.

    The newest first.
    """
    return answer(await look_at_tokens(caller.ports))


@router.delete("/tokens/{token}", response_model=TokenLine, responses=shown(TOKEN | {"state": "revoked"}))
async def revoke_token(
    caller: CallerHere, token: Annotated[Line, Path(description="Its name or id.", examples=["nightly"])]
) -> Response:
    """End a token for good, at once."""
    async with caller.acting("revoke_token", token=token) as ports:
        return answer(await end(ports, token))


@router.get("/audit", response_model=list[AuditLine], responses=shown([ACT]))
async def audit(
    caller: CallerHere,
    before: Annotated[Number | None, Query(description="Only lines before this number.")] = None,
    limit: LimitQuery = 100,
) -> Response:
    """Who changed something by the API or the command line, when, from where, and what came of it.

    The newest first; to go on, give the number of the last line as `before`.
    """
    return answer(await look_at_audit(caller.ports, before=before, limit=limit))
