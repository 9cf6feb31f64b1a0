"""What a body may hold: the first thing wrong with it is named, counted, and changes nothing else."""

from __future__ import annotations

import pytest
from pydantic_core import to_json

from .conftest import a_message
from .test_refusals import refused


@pytest.mark.parametrize(
    "body",
    [b"{", b"[]", b"null", b'"\xff"', b"NaN", b'{"a":' * 100 + b"1" + b"}" * 100, b'{"a":"\\u0000"}', b'{"a":1e999}'],
)
async def test_malformed(raw, body):
    raw.body = body
    await refused(raw.sign(), 400, "malformed")


@pytest.mark.parametrize("protocol", [2, 0, "1", None, True, 1.5])
async def test_another_protocol(raw, protocol):
    raw.body = to_json(a_message().dump() | {"protocol": protocol})
    body = await refused(raw.sign(), 422, "protocol")
    assert body["protocols"] == [1]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "conquer"),
        ("twin", None),
        ("twin", "../../etc"),
        ("connection", "c1\n"),
        ("sequence", -1),
        ("sequence", 2**63),
        ("sequence", "first"),
        ("hops", -1),
        ("key", "A" * 3000),
        ("url", "javascript:alert(1)"),
        ("changed", {"summary": "2026-03-01T12:00:00"}),
        ("replica", {"attachments": [{"id": "1", "name": "a", "sha256": "../../../etc/passwd"}]}),
        ("replica", {"attachments": [{"id": "1", "name": "a", "sha256": "0" * 64, "size": -1}]}),
        ("replica", {"comments": [{"id": "1", "created_at": "2026-03-01T12:00:00"}]}),
        ("replica", {"url": "JavaScript:alert(1)"}),
        ("replica", {"links": [{"url": "data:text/html,x"}]}),
    ],
)
async def test_a_field_that_is_wrong_is_named(raw, field, value):
    raw.body = to_json(a_message().dump() | {field: value})
    body = await refused(raw.sign(), 422, "schema")
    assert field in body["message"]


async def test_what_a_newer_peer_adds_is_taken_and_kept(raw):
    raw.body = to_json(a_message().dump() | {"mood": "calm"})
    assert (await raw.sign().send())[0] == 202
    assert raw.receiver.engine.received[0][1].dump()["mood"] == "calm"
