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
        ("changed", {"summary": {"at": "2026-03-01T12:00:00", "version": 1}}),
        ("changed", {"summary": {"at": "2026-03-01T12:00:00Z", "version": -1}}),
        ("changed", {"summary": {"at": "2026-03-01T12:00:00Z", "version": 2**63}}),
        ("replica", {"comments": [{"id": "1", "version": 2**63}]}),
        ("replica", {"worklogs": [{"id": "1", "seconds": -1}]}),
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


async def test_a_message_with_every_part_filled_is_taken(raw):
    """Numbers that belong to people's own fields may be as they like."""
    at = "2026-03-01T12:00:00+01:00"
    replica = {
        "summary": "The printer is on fire",
        "due": "2026-03-05",
        "assignee": {"name": "Alice", "email": "alice@example.org"},
        "comments": [{"id": "1", "body": "Again?", "created_at": at, "version": 2, "author": {"username": "bob"}}],
        "attachments": [{"id": "2", "name": "Foto 1.png", "size": 5, "sha256": "0" * 64, "created_at": at}],
        "worklogs": [{"id": "3", "seconds": 60, "started_at": at}],
        "links": [{"kind": "blocks", "key": "BLUE-2", "url": "https://blue.example.org/BLUE-2"}],
        "fields": {"balance": -5, "huge": 2**70, "when": "2026-03-01T12:00:00"},
        "custom": {"nested": [{"deep": [1, 2, {"deeper": None}]}]},
    }
    raw.body = to_json(
        a_message().dump()
        | {
            "replica": replica,
            "url": "https://blue.example.org/BLUE-1",
            "changed": {"fields.balance": {"at": at, "version": 3, "base": -7}},
            "removed": {"comments": [{"id": "9", "twin_id": "8"}]},
            "conflicts": [{"path": "summary", "kept": -1, "lost": 2**70, "winner": "initiator"}],
        }
    )
    assert await raw.sign().send() == (202, {"status": "registered"})
    message = raw.receiver.engine.received[0][1]
    assert message.replica.dump() == replica
    assert message.dump()["changed"] == {"fields.balance": {"at": at, "version": 3, "base": -7}}
