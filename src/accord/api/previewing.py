"""What would happen: nothing here writes anything."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from accord.api.admission import CallerHere, GuardedRoute
from accord.api.answers import answer, shown
from accord.api.given import ConnectionQuery, DraftQuery, KeyQuery, Text
from accord.api.problems import Refused
from accord.errors import AccordError
from accord.operations.preview import Preview
from accord.operations.preview import preview as look
from accord.operations.preview_many import Summary, judged, matching, under_sync
from accord.operations.telling import as_json

router = APIRouter(route_class=GuardedRoute, tags=["Preview"])
LINES = "application/x-ndjson"
EXAMPLE: dict[str, Any] = {
    "key": "PAY-12",
    "remote_key": "OPS-7",
    "connection": "partner",
    "under_sync": True,
    "sending": {
        "news": True,
        "fields": {"priority": ["normal", "urgent"]},
        "comments": [{"change": "new", "id": "4", "text": "It fails at checkout."}],
        "attachments": [],
        "worklogs": [],
        "links": [],
        "message": {"kind": "sync", "sequence": 8, "replica": {"priority": "urgent"}},
        "ends": False,
    },
    "failed": None,
    "request": None,
    "requests_waiting": 0,
    "here": None,
}


@dataclass(frozen=True)
class Line:
    """One line: an item, at the end the summary, or what broke it off."""

    item: Preview | None = None
    summary: Summary | None = None
    problem: dict[str, Any] | None = None


@router.get("/preview", response_model=Preview, responses=shown(EXAMPLE))
async def preview(
    caller: CallerHere, key: KeyQuery, connection: ConnectionQuery = None, draft: DraftQuery = False
) -> Response:
    """Show what would be sent and written of one item.

    What would be sent now, what new rules would write here of what the other side last told, who would win where both
    hold something, and what a request that waits would write. The same JSON as `accord preview KEY --json`.
    """
    meant = caller.meant(connection)
    tried = await caller.served.draft() if draft else None
    return answer(await look(caller.ports, key, meant, tried))


@router.get(
    "/previews",
    response_model=Line,
    responses={200: {"content": {LINES: {}}, "description": "A JSON object a line, as each item is done."}},
)
async def previews(
    caller: CallerHere,
    query: Annotated[
        Text | None,
        Query(description="All that match, in the tracker's own language, as a trigger.", examples=["label = shared"]),
    ] = None,
    everything: Annotated[bool, Query(alias="all", description="All items under sync.")] = False,
    draft: DraftQuery = False,
    connection: ConnectionQuery = None,
) -> Response:
    """Show what would be sent and written of many items.

    One JSON object a line: `{"item": ...}` for each as it comes, `{"summary": ...}` at the end, as `accord preview
    --json` gives them. Give one of `query` and `all=true`.
    """
    if (query is not None) == everything:
        raise Refused(422, "Give one of query and all.", remedy="All items under sync: all=true.", field="query")
    served, meant = caller.served, caller.meant(connection)
    if served.runs.locked():
        raise Refused(503, "Others are being told of many items just now.", headers={"Retry-After": "10"})
    tried = await served.draft() if draft else None
    chosen = await (matching(caller.ports, query, meant) if query else under_sync(caller.ports, meant))
    seen = judged(caller.ports, chosen, tried, pace=served.config.node.job_pace)
    return StreamingResponse(_lines(seen, served.runs), media_type=LINES)


async def _lines(
    seen: AsyncGenerator[tuple[Preview, Summary], None], runs: asyncio.Semaphore
) -> AsyncGenerator[bytes, None]:
    summary = Summary()
    try:
        async with runs, aclosing(seen):
            async for one, counts in seen:
                summary = counts
                yield as_json({"item": one}) + b"\n"
    except AccordError as error:
        yield as_json({"problem": error.to_json()}) + b"\n"
        return
    yield as_json({"summary": summary}) + b"\n"
