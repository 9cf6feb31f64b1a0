"""Each way in which a request can be wrong: it is answered, counted, and changes nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from pydantic_core import to_json

from accord.errors import PeerRefused, Throttled
from accord.model import ConnectionState
from accord.peers.gate import Limits

from .conftest import FixedClock, Raw, a_message, a_node


async def refused(raw: Raw, status: int, reason: str) -> dict:
    """Sends, and checks that nothing but the counter changed."""
    before, counted = raw.receiver.everything(), await raw.receiver.counters()
    answered, body = await raw.send()
    assert (answered, body["error"]) == (status, reason), body
    assert set(body) >= {"error", "message", "remedy"}
    name = f"peer.refused.{reason}"
    assert await raw.receiver.counters() == counted | {name: counted.get(name, 0) + 1}
    assert raw.receiver.everything() == before
    assert raw.receiver.engine.received == []
    return body


async def test_the_unchanged_request_is_taken(raw):
    status, body = await raw.sign().send()
    assert (status, body) == (202, {"status": "registered"})
    assert [(name, message.key) for name, message in raw.receiver.engine.received] == [("with-blue", "BLUE-1")]
    assert await raw.receiver.counters() == {}


# --- the form -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
        {"Content-Type": "application/jsonp"},
    ],
)
async def test_only_plain_json_is_read(raw, headers):
    raw.headers = headers
    await refused(raw.sign(), 415, "media_type")


async def test_a_body_that_says_it_is_too_large_is_not_read(raw):
    raw.body = b" " * 20_001
    body = await refused(raw.sign(), 413, "too_large")
    assert body["limit"] == 20_000


async def test_a_body_that_grows_too_large_is_cut_off(raw):
    signed = raw.sign()
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items())
    reader, writer = await asyncio.open_connection("127.0.0.1", int(raw.receiver.me.url.rsplit(":", 1)[1]))
    writer.write(f"POST /peer/v1/messages HTTP/1.1\r\nHost: red\r\nTransfer-Encoding: chunked\r\n{head}\r\n".encode())
    for _ in range(6):
        writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
    status = await reader.readline()
    writer.close()
    assert b"413" in status
    assert await raw.receiver.counters() == {"peer.refused.too_large": 1}
    assert raw.receiver.engine.received == []


async def test_a_body_that_does_not_come_is_not_waited_for(raw):
    signed = raw.sign()
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items())
    reader, writer = await asyncio.open_connection("127.0.0.1", int(raw.receiver.me.url.rsplit(":", 1)[1]))
    writer.write(f"POST /peer/v1/messages HTTP/1.1\r\nHost: red\r\nContent-Length: 500\r\n{head}\r\n{{".encode())
    status = await reader.readline()
    writer.close()
    assert b"408" in status
    assert await raw.receiver.counters() == {"peer.refused.slow": 1}


# --- who signed what ------------------------------------------------------------------------------------


async def test_unsigned(raw):
    await refused(raw, 401, "unsigned")


async def test_altered_body(raw):
    raw.sign().body = raw.body.replace(b"fire", b"ice!")
    await refused(raw, 401, "digest")


async def test_altered_body_with_a_digest_to_match(raw):
    forged = replace(raw, headers=dict(raw.headers), body=raw.body.replace(b"fire", b"ice!")).sign()
    raw.sign().headers["Content-Digest"] = forged.headers["Content-Digest"]
    raw.body = forged.body
    await refused(raw, 401, "signature")


async def test_digest_of_another_kind_only(raw):
    raw.sign().headers["Content-Digest"] = "md5=:1B2M2Y8AsgTpgAmY7PhCfg==:"
    await refused(raw, 401, "signature")


@pytest.mark.parametrize("target", ["/peer/v1/messages?again=1", "/peer/v1/invitations/accept"])
async def test_altered_target(raw, target):
    raw.sign().target = target
    await refused(raw, 401, "signature")


async def test_altered_method(raw):
    raw.target = "/peer/v1/blobs/" + "0" * 64 + "?connection=c1"
    raw.body = b""
    raw.sign().method = "GET"
    await refused(raw, 401, "signature")


async def test_altered_type(raw):
    raw.sign().headers["Content-Type"] = "application/json; charset=latin-1"
    await refused(raw, 401, "signature")


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Signature", "accord=:AAAA:"),
        ("Signature", "other=:AAAA:"),
        ("Signature", "accord=:é:"),
        ("Signature-Input", "accord=()"),
        ("Signature-Input", "accord"),
        ("Signature-Input", 'accord=("@method");created=1;keyid="x";tag="accord-peer-1"'),
    ],
)
async def test_nonsense_for_a_signature(raw, header, value):
    raw.sign().headers[header] = value
    await refused(raw, 401, "signature")


async def test_signature_that_leaves_a_part_uncovered(raw):
    signed = raw.sign()
    signed.headers["Signature-Input"] = signed.headers["Signature-Input"].replace('"@path" ', "")
    await refused(signed, 401, "signature")


async def test_signed_for_another_node(raw):
    raw.recipient = raw.sender.key.public
    await refused(raw.sign(), 401, "recipient")


async def test_signed_too_long_ago(raw):
    raw.sign()
    raw.receiver.clock.pass_by(412)
    body = await refused(raw, 401, "late")
    assert "412 s ago" in body["message"]
    assert "clock" in body["remedy"].lower()


async def test_signed_in_the_future(raw):
    raw.sign()
    raw.receiver.clock.pass_by(-500)
    body = await refused(raw, 401, "future")
    assert "500 s in the future" in body["message"]


async def test_within_the_tolerance_of_clocks(raw):
    raw.sign()
    raw.receiver.clock.pass_by(299)
    assert (await raw.send())[0] == 202


async def test_replayed(raw):
    raw.sign()
    assert (await raw.send())[0] == 202
    raw.receiver.engine.received.clear()
    await refused(raw, 425, "replayed")


async def test_a_short_nonce_is_none(raw):
    raw.nonce = "1"
    await refused(raw.sign(), 401, "signature")


# --- who may speak through which connection -------------------------------------------------------------


async def test_strangers_learn_nothing_about_connections(raw):
    async with a_node("grey", raw.sender.clock) as grey:
        raw.sender = grey
        known = await refused(raw.sign(), 401, "unknown_peer")
        raw.headers = {"Content-Type": "application/json"}
        raw.body = to_json(a_message(connection="no-such-connection").dump())
        assert await refused(raw.sign(), 401, "unknown_peer") == known


async def test_a_strangers_body_is_not_even_read(raw):
    async with a_node("grey", raw.sender.clock) as grey:
        raw.sender, raw.body = grey, b"not json"
        await refused(raw.sign(), 401, "unknown_peer")


async def test_a_peer_can_not_speak_through_anothers_connection(raw):
    async with a_node("grey", raw.sender.clock) as grey:
        await raw.receiver.connect(grey, "c2")
        raw.body = to_json(a_message(connection="c2").dump())
        foreign = await refused(raw.sign(), 403, "wrong_connection")
        raw.headers = {"Content-Type": "application/json"}
        raw.body = to_json(a_message(connection="c3").dump())
        assert await refused(raw.sign(), 403, "wrong_connection") == foreign


async def test_a_key_that_is_pinned_no_more(raw):
    assert (await raw.sign().send())[0] == 202
    raw.receiver.engine.received.clear()
    await raw.receiver.connect(raw.sender, peer_key=None)
    raw.headers = {"Content-Type": "application/json"}
    await refused(raw.sign(), 401, "unknown_peer")


async def test_a_removed_connection(raw):
    await raw.receiver.connect(raw.sender, state=ConnectionState.REMOVED)
    await refused(raw.sign(), 403, "removed")


async def test_a_connection_that_is_still_being_accepted(raw):
    await raw.receiver.connect(raw.sender, state=ConnectionState.PENDING)
    await refused(raw.sign(), 503, "pending")


async def test_a_paused_connection_still_registers(raw):
    await raw.receiver.connect(raw.sender, state=ConnectionState.PAUSED)
    assert (await raw.sign().send())[0] == 202


# --- when this node can't -------------------------------------------------------------------------------


async def test_the_store_is_away(raw, monkeypatch):
    async def away(work):
        raise OSError("the disk is gone")

    monkeypatch.setattr(raw.receiver.store, "run", away)
    status, body = await raw.sign().send()
    assert (status, body["error"]) == (503, "unavailable")
    assert "disk" not in body["message"]


async def test_the_engine_fails(raw):
    raw.receiver.engine.failure = RuntimeError("a secret")
    status, body = await raw.sign().send()
    assert (status, body["error"]) == (503, "unavailable")
    assert "secret" not in str(body)


async def test_a_twin_of_another_connection_is_refused(raw):
    raw.receiver.engine.failure = PeerRefused("This twin belongs to another connection.", status=403)
    status, body = await raw.sign().send()
    assert (status, body["error"]) == (403, "foreign_twin")


async def test_the_engine_asks_to_slow_down(raw):
    raw.receiver.engine.failure = Throttled(retry_after=7)
    status, body = await raw.sign().send()
    assert (status, body["error"]) == (429, "throttled")


async def test_too_many_at_a_time(clock):
    async with a_node("red", clock, limits=Limits(at_once=0)) as red, a_node("blue", clock) as blue:
        await red.connect(blue)
        raw = Raw(blue, red)
        await refused(raw.sign(), 429, "busy")


async def test_refusals_at_the_same_time_are_all_counted(raw):
    await asyncio.gather(*(replace(raw).send() for _ in range(20)))
    assert await raw.receiver.counters() == {"peer.refused.unsigned": 20}


async def test_logs_hold_neither_bodies_nor_keys(raw, capsys):
    raw.body = b'{"protocol": 1, "summary": "top secret"}'
    await refused(raw.sign(), 422, "schema")
    written = "".join(capsys.readouterr())
    assert "peer.refused" in written
    assert "top secret" not in written
    assert raw.sender.key.public not in written
    assert isinstance(raw.sender.clock, FixedClock)
