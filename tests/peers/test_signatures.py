"""What a signature covers, and what proves an answer."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from accord.peers.keys import NodeKey
from accord.peers.refusals import Refused
from accord.peers.signatures import (
    AnswerView,
    RequestView,
    check_body,
    is_answered_by,
    sign_answer,
    sign_request,
    verify_request,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BODY = b'{"summary": "' + b"x" * 5000 + b'"}'
BLUE, RED = NodeKey(Ed25519PrivateKey.generate()), NodeKey(Ed25519PrivateKey.generate())
TARGET = "/peer/v1/messages"


def signed(body: bytes = BODY, target: str = TARGET, nonce: str = "n" * 20) -> RequestView:
    view = RequestView("POST", target, {"Content-Type": "application/json"})
    headers = sign_request(BLUE, view, body, recipient=RED.public, now=NOW, nonce=nonce)
    return RequestView("POST", target, headers)


def test_the_signer_and_the_nonce_are_told():
    signer = verify_request(signed(), recipient=RED.public, now=NOW)
    assert (signer.key, signer.nonce) == (BLUE.public, "n" * 20)
    check_body(signed(), signer, BODY)


def test_host_and_scheme_may_change_on_the_way():
    view = signed()
    moved = RequestView("POST", TARGET, {**view.headers, "Host": "inside:8080", "X-Forwarded-Proto": "https"})
    assert verify_request(moved, recipient=RED.public, now=NOW).key == BLUE.public


def test_a_second_signature_by_somebody_else_changes_nothing():
    view = signed()
    headers = dict(view.headers)
    headers["Signature-Input"] += ', cdn=("@method");created=1;keyid="cdn";tag="cdn"'
    headers["Signature"] += ", cdn=:AAAA:"
    assert verify_request(RequestView("POST", TARGET, headers), recipient=RED.public, now=NOW).key == BLUE.public


def test_two_signatures_of_ours_are_one_too_many():
    one, two = signed(), signed(nonce="m" * 20)
    headers = dict(one.headers)
    for name in ("Signature-Input", "Signature"):
        headers[name] += ", " + two.headers[name].replace("accord=", "again=", 1)
    with pytest.raises(Refused) as caught:
        verify_request(RequestView("POST", TARGET, headers), recipient=RED.public, now=NOW)
    assert caught.value.reason == "signature"


def answer_to(request: RequestView, key: NodeKey = RED, status: int = 202, body: bytes = b"{}") -> AnswerView:
    return AnswerView(status, sign_answer(key, request, status, {"content-type": "application/json"}, body), request)


def test_an_answer_is_proven():
    assert is_answered_by(RED.public, answer_to(signed()), b"{}")


def test_an_answer_by_another_node():
    assert not is_answered_by(RED.public, answer_to(signed(), BLUE), b"{}")


def test_an_answer_with_another_body_or_status():
    answer = answer_to(signed())
    assert not is_answered_by(RED.public, answer, b"[]")
    assert not is_answered_by(RED.public, AnswerView(200, answer.headers, answer.request), b"{}")


def test_an_answer_to_another_request():
    answer = answer_to(signed())
    other = signed(nonce="m" * 20)
    assert not is_answered_by(RED.public, AnswerView(202, answer.headers, other), b"{}")


def test_an_unsigned_answer():
    assert not is_answered_by(RED.public, AnswerView(202, {"content-type": "application/json"}, signed()), b"{}")


def test_signing_and_verifying_take_a_small_part_of_a_sync(record_property):
    """Medians over a 5 kB body; the bound is loose because machines differ, the figures are in the report."""
    request = signed()
    answer = answer_to(request)
    steps = {
        "sign": lambda: signed(),
        "verify": lambda: check_body(request, verify_request(request, recipient=RED.public, now=NOW), BODY),
        "sign answer": lambda: answer_to(request),
        "verify answer": lambda: is_answered_by(RED.public, answer, b"{}"),
    }
    for name, step in steps.items():
        median = _median_seconds(step)
        record_property(f"{name} (us)", round(median * 1e6))
        assert median < 0.02


def _median_seconds(step) -> float:
    times = []
    for _ in range(51):
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return sorted(times)[25]
