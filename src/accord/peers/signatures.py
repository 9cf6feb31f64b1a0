"""HTTP Message Signatures (RFC 9421) and Content-Digest (RFC 9530) in the one profile that nodes speak.

A request's signature covers `@method`, `@path`, `@query`, `content-digest`, `content-type` (if it has one) and
`accord-recipient`, the receiver's public key. Scheme and authority are left out because reverse proxies end TLS and
rewrite `Host`; the recipient's key stands in their place. No proxy touches it, it outlives a change of address, and it
keeps a request meant for one node from being replayed to another. The verifier puts the path together from its own
configured address and the route, so a proxy may strip a path prefix.

An answer's signature covers `@status`, `content-type`, `content-digest` and the request's own signature, which ties
it to that one request: it needs neither nonce nor clock.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    PreparedSignature,
    VerifyResult,
)
from http_message_signatures.algorithms import ED25519

from accord.peers.keys import NodeKey, read_public_key
from accord.peers.refusals import Refused

REQUEST_TAG = "accord-peer-1"
ANSWER_TAG = "accord-answer-1"
LABEL = "accord"
RECIPIENT = "Accord-Recipient"
MAX_SKEW = 300.0
NONCE_LENGTHS = range(16, 129)

_REQUEST_PARTS = ("@method", "@path", "@query", "content-digest", "accord-recipient")
_ANSWER_PARTS = ("@status", "content-type", "content-digest", '"signature";req')


class Headers(Protocol):
    """Header lines in order: a dict where each name occurs once, or Starlette's `Headers`."""

    def items(self) -> Iterable[tuple[str, str]]: ...
    def __contains__(self, name: Any, /) -> bool: ...


@dataclass(frozen=True)
class RequestView:
    """What a signature sees of a request. `target` is the path and query as sent; `url` only serves the library."""

    method: str
    target: str
    headers: Headers

    @property
    def url(self) -> str:
        return f"https://node.invalid{self.target}"


@dataclass(frozen=True)
class AnswerView:
    """What a signature sees of an answer."""

    status_code: int
    headers: Mapping[str, str]
    request: RequestView


@dataclass(frozen=True)
class Signer:
    """Who signed a request, proven, and with which nonce. The body is not proven until `check_body`."""

    key: str
    nonce: str
    results: tuple[VerifyResult, ...]


class _KeyIsItsName(HTTPSignatureKeyResolver):
    """The key id is the key: whether that key is one we know is asked afterwards."""

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        try:
            return read_public_key(key_id)
        except ValueError:
            return None


class _Verifier(HTTPMessageVerifier):
    """Leaves freshness to us: only what is proven is worth telling that its clock is off, and by how much."""

    def validate_created_and_expires(self, sig_input: Any, max_age: object = None) -> None:
        """Nothing here: see `_check_clock`."""


_SIGNER = HTTPMessageSigner(signature_algorithm=ED25519)
_VERIFIER = _Verifier(signature_algorithm=ED25519, key_resolver=_KeyIsItsName())


def _check_clock(age: float) -> None:
    if abs(age) <= MAX_SKEW:
        return
    reason, where = ("late", "ago") if age > 0 else ("future", "in the future")
    raise Refused(
        401,
        reason,
        f"The request was signed {abs(age):.0f} s {where} by this node's clock; {MAX_SKEW:.0f} s are allowed.",
        "Set the clocks of both nodes by NTP; behind a slow proxy, shorten its queue.",
    )


def sign_request(
    key: NodeKey, request: RequestView, body: bytes, *, recipient: str, now: datetime, nonce: str
) -> dict[str, str]:
    """The request's headers with digest, recipient and signature. `recipient` is the receiver's public key."""
    headers = {**dict(request.headers.items()), RECIPIENT: recipient}
    prepared = _SIGNER.prepare(
        RequestView(request.method, request.target, headers),
        key_id=key.public,
        created=now,
        nonce=nonce,
        tag=REQUEST_TAG,
        covered_component_ids=_request_parts(headers),
        body=body,
    )
    return headers | _signature_headers(key, prepared)


def verify_request(request: RequestView, *, recipient: str, now: datetime) -> Signer:
    """Proves the head of a request, before its body is read. Raises Refused (401)."""
    if not (_has(request.headers, "signature") and _has(request.headers, "signature-input")):
        raise Refused(401, "unsigned", "The request is not signed.", "Only another node can call this address.")
    try:
        results = _VERIFIER.verify(
            request, max_age=None, expect_tag=REQUEST_TAG, require_components=_request_parts(request.headers)
        )
    except (HTTPMessageSignaturesException, ValueError, TypeError) as error:
        raise _bad_signature() from error
    created = results[0].parameters.get("created")
    if len(results) != 1 or len(results[0].nonce or "") not in NONCE_LENGTHS or not isinstance(created, int):
        raise _bad_signature()
    _check_clock(now.timestamp() - created)
    if results[0].covered_components['"accord-recipient"'] != recipient:
        raise Refused(
            401,
            "recipient",
            "The request is signed for another node than this one.",
            "If this node got a new key, renew the invitation; else correct the address.",
        )
    return Signer(str(results[0].parameters["keyid"]), str(results[0].nonce), tuple(results))


def check_body(request: RequestView, signer: Signer, body: bytes) -> None:
    """Proves the body by the digest that was signed. Raises Refused (401)."""
    try:
        _VERIFIER.verify_body(request, signer.results, body)
    except (HTTPMessageSignaturesException, ValueError, TypeError) as error:
        raise Refused(
            401,
            "digest",
            "The body is not the one that was signed.",
            "Something on the way alters requests: look at proxies.",
        ) from error


def sign_answer(
    key: NodeKey, request: RequestView, status: int, headers: Mapping[str, str], body: bytes
) -> dict[str, str]:
    """The answer's headers with digest and signature; unchanged where the request's own signature is unusable."""
    signed = dict(headers)
    try:
        prepared = _SIGNER.prepare(
            AnswerView(status, signed, request),
            key_id=key.public,
            tag=ANSWER_TAG,
            covered_component_ids=_ANSWER_PARTS,
            body=body,
        )
    except (HTTPMessageSignaturesException, ValueError, TypeError):
        return dict(headers)
    return signed | _signature_headers(key, prepared)


def is_answered_by(key: str, answer: AnswerView, body: bytes) -> bool:
    """Whether the node with this public key gave this answer to this very request."""
    try:
        results = _VERIFIER.verify(
            answer, max_age=None, expect_tag=ANSWER_TAG, require_components=_ANSWER_PARTS, body=body
        )
    except (HTTPMessageSignaturesException, ValueError, TypeError):
        return False
    return len(results) == 1 and results[0].parameters["keyid"] == key


def _signature_headers(key: NodeKey, prepared: PreparedSignature) -> dict[str, str]:
    # The library's own last step builds everything a second time to see whether the message changed meanwhile.
    signature = base64.b64encode(key.private.sign(prepared.signature_base)).decode("ascii")
    return {"Signature-Input": f"{LABEL}={prepared.signature_params}", "Signature": f"{LABEL}=:{signature}:"}


def _request_parts(headers: Headers) -> tuple[str, ...]:
    return (*_REQUEST_PARTS, "content-type") if _has(headers, "content-type") else _REQUEST_PARTS


def _has(headers: Headers, name: str) -> bool:
    return any(each.lower() == name for each, _ in headers.items())


def _bad_signature() -> Refused:
    return Refused(
        401,
        "signature",
        "The signature does not fit the request.",
        "Something on the way alters requests (method, path, query, type), or the address differs from the agreed one.",
    )
