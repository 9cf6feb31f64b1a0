"""What would happen, told to programs; nothing is written."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from accord.api.previewing import _lines
from accord.errors import Unreachable
from accord.operations.preview import preview
from accord.operations.preview_many import judged, under_sync
from accord.operations.telling import as_json
from tests.api.conftest import Api, Caller
from tests.operations.conftest import everything
from tests.pair import Pair


async def test_one_item_is_previewed_as_on_the_command_line(api: Api, viewer: Caller, synced: Pair) -> None:
    synced.blue.tracker.person_edits("BLUE-1", priority="urgent")
    before = await everything(synced.blue)
    answer = await viewer.ask("GET", "/preview", params={"key": "BLUE-1"})
    assert answer.content == as_json(await preview(synced.blue.ports, "BLUE-1"))
    assert answer.json()["sending"]["fields"] == {"priority": [None, "urgent"]}
    assert await everything(synced.blue) == before


async def test_all_items_come_a_line_each_and_a_summary_at_the_end(viewer: Caller, synced: Pair) -> None:
    answer = await viewer.ask("GET", "/previews", params={"all": "true"})
    assert answer.headers["content-type"] == "application/x-ndjson"
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["item"]["key"] for line in lines[:-1]] == ["BLUE-1"]
    assert lines[-1]["summary"]["items"] == 1


async def test_a_query_or_all_must_be_given(viewer: Caller, two: Pair) -> None:
    assert (await viewer.problem(422, "GET", "/previews"))["field"] == "query"
    await viewer.problem(422, "GET", "/previews", params={"all": "true", "query": "x"})


async def test_an_item_that_is_not_there_has_a_remedy(viewer: Caller, synced: Pair) -> None:
    problem = await viewer.problem(404, "GET", "/preview", params={"key": "BLUE-11"})
    assert (problem["type"], problem["item"]) == ("urn:accord:error:UnknownThing", "BLUE-11")
    assert "BLUE-1" in problem["remedy"]


async def test_so_many_runs_at_once_and_no_more(api: Api, viewer: Caller, synced: Pair) -> None:
    runs = api.app.state.served.runs
    for _ in range(4):
        await runs.acquire()
    answer = await viewer.ask("GET", "/previews", params={"all": "true"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    runs.release()
    assert (await viewer.ask("GET", "/previews", params={"all": "true"})).status_code == 200
    assert not runs.locked()


async def test_what_breaks_off_a_run_is_its_last_line(api: Api, viewer: Caller, synced: Pair) -> None:
    async def away(work: Any) -> Any:
        raise Unreachable("The database is away.")

    selection = await under_sync(api.ports)
    seen = judged(replace(api.ports, store=SimpleNamespace(read=away)), selection)  # type: ignore[arg-type]
    (line,) = [json.loads(one) async for one in _lines(seen, asyncio.Semaphore(1))]
    assert line["problem"]["message"] == "The database is away."
