"""What a peer's answer means to the sender: a value, or the error that says who must act."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from pydantic import BaseModel, JsonValue, ValidationError

from accord.errors import AccordError, PeerRefused, Throttled, Unreachable
from accord.model import Message
from accord.peers.refusals import Refused, clean
from accord.peers.wire import MAX_COUNT, parse_json, parse_message
from accord.ports import Answer

M = TypeVar("M", bound=BaseModel)

MAX_RETRY_AFTER = 3600.0
DEFAULT_RETRY_AFTER = 30.0
# The peer itself will say otherwise to the next, freshly signed request.
_PASSING = frozenset({408, 425})


@dataclass(frozen=True)
class Reply:
    """An answer as received. `proven`: the pinned key signed it as the answer to this very request."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    proven: bool

    def data(self) -> dict[str, JsonValue]:
        """The JSON object in the body. Raises Unreachable for anything else."""
        try:
            return parse_json(self.body)
        except Refused as refused:
            raise nonsense(refused.message) from None


def check_reply(reply: Reply, now: datetime) -> None:
    """Raises what is wrong: Throttled (429, 503 with Retry-After), Unreachable, PeerRefused (a proven 4xx).

    A 4xx that the peer did not sign comes from something in between, or from another node at its address. It may
    pass, so it never blocks work for good.
    """
    if reply.status == 429 or (reply.status == 503 and "Retry-After" in reply.headers):
        raise Throttled(_said(reply, "It asks to slow down."), retry_after=retry_after(reply.headers, now))
    if reply.status >= 500 or reply.status in _PASSING:
        raise Unreachable(_said(reply, f"It answered {reply.status}."))
    if not reply.proven:
        raise _unproven(reply)
    if reply.status >= 400:
        data = _loose(reply)
        remedy = data.get("remedy")
        raise PeerRefused(
            f"The other node refused: {clean(data.get('message') or reply.status)}",
            remedy=clean(remedy) if remedy else None,
            status=reply.status,
        )
    if reply.status not in (200, 202):
        raise nonsense(f"Its status is {reply.status}.")


def answer_from(reply: Reply, message: Message, now: datetime) -> Answer:
    """The peer's answer to a message. Raises like `check_reply`."""
    if reply.status == 409 and reply.proven:
        data = reply.data()
        if data.get("error") == "gap":
            return Answer("gap", expected=_expected(data))
        if data.get("error") == "forked":
            return Answer("forked")
    check_reply(reply, now)
    data = reply.data()
    status = "registered" if reply.status == 202 else "duplicate"
    if data.get("status") != status:
        raise nonsense("Status and body differ.")
    detail = data.get("detail")
    return Answer(status, _acknowledgment(data, message), detail=clean(detail) if detail else None)


def parsed(reply: Reply, model: type[M]) -> M:
    """The body as `model`. Raises Unreachable."""
    try:
        return model.model_validate(reply.data())
    except ValidationError:
        raise nonsense("Its fields are not those expected.") from None


def retry_after(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds in `Retry-After` (a number or a date), between 1 and an hour; half a minute where it can't be read."""
    text = headers.get("Retry-After", "")
    try:
        seconds = float(text) if text.isascii() and text.isdigit() else _until(text, now)
    except (ValueError, TypeError):
        return DEFAULT_RETRY_AFTER
    return min(max(seconds, 1.0), MAX_RETRY_AFTER)


def nonsense(what: str) -> Unreachable:
    """An answer that no node of ours would give."""
    return Unreachable(
        f"The other node's answer makes no sense. {what}", remedy="See that its address leads to the node itself."
    )


def _until(text: str, now: datetime) -> float:
    return (parsedate_to_datetime(text) - now).total_seconds()


def _acknowledgment(data: dict[str, JsonValue], message: Message) -> Message | None:
    inner = data.get("acknowledgment")
    if inner is None:
        return None
    try:
        acknowledgment = parse_message(json.dumps(inner).encode())
    except Refused as refused:
        raise nonsense(refused.message) from None
    if (acknowledgment.connection, acknowledgment.twin) != (message.connection, message.twin):
        raise nonsense("It acknowledges another item.")
    return acknowledgment


def _expected(data: dict[str, JsonValue]) -> int:
    expected = data.get("expected")
    if type(expected) is not int or not 0 <= expected < MAX_COUNT:
        raise nonsense("It does not say which message is missing.")
    return expected


def _unproven(reply: Reply) -> AccordError:
    if 300 <= reply.status < 400:
        what, remedy = "redirects elsewhere", "Agree on the node's final address: redirects are not followed."
    elif reply.status == 413:
        what, remedy = "finds the message too large", "Raise the body limit of the proxy before the other node."
    else:
        what, remedy = f"answered {reply.status}", "See that its address leads to the node with which it was agreed."
    return Unreachable(f"Something other than the agreed node {what}.", remedy=remedy)


def _said(reply: Reply, fallback: str) -> str:
    said = _loose(reply).get("message")
    return f"The other node is not ready: {clean(said)}" if reply.proven and said else f"The other node: {fallback}"


def _loose(reply: Reply) -> dict[str, JsonValue]:
    try:
        return parse_json(reply.body)
    except Refused:
        return {}
