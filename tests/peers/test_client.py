"""What becomes of a message: the peer's answer, or an error that says who must act."""

from __future__ import annotations

from dataclasses import replace

import aiohttp
import pytest
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from accord.errors import NeedsOperator, PeerRefused, Throttled, Unreachable
from accord.model import ConnectionState, Kind, Replica
from accord.peers import PeerClient
from accord.peers.answers import retry_after
from accord.peers.signatures import RequestView, sign_answer
from accord.ports import Answer

from .conftest import NOW, Node, a_message, a_node, free_listener, serving

ACKNOWLEDGMENT = a_message(kind=Kind.ACKNOWLEDGMENT, key="RED-1")


async def test_registered(blue, red, agreed):
    assert await blue.client.send(agreed, a_message()) == Answer("registered")
    assert red.engine.received == [("with-blue", a_message())]


async def test_a_duplicate_brings_its_acknowledgment(blue, red, agreed):
    red.engine.answer = Answer("duplicate", acknowledgment=ACKNOWLEDGMENT)
    assert await blue.client.send(agreed, a_message()) == red.engine.answer


async def test_a_duplicate_that_is_not_applied_yet(blue, red, agreed):
    red.engine.answer = Answer("duplicate", detail="still applying")
    assert await blue.client.send(agreed, a_message()) == red.engine.answer


async def test_a_gap_tells_which_message_is_missing(blue, red, agreed):
    red.engine.answer = Answer("gap", expected=7)
    assert await blue.client.send(agreed, a_message(sequence=9)) == Answer("gap", expected=7)


async def test_the_same_message_can_be_sent_again(blue, red, agreed):
    for _ in range(3):
        await blue.client.send(agreed, a_message())
    assert len(red.engine.received) == 3
    assert await red.counters() == {}


async def test_text_in_any_language_arrives(blue, red, agreed):
    message = a_message(key="Größe-1 🖨️")
    await blue.client.send(agreed, message)
    assert red.engine.received[0][1] == message


async def test_a_node_below_a_path(blue, clock):
    async with a_node("red", clock, prefix="/team/accord") as red:
        await red.connect(blue)
        # No proxy stands before this node to cut the prefix off, so one is played by mounting it.
        app = Starlette()
        app.mount("/team/accord", red.server.app())
        listener = free_listener()
        red.me = replace(red.me, url=f"http://127.0.0.1:{listener.getsockname()[1]}/team/accord")
        async with serving(app, listener):
            assert (await blue.client.send(await blue.connect(red), a_message())).status == "registered"


async def test_behind_a_proxy_that_cuts_the_path_and_rewrites_the_host(blue, clock):
    async with a_node("red", clock, prefix="/team/accord") as red, aiohttp.ClientSession() as session:
        await red.connect(blue)
        inside = red.me.url.removesuffix("/team/accord")

        async def forward(request):
            headers = {**request.headers, "host": "inside"}
            target = inside + request.url.path.removeprefix("/team/accord")
            async with session.request(request.method, target, data=await request.body(), headers=headers) as answer:
                return Response(await answer.read(), answer.status, dict(answer.headers))

        proxy, listener = Starlette(routes=[Route("/{path:path}", forward, methods=["POST"])]), free_listener()
        async with serving(proxy, listener):
            url = f"http://127.0.0.1:{listener.getsockname()[1]}/team/accord"
            answer = await blue.client.send(await blue.connect(red, peer_url=url), a_message())
        assert answer.status == "registered"


# --- refusals and failures ------------------------------------------------------------------------------


async def test_a_refusal_is_told_in_the_peers_own_words(blue, red, agreed):
    await red.connect(blue, state=ConnectionState.REMOVED)
    with pytest.raises(PeerRefused, match="was removed on this side") as caught:
        await blue.client.send(agreed, a_message())
    assert caught.value.status == 403
    assert "new one" in caught.value.remedy


async def test_a_peer_that_does_not_know_us(blue, red):
    with pytest.raises(PeerRefused) as caught:
        await blue.client.send(await blue.connect(red), a_message())
    assert caught.value.status == 401


async def test_clocks_that_differ_are_told_by_how_much(blue, red, agreed):
    blue.client = PeerClient(blue.me, type(blue.clock)())
    red.clock.pass_by(3600)
    with pytest.raises(PeerRefused, match="3600 s ago"):
        await blue.client.send(agreed, a_message())
    await blue.client.close()


async def test_a_message_too_large_for_the_peer(blue, red, agreed):
    large = a_message(replica=Replica(description="x" * 30_000))
    with pytest.raises(PeerRefused, match="larger than 20000 bytes"):
        await blue.client.send(agreed, large)


async def test_a_peer_that_is_busy(blue, red, agreed):
    red.engine.failure = Throttled(retry_after=7.2)
    with pytest.raises(Throttled) as caught:
        await blue.client.send(agreed, a_message())
    assert caught.value.retry_after == 8


async def test_a_peer_whose_engine_fails(blue, red, agreed):
    red.engine.failure = NeedsOperator("the disk is full")
    with pytest.raises(Throttled) as caught:
        await blue.client.send(agreed, a_message())
    assert "disk" not in str(caught.value)


async def test_nobody_there(blue, red, agreed):
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1 can't be reached"):
        await blue.client.send(agreed.model_copy(update={"peer_url": "http://127.0.0.1:1"}), a_message())


