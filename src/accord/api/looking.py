"""What there is to see: status, items, history, queue, errors."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from accord.api.admission import CallerHere, GuardedRoute
from accord.api.answers import answer, shown
from accord.api.given import ConnectionQuery, KeyQuery, LimitQuery, Line
from accord.errors import NeedsOperator
from accord.operations.check import CheckedTold, check_connection
from accord.operations.check import check as check_all
from accord.operations.errors import ErrorGroup
from accord.operations.errors import errors as look_at_errors
from accord.operations.find import the_connection
from accord.operations.history import HistoryLine
from accord.operations.history import history as look_at_history
from accord.operations.items import PairLine, pairs_of
from accord.operations.publish import configured
from accord.operations.queue import QueueLine
from accord.operations.queue import queue as look_at_queue
from accord.operations.rules import drafts
from accord.operations.status import StatusTold, status_told
from accord.operations.status import status as look_at_status

router = APIRouter(route_class=GuardedRoute, tags=["Looking"])
PAIR: dict[str, Any] = {
    "connection": "partner",
    "twin_id": "b6a0b9a4-5f0e-4d8f-9d0c-0a7f2d2f4c11",
    "key": "PAY-12",
    "remote_key": "OPS-7",
    "remote_url": "https://tracker.example.com/issues/7",
    "state": "paired",
    "status": "settled",
    "cause": None,
    "asked": [],
    "since": "2026-03-01T12:00:00Z",
    "updated_at": "2026-03-01T12:04:00Z",
}
HISTORY = {
    "at": "2026-03-01T12:04:00Z",
    "connection": "partner",
    "twin_id": PAIR["twin_id"],
    "step": "conflict",
    "summary": "conflict on priority of PAY-12",
    "details": {"field": "priority", "kept": "urgent", "lost": "low", "winner": "ours"},
}


@router.get("/status", response_model=StatusTold)
async def status(caller: CallerHere, connection: ConnectionQuery = None) -> Response:
    """How the node, its trackers and its connections are doing.

    A token of one connection sees nothing but that and its tracker.
    """
    served, meant = caller.served, caller.meant(connection)
    seen = await look_at_status(caller.ports, frozenset(served.config.connections), connection=meant)
    unpublished, trouble = [], None
    try:
        unpublished = await drafts(await served.files(), caller.ports, meant)
    except NeedsOperator as wrong:
        trouble = wrong
    return answer(status_told(served.config.node.name, True, seen, unpublished, trouble))


@router.get("/item", response_model=list[PairLine], responses=shown([PAIR]))
async def item(caller: CallerHere, key: KeyQuery, connection: ConnectionQuery = None) -> Response:
    """Find an item: its pairs, and where their sync stands.

    By its key here or there; where it is under sync no more, the pairs of the past.
    """
    return answer(await pairs_of(caller.ports, key, caller.meant(connection)))


@router.get("/history", response_model=list[HistoryLine], responses=shown([HISTORY]))
async def history(
    caller: CallerHere,
    key: Annotated[Line | None, Query(description="Only of this item.", examples=["PAY-12"])] = None,
    connection: ConnectionQuery = None,
    limit: LimitQuery = 100,
) -> Response:
    """What was synced, and of each conflict both values and who won.

    The newest first; of an item also what was before it was taken out of sync.
    """
    return answer(await look_at_history(caller.ports, key, caller.meant(connection), limit=limit))


@router.get("/queue", response_model=list[QueueLine])
async def queue(caller: CallerHere, connection: ConnectionQuery = None, limit: LimitQuery = 100) -> Response:
    """What waits in the sync queue, and why.

    What is blocked comes first, then what has waited longest.
    """
    return answer(await look_at_queue(caller.ports, caller.meant(connection), limit=limit))


@router.get("/errors", response_model=list[ErrorGroup])
async def errors(caller: CallerHere, connection: ConnectionQuery = None) -> Response:
    """What does not go on, by cause, and what to do about it; and what people are asked.

    Each group is what one person can put right at once.
    """
    return answer(await look_at_errors(caller.ports, caller.meant(connection)))


@router.get("/check", response_model=CheckedTold)
async def check(caller: CallerHere, connection: ConnectionQuery = None) -> Response:
    """Check the configuration in the files against the real trackers.

    What trackers tell of their fields may be up to five minutes old. Problems would make syncs fail, warnings may be
    meant so.
    """
    config, meant = await caller.served.files(), caller.meant(connection)
    if meant is None:
        return answer((await check_all(config, caller.ports)).told())
    chosen = await the_connection(caller.ports, meant)
    return answer((await check_connection(configured(config, chosen), caller.ports)).told())
