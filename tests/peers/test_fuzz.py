"""Whatever a peer sends, it is taken or refused: never a failure of ours, never an error of another kind."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import to_json

from accord.errors import AccordError
from accord.peers.answers import Reply, answer_from
from accord.peers.refusals import Refused, clean
from accord.peers.signatures import RequestView, verify_request
from accord.peers.wire import MAX_CONTAINERS, parse_message

from .conftest import NOW, Raw, a_message
from .test_signatures import RED, signed

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=20,
)
FIELDS = st.sampled_from([*type(a_message()).model_fields, "unheard_of"])
CHANGED_MESSAGES = st.dictionaries(FIELDS, JSON, max_size=4).map(lambda changes: a_message().dump() | changes)
CHANGED_REPLICAS = st.dictionaries(
    st.sampled_from(["comments", "attachments", "worklogs", "links", "labels", "assignee", "due", "fields", "summary"]),
    JSON | st.lists(st.dictionaries(st.sampled_from(["id", "name", "sha256", "author", "created_at"]), JSON)),
    max_size=3,
).map(lambda changes: a_message().dump() | {"replica": changes})
BODIES = (
    st.binary(max_size=300)
    | (JSON | CHANGED_MESSAGES | CHANGED_REPLICAS).map(lambda data: to_json(data, inf_nan_mode="constants"))
    | st.builds(lambda data, cut: to_json(data)[:cut], CHANGED_MESSAGES, st.integers(0, 200))
)


@given(BODIES)
@settings(max_examples=300, deadline=None)
def test_a_body_is_a_message_or_refused(body):
    taken, refused = outcome(body)
    if refused is not None:
        assert refused.status in (400, 422)
        assert clean(refused.message) == refused.message
    else:
        assert parse_message(to_json(taken.dump())) == taken


def outcome(body):
    try:
        return parse_message(body), None
    except Refused as refused:
        return None, refused


@given(BODIES, st.sampled_from([200, 202, 204, 302, 400, 409, 413, 429, 500, 503]), st.booleans(), st.text(max_size=9))
@settings(max_examples=300, deadline=None)
def test_an_answer_is_understood_or_an_error_that_says_who_must_act(body, status, proven, retry_after):
    with contextlib.suppress(AccordError):
        answer = answer_from(Reply(status, {"Retry-After": retry_after}, body, proven), a_message(), NOW)
        assert proven
        assert answer.status in ("registered", "duplicate", "gap")


@given(
    st.sampled_from(["Signature", "Signature-Input", "Content-Digest", "Accord-Recipient", "Content-Type"]),
    st.text(max_size=80) | st.text('accord=:"();@-1 \t,é', max_size=40),
)
@settings(max_examples=300, deadline=None)
def test_a_head_is_proven_or_refused(name, value):
    view = signed()
    with contextlib.suppress(Refused):
        verify_request(RequestView("POST", view.target, {**view.headers, name: value}), recipient=RED.public, now=NOW)
        assert value == view.headers[name]


@pytest.mark.parametrize("opening", [b"[", b'{"":'])
def test_a_body_of_nothing_but_brackets_is_not_built(opening):
    with pytest.raises(Refused, match="objects and lists"):
        parse_message(opening * (MAX_CONTAINERS + 1))


@given(
    BODIES, st.sampled_from(["/messages", "/invitations/accept", "/blobs/" + "0" * 64, "/hello", "/x"]), st.booleans()
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_request_makes_the_server_fail(raw, body, path, get):
    request = Raw(raw.sender, raw.receiver, "GET" if get else "POST", "/peer/v1" + path, body=body).sign()
    status, answer = await request.send()
    assert status < 500
    assert status in (200, 202) or {"error", "message", "remedy"} <= answer.keys()