async def test_a_connection_without_a_peer(blue, red, agreed):
    with pytest.raises(PeerRefused, match="invitation"):
        await blue.client.send(agreed.model_copy(update={"peer_key": None}), a_message())


class Actor:
    """A server that answers as it is told, signed with Red's key where `signs`."""

    def __init__(self, red: Node) -> None:
        self.red, self.status, self.body, self.headers, self.signs = red, 202, b"{}", {}, True

    async def __call__(self, request):
        headers = {"content-type": "application/json", **self.headers}
        if self.signs:
            view = RequestView(request.method, request.url.path, request.headers)
            headers = sign_answer(self.red.key, view, self.status, headers, self.body)
        return Response(self.body, self.status, headers)


@pytest.fixture
async def actor(red):
    actor, listener = Actor(red), free_listener()
    app = Starlette(routes=[Route("/{path:path}", actor.__call__, methods=["GET", "POST"])])
    async with serving(app, listener):
        actor.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        yield actor


async def told(blue: Node, actor: Actor, **how) -> Answer:
    vars(actor).update(how)
    return await blue.client.send(await blue.connect(actor.red, peer_url=actor.url), a_message())


async def test_the_actor_can_play_a_peer(blue, actor):
    assert (await told(blue, actor, body=b'{"status": "registered"}')).status == "registered"


@pytest.mark.parametrize("status", [200, 202, 204, 301, 307, 400, 401, 403, 404, 409, 413, 422, 500, 502, 503])
async def test_whatever_the_peer_did_not_sign_may_pass(blue, actor, status):
    body = b'{"error": "gap", "status": "registered", "expected": 1}' if status != 204 else b""
    with pytest.raises(Unreachable):
        await told(blue, actor, signs=False, status=status, body=body, headers={"Location": "http://127.0.0.1:1/"})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (202, b""),
        (202, b"<html>"),
        (202, b"[]"),
        (202, b"{}"),
        (202, b'{"status": "duplicate"}'),
        (200, b'{"status": "registered"}'),
        (200, b'{"status": "duplicate", "acknowledgment": 7}'),
        (200, b'{"status": "duplicate", "acknowledgment": {}}'),
        (200, to_json({"status": "duplicate", "acknowledgment": {**ACKNOWLEDGMENT.dump(), "twin": "twin-2"}})),
        (200, to_json({"status": "duplicate", "acknowledgment": {**ACKNOWLEDGMENT.dump(), "connection": "c2"}})),
        (201, b'{"status": "registered"}'),
        (304, b""),
        (409, b'{"error": "gap"}'),
        (409, b'{"error": "gap", "expected": -1}'),
        (409, b'{"error": "gap", "expected": true}'),
        (409, b"not json"),
        (500, b'{"message": "oops"}'),
        (408, b'{"message": "slow"}'),
        (425, b'{"message": "replayed"}'),
    ],
)
async def test_nonsense_is_tried_again(blue, actor, status, body):
    with pytest.raises(Unreachable):
        await told(blue, actor, status=status, body=body)


async def test_an_endless_answer_is_cut_off(blue, actor):
    client = PeerClient(blue.me, blue.clock, answer_limit=1000)
    blue.client, before = client, blue.client
    with pytest.raises(Unreachable, match="longer than 1000 bytes"):
        await told(blue, actor, body=b" " * 100_000)
    await client.close()
    blue.client = before


async def test_the_peers_words_are_made_fit_to_show(blue, actor):
    body = to_json({"message": "no\x1b[31m\n\n way" + "!" * 5000, "remedy": ["a\x07b"]})
    with pytest.raises(PeerRefused) as caught:
        await told(blue, actor, status=422, body=body)
    assert caught.value.message.startswith("The other node refused: no[31m way!!!")
    assert len(caught.value.message) < 400
    assert caught.value.message.isprintable()
    assert caught.value.remedy.isprintable()


@pytest.mark.parametrize("status", [429, 503])
async def test_throttled(blue, actor, status):
    with pytest.raises(Throttled) as caught:
        await told(blue, actor, status=status, headers={"Retry-After": "12"}, signs=False)
    assert caught.value.retry_after == 12


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5),
        ("0", 1),
        ("99999999", 3600),
        ("Sun, 01 Mar 2026 12:01:00 GMT", 60),
        ("Sun, 01 Mar 2020 12:01:00 GMT", 1),
        ("Sun, 01 Mar 2026 12:01:00", 30),
        ("soon", 30),
        ("-5", 30),
        ("²", 30),
    ],
)
def test_how_long_to_wait(header, seconds):
    assert retry_after({"Retry-After": header}, NOW) == seconds


# --- hello ----------------------------------------------------------------------------------------------


async def test_hello(blue, red, agreed):
    hello = await blue.client.hello(agreed)
    assert (hello.node, hello.key, hello.protocols, hello.message_bytes) == ("red", red.key.public, (1,), 20_000)
    assert "blobs" in hello.capabilities


async def test_hello_from_another_node(blue, red, agreed):
    async with a_node("grey", blue.clock) as grey:
        with pytest.raises(Unreachable, match="other than the agreed node"):
            await blue.client.hello(agreed.model_copy(update={"peer_url": grey.me.url}))


async def test_anybody_may_ask_who_is_there(red):
    async with aiohttp.ClientSession() as session, session.get(f"{red.me.url}/peer/v1/hello") as answer:
        assert answer.status == 200
        assert (await answer.json())["node"] == "red"
        assert "Signature" not in answer.headers
