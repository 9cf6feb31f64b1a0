"""Refusals: typed errors that say who must act, from workflows and from servers in trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from accord.errors import AccordError, Forbidden, Throttled, Unauthorized, Unreachable, WriteRefused
from accord.model import Patch
from accord.ports import Tracker
from accord.testing.conformance.base import Checks, Sample, patch

SOON = 20.0
Respond = Callable[[web.Request], web.Response]
TrackerAt = Callable[[str], Tracker]


class RefusalChecks(Checks):
    """Override `tracker_at` for a tracker that is reached by HTTP: a connector to any base URL, closed by the check."""

    @pytest.fixture
    def tracker_at(self) -> TrackerAt | None:
        return None

    async def _error(self, tracker_at: TrackerAt | None, respond: Respond, *, write: bool = False) -> AccordError:
        """What a call ends with where the server answers like this, whatever it is asked."""
        if tracker_at is None:
            pytest.skip("the tests give no tracker_at: the tracker is not reached by HTTP")
        async with answering(respond) as url, asyncio.timeout(SOON):
            tracker = tracker_at(url)
            try:
                with pytest.raises(AccordError) as raised:
                    await (tracker.update("1", patch(summary="New"), None) if write else tracker.describe())
                return raised.value
            finally:
                await tracker.close()

    @pytest.mark.parametrize("write", [False, True], ids=["read", "write"])
    async def test_throttling_tells_when_to_come_back(self, tracker_at: TrackerAt | None, write: bool) -> None:
        error = await self._error(tracker_at, lambda _: said(429, headers={"Retry-After": "7"}), write=write)
        assert isinstance(error, Throttled)
        assert error.retry_after == 7.0
        assert error.undone, "nobody did anything"

    async def test_throttling_without_a_time_waits_a_while(self, tracker_at: TrackerAt | None) -> None:
        error = await self._error(tracker_at, lambda _: said(429))
        assert isinstance(error, Throttled)
        assert 1 <= error.retry_after <= 3600

    async def test_a_tracker_under_maintenance_is_asked_again_later(self, tracker_at: TrackerAt | None) -> None:
        error = await self._error(tracker_at, lambda _: said(503, headers={"Retry-After": "120"}))
        assert isinstance(error, Throttled)
        assert error.retry_after == 120.0

    @pytest.mark.parametrize("status", [500, 502, 504])
    async def test_a_server_in_trouble_is_unreachable(self, tracker_at: TrackerAt | None, status: int) -> None:
        error = await self._error(tracker_at, lambda _: said(status))
        assert isinstance(error, Unreachable)
        assert not error.undone, "it may have been done"

    async def test_a_credential_that_is_refused_is_said_to_be(self, tracker_at: TrackerAt | None) -> None:
        error = await self._error(tracker_at, lambda _: said(401))
        assert isinstance(error, Unauthorized)
        assert error.remedy

    async def test_what_is_forbidden_is_said_to_be(self, tracker_at: TrackerAt | None) -> None:
        assert isinstance(await self._error(tracker_at, lambda _: said(403)), Forbidden)

    @pytest.mark.parametrize("text", ["<html>Please log in</html>", "", "[]", "null", '"yes"', "{}", '{"data": []}'])
    async def test_an_answer_of_another_kind_is_no_answer(self, tracker_at: TrackerAt | None, text: str) -> None:
        assert isinstance(await self._error(tracker_at, lambda _: said(200, text)), Unreachable)

    async def test_a_redirect_is_not_followed(self, tracker_at: TrackerAt | None) -> None:
        asked: list[str] = []

        def elsewhere(request: web.Request) -> web.Response:
            asked.append(request.path)
            return said(302, headers={"Location": "/somewhere/else"})

        assert isinstance(await self._error(tracker_at, elsewhere), AccordError)
        assert "/somewhere/else" not in asked

    async def test_a_server_that_is_not_there_is_unreachable(self, tracker_at: TrackerAt | None) -> None:
        if tracker_at is None:
            pytest.skip("the tests give no tracker_at: the tracker is not reached by HTTP")
        async with answering(lambda _: said(200)) as url:
            pass
        tracker = tracker_at(url)
        try:
            with pytest.raises(Unreachable) as raised:
                await tracker.describe()
        finally:
            await tracker.close()
        assert raised.value.undone, "nothing was sent, so nothing can have been done"

    async def test_a_way_that_the_workflow_does_not_know_is_refused(self, tracker: Tracker, sample: Sample) -> None:
        self._some_workflow(sample)
        item = await self.created(tracker, sample, **sample.start)
        for path, value in sample.unreachable.items():
            with pytest.raises(WriteRefused) as refused:
                await tracker.update(item.key, Patch(values={path: value}), item.version)
            assert refused.value.field == path
            assert refused.value.message
        assert await tracker.read(item.key) == item

    async def test_what_comes_with_a_refused_way_is_not_written(self, tracker: Tracker, sample: Sample) -> None:
        self._some_workflow(sample)
        item = await self.created(tracker, sample, **sample.start)
        for path, value in sample.unreachable.items():
            with pytest.raises(WriteRefused):
                await tracker.update(item.key, patch(summary="New", **{path: value}), item.version)
        assert (await tracker.read(item.key)).summary == item.summary

    async def test_after_a_refusal_the_item_can_be_written(self, tracker: Tracker, sample: Sample) -> None:
        self._some_workflow(sample)
        item = await self.created(tracker, sample, **sample.start)
        with pytest.raises(WriteRefused):
            await tracker.update(item.key, Patch(values=dict(sample.unreachable)), item.version)
        await tracker.update(item.key, patch(summary="New"), item.version)
        assert (await tracker.read(item.key)).summary == "New"

    def _some_workflow(self, sample: Sample) -> None:
        if not sample.unreachable:
            pytest.skip("the sample names nothing unreachable: the tracker has no workflow")


def said(status: int, text: str = "", *, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=text, headers=headers)


@asynccontextmanager
async def answering(respond: Respond) -> AsyncIterator[str]:
    """The base URL of a server that answers every request like this."""

    async def handle(request: web.Request) -> web.Response:
        await request.read()
        return respond(request)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}/"
    finally:
        await runner.cleanup()
