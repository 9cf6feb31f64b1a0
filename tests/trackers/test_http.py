"""What answers of a tracker mean, against a real server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from accord.errors import (
    AccordError,
    Forbidden,
    ItemGone,
    Throttled,
    Unauthorized,
    Unreachable,
    VersionMismatch,
    WriteRefused,
)
from accord.trackers.http import Dialect, HttpClient, Limits

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SECRET = "s3cret-token"


@asynccontextmanager
async def served(handler: Handler, **options: object) -> AsyncIterator[HttpClient]:
    """A client of a tracker that answers every request with `handler`."""
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    port = site._server.sockets[0].getsockname()[1]
    client = HttpClient("desk", f"http://127.0.0.1:{port}/api", secrets=[SECRET], **options)  # type: ignore[arg-type]
    try:
        yield client
    finally:
        await client.close()
        await runner.cleanup()


def answering(status: int, text: str = "{}", **headers: str) -> Handler:
    async def handler(_: web.Request) -> web.Response:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.Response(status=status, text=text, headers=names)

    return handler


def dropping(seen: list[str], *, answer_from: int) -> Handler:
    """Drops the connection without an answer until the request with number `answer_from`."""

    async def handler(request: web.Request) -> web.Response:
        await request.read()
        seen.append(request.method)
        if len(seen) < answer_from:
            assert request.transport is not None
            request.transport.close()
        return web.json_response({"ok": True})

    return handler


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, WriteRefused),
        (401, Unauthorized),
        (403, Forbidden),
        (404, ItemGone),
        (409, VersionMismatch),
        (410, ItemGone),
        (412, VersionMismatch),
        (413, WriteRefused),
        (422, WriteRefused),
        (429, Throttled),
        (500, Unreachable),
        (502, Unreachable),
    ],
)
async def test_a_status_is_told_as_what_it_means(status: int, error: type[Exception]) -> None:
    async with served(answering(status)) as client:
        with pytest.raises(error) as caught:
            await client.json("POST", "issue", body={})
        assert f"desk answered {status} to POST issue" in str(caught.value)


async def test_the_trackers_own_words_are_in_the_error() -> None:
    dialect = Dialect(words=lambda answer: answer["why"])
    async with served(answering(422, '{"why": "Subject\\n cannot be blank"}'), dialect=dialect) as client:
        with pytest.raises(WriteRefused, match="Subject cannot be blank"):
            await client.json("PUT", "issue/1", body={})


async def test_a_dialect_may_mean_other_things_by_a_status() -> None:
    def meaning(status: int, words: str) -> type[AccordError] | None:
        return WriteRefused if status == 409 else Unreachable if "broke down" in words else None

    dialect = Dialect(meaning=meaning)
    async with served(answering(409), dialect=dialect) as client:
        with pytest.raises(WriteRefused):
            await client.json("PUT", "issue/1", body={})
    async with served(answering(400, "It broke down."), dialect=dialect) as client:
        with pytest.raises(Unreachable):
            await client.json("PUT", "issue/1", body={})


async def test_no_secret_gets_into_an_error() -> None:
    words = f"Invalid token {SECRET} for you"
    async with served(answering(401, words)) as client:
        with pytest.raises(Unauthorized) as caught:
            await client.json("GET", f"issue/{SECRET}")
        assert "Invalid token ***" in str(caught.value)
        assert SECRET not in str(caught.value.to_json())


@pytest.mark.parametrize("text", ["<html>Sign in</html>", "{", "[" * 100_000])
async def test_what_is_not_json_is_no_answer(text: str) -> None:
    async with served(answering(200, text)) as client:
        with pytest.raises(Unreachable, match="not JSON"):
            await client.json("GET", "issue")


async def test_an_html_error_page_is_not_quoted() -> None:
    async with served(answering(503, "<html><script>alert(1)</script></html>")) as client:
        with pytest.raises(Unreachable) as caught:
            await client.json("GET", "issue")
        assert "<" not in str(caught.value)


async def test_an_answer_without_end_is_cut_off() -> None:
    async with served(answering(200, '"' + "x" * 5000 + '"'), limits=Limits(answer_bytes=1000)) as client:
        with pytest.raises(Unreachable, match="longer than 1,000 bytes"):
            await client.json("GET", "issue")


async def test_redirects_are_not_followed() -> None:
    async with served(answering(302, Location="http://127.0.0.1:1/elsewhere")) as client:
        with pytest.raises(Unreachable, match="redirects"):
            await client.json("GET", "issue")


async def test_throttling_tells_how_long_to_wait() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    for told, low, high in (("7", 7, 7), (soon, 50, 61), ("garbage", 30, 30), ("99999999", 3600, 3600)):
        async with served(answering(429, Retry_After=told)) as client:
            with pytest.raises(Throttled) as caught:
                await client.json("GET", "issue")
            assert low <= caught.value.retry_after <= high
    async with served(answering(503, Retry_After="5")) as client:
        with pytest.raises(Throttled):
            await client.json("GET", "issue")


async def test_a_read_is_tried_once_more_when_the_connection_drops() -> None:
    seen: list[str] = []
    async with served(dropping(seen, answer_from=2)) as client:
        assert (await client.json("GET", "issue")).data == {"ok": True}
    assert seen == ["GET", "GET"]


async def test_a_read_is_not_tried_for_ever() -> None:
    seen: list[str] = []
    async with served(dropping(seen, answer_from=99)) as client:
        with pytest.raises(Unreachable, match="dropped"):
            await client.json("GET", "issue")
    assert seen == ["GET", "GET"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_write_is_never_sent_twice(method: str) -> None:
    seen: list[str] = []
    drop = dropping(seen, answer_from=99)

    async def handler(request: web.Request) -> web.StreamResponse:
        return web.json_response({}) if request.method == "GET" else await drop(request)

    async with served(handler) as client:
        await client.json("GET", "issue")  # leaves a kept connection, on which aiohttp would try again by itself
        with pytest.raises(Unreachable):
            await client.json(method, "issue", body={})
    assert seen == [method]


async def test_nobody_there_is_unreachable() -> None:
    client = HttpClient("desk", "http://127.0.0.1:9/", limits=Limits(connect=2))
    with pytest.raises(Unreachable, match="no connection"):
        await client.json("GET", "issue")
    await client.close()


async def test_silence_is_unreachable() -> None:
    never = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        await never.wait()
        return web.Response()

    async with served(handler, limits=Limits(silence=0.05)) as client:
        with pytest.raises(Unreachable, match="too long"):
            await client.json("POST", "issue", body={})
        never.set()


async def test_only_so_many_requests_run_at_once() -> None:
    running, most, go = 0, 0, asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        nonlocal running, most
        running += 1
        most = max(most, running)
        if running == 3:
            go.set()
        await go.wait()
        running -= 1
        return web.json_response({})

    async with served(handler, limits=Limits(concurrency=3)) as client:
        await asyncio.gather(*(client.json("GET", "issue") for _ in range(9)))
    assert most == 3


async def test_a_form_streams_from_disk(tmp_path: Path) -> None:
    content = tmp_path / "big"
    content.write_bytes(b"\0\xff" * 500_000)

    async def handler(request: web.Request) -> web.Response:
        part = await (await request.multipart()).next()
        assert isinstance(part, aiohttp.BodyPartReader)
        return web.json_response(len(await part.read()))

    @asynccontextmanager
    async def form() -> AsyncIterator[aiohttp.FormData]:
        with content.open("rb") as stream:
            data = aiohttp.FormData()
            data.add_field("content", stream, filename="big")
            yield data

    async with served(handler) as client:
        assert (await client.json("POST", "file", form=form)).data == 1_000_000


async def test_bytes_stream_down_and_errors_are_told() -> None:
    async with served(answering(200, "hello")) as client:
        assert b"".join([chunk async for chunk in client.stream("file/1")]) == b"hello"
    async with served(answering(404)) as client:
        with pytest.raises(ItemGone):
            [chunk async for chunk in client.stream("file/2")]
