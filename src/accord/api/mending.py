"""Letting go what stands still: retry, skip, pause, resume, rejoin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from accord.api.admission import CallerHere, GuardedRoute
from accord.api.answers import answer
from accord.api.given import Connection, Given, Key, Line, Text
from accord.model import ConnectionState
from accord.operations.pause import BY_HAND, Resumed
from accord.operations.pause import pause as stop
from accord.operations.pause import resume as go_on
from accord.operations.rejoin import Rejoined, give_way
from accord.operations.rejoin import rejoin as pair_anew
from accord.operations.retry import Retried
from accord.operations.retry import retry as again
from accord.operations.skip import Skipped
from accord.operations.skip import skip as give_up
from accord.ports import Direction

router = APIRouter(route_class=GuardedRoute, tags=["Mending"])
OneConnection = Annotated[Line, Field(description="The connection's name.", examples=["partner"])]


class Retrying(Given):
    """An item, a connection, or without both everything."""

    key: Annotated[Line | None, Field(description="Only this item.", examples=["PAY-12"])] = None
    connection: Connection = None


class Skipping(Given):
    """The item whose change is given up."""

    key: Key
    connection: Connection = None
    direction: Annotated[
        Direction | None, Field(description="Ours that waits to be sent (out), or theirs (in), where both wait.")
    ] = None


class Pausing(Given):
    """Which connection, and why."""

    connection: OneConnection
    because: Annotated[
        Text, Field(description="Why, for those who look at the status.", examples=["tracker migration"])
    ] = BY_HAND


class Resuming(Given):
    """Which connection goes on."""

    connection: OneConnection
    accept: Annotated[bool, Field(description="What the guard stopped is right: let it happen.")] = False


class Rejoining(Given):
    """Which connection, and whose database came back."""

    connection: OneConnection
    restored: Annotated[bool, Field(description="It is this side's database that came back.")] = False


@dataclass(frozen=True)
class Paused:
    """A connection whose work is stopped, and why."""

    connection: str
    state: ConnectionState
    paused_because: str | None


@router.post("/retry", response_model=Retried)
async def retry(caller: CallerHere, given: Retrying) -> Response:
    """Let what is blocked or retrying go on at once.

    Of an item, of a connection, or of all. A connection that the guard stopped stays so.
    """
    meant = caller.meant(given.connection)
    async with caller.acting("retry", meant, item=given.key) as ports:
        return answer(await again(ports, given.key, connection=meant))


@router.post("/skip", response_model=Skipped)
async def skip(caller: CallerHere, given: Skipping) -> Response:
    """Give up the change at which an item is blocked.

    It stays in the item's history. What the other side may have already can't be taken back.
    """
    meant = caller.meant(given.connection)
    async with caller.acting("skip", meant, item=given.key, once=False, direction=given.direction) as ports:
        return answer(await give_up(ports, given.key, meant, given.direction))


@router.post("/pause", response_model=Paused)
async def pause(caller: CallerHere, given: Pausing) -> Response:
    """Stop a connection's work.

    Changes of both sides are still noticed, and wait.
    """
    meant = caller.meant(given.connection) or given.connection
    async with caller.acting("pause", meant, because=given.because) as ports:
        made = await stop(ports, meant, given.because)
    return answer(Paused(made.name, made.state, made.paused_because))


@router.post("/resume", response_model=Resumed)
async def resume(caller: CallerHere, given: Resuming) -> Response:
    """Let a connection go on that is paused or stopped.

    With `accept` the guard lets everything pass for its window, starting now.
    """
    meant = caller.meant(given.connection) or given.connection
    async with caller.acting("resume", meant, accept=given.accept) as ports:
        return answer(await go_on(ports, meant, accept=given.accept))


@router.post("/rejoin", response_model=Rejoined)
async def rejoin(caller: CallerHere, given: Rejoining) -> Response:
    """Pair everything anew, after a database was brought back from an older copy.

    First with `restored` on the side whose database it is, then without on the other one, whose memory is whole.
    """
    meant = caller.meant(given.connection) or given.connection
    async with caller.acting("rejoin", meant, once=False, restored=given.restored) as ports:
        return answer(await (give_way if given.restored else pair_anew)(ports, meant))
