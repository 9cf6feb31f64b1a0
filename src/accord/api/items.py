"""Items: sync, connect, unsync."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from accord.api.admission import CallerHere, GuardedRoute
from accord.api.answers import answer, shown
from accord.api.given import MOST_KEYS, Connection, Given, Key, Line, Wait
from accord.operations.connect import Connected
from accord.operations.connect import connect as pair
from accord.operations.following import Synced, follow_all, register
from accord.operations.unsync import Unsynced
from accord.operations.unsync import unsync as end

router = APIRouter(route_class=GuardedRoute, tags=["Items"])
SYNCED = {
    "key": "PAY-12",
    "remote_key": "OPS-7",
    "remote_url": None,
    "connection": "partner",
    "twin_id": "b6a0b9a4-5f0e-4d8f-9d0c-0a7f2d2f4c11",
    "new": True,
    "status": "settled",
    "error": None,
}


class Syncing(Given):
    """Which items to bring under sync, or to look at at once."""

    keys: Annotated[
        list[Line], Field(min_length=1, max_length=MOST_KEYS, description="Keys of items.", examples=[["PAY-12"]])
    ]
    connection: Connection = None
    wait: Wait = 0.0


class Pairing(Given):
    """Two items that exist."""

    key: Key
    remote_key: Annotated[Line, Field(description="The key of the other side's item.", examples=["OPS-7"])]
    connection: Connection = None


class OneItem(Given):
    """An item under sync."""

    key: Key
    connection: Connection = None


@router.post("/sync", response_model=list[Synced], responses=shown([SYNCED]))
async def sync(caller: CallerHere, given: Syncing) -> Response:
    """Bring items under sync, or look at them at once.

    Answers when their sync events are on disk, or with `wait` when they are settled or blocked, or so many seconds are
    over. What goes wrong with one is in its answer (`status` failed, `error`), and does not keep the others.
    """
    meant = caller.meant(given.connection)
    results = await register(given.keys, meant, lambda key: caller.acting("sync", meant, item=key))
    if given.wait:
        await follow_all(caller.ports, results, given.wait)
    return answer([result.told() for result in results])


@router.post("/connect", response_model=Connected)
async def connect(caller: CallerHere, given: Pairing) -> Response:
    """Pair two items that exist.

    The other side agrees by the same call, or by accept_connect = true in its configuration.
    """
    meant = caller.meant(given.connection)
    async with caller.acting("connect", meant, item=given.key, remote_key=given.remote_key) as ports:
        return answer(await pair(ports, given.key, given.remote_key, meant))


@router.post("/unsync", response_model=Unsynced)
async def unsync(caller: CallerHere, given: OneItem) -> Response:
    """End the pair of an item; both items stay as they are.

    It ends at once, whatever waits for it, and the other side is told.
    """
    meant = caller.meant(given.connection)
    async with caller.acting("unsync", meant, item=given.key) as ports:
        return answer(await end(ports, given.key, meant))
