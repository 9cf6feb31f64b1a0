"""What a peer's bytes must be before the engine sees them: bounded, well-formed, of our protocol, harmless."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import datetime
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, JsonValue, ValidationError
from pydantic_core import from_json

from accord.model import Message, Replica
from accord.model.message import PROTOCOL_VERSION
from accord.peers.refusals import Refused, clean

M = TypeVar("M", bound=BaseModel)

MOUNT = "/peer/v1"
MAX_DEPTH = 64
MAX_CONTAINERS = 50_000
MAX_COUNT = 2**53
MAX_LINE = 2_000
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_LINK_SCHEMES = frozenset({"", "http", "https", "file", "mailto"})


def parse_json(body: bytes) -> dict[str, JsonValue]:
    """A JSON object within bounds. Raises Refused (400)."""
    # Each container costs far more memory than its two bytes: counted before anything is built.
    if body.count(b"[") + body.count(b"{") > MAX_CONTAINERS:
        raise _malformed(f"It holds more than {MAX_CONTAINERS} objects and lists.")
    try:
        data = from_json(body, allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        raise _malformed("It is not JSON.") from error
    if not isinstance(data, dict):
        raise _malformed("It is not a JSON object.")
    _check_bounds(data)
    return data


def parse_message(body: bytes) -> Message:
    """A valid message. Raises Refused: 400 for what is not JSON, 422 for another protocol or a wrong schema."""
    data = parse_json(body)
    check_protocol(data)
    message = validate(Message, data)
    for field, trouble in _troubles(message):
        raise _wrong(field, trouble)
    return message


def check_protocol(data: dict[str, JsonValue]) -> None:
    """Raises Refused (422) unless the peer speaks a protocol that this node does."""
    spoken = data.get("protocol", PROTOCOL_VERSION)
    if spoken != PROTOCOL_VERSION or isinstance(spoken, bool):
        raise Refused(
            422,
            "protocol",
            f"This node speaks protocol {PROTOCOL_VERSION}, not {clean(spoken, 20)}.",
            "Bring the older of both nodes up to date.",
            extra={"protocols": [PROTOCOL_VERSION]},
        )


def validate(model: type[M], data: dict[str, JsonValue]) -> M:
    """The data as `model`. Raises Refused (422) that names the first wrong field, never its value."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(clean(part, 60) for part in first["loc"])
        raise _wrong(where or "body", clean(first["msg"])) from None


def _check_bounds(data: JsonValue) -> None:
    level: list[JsonValue] = [data]
    for _ in range(MAX_DEPTH):
        following: list[JsonValue] = []
        for value in level:
            if isinstance(value, dict):
                following.extend(value.keys())
                following.extend(value.values())
            elif isinstance(value, list):
                following.extend(value)
            elif isinstance(value, str) and "\x00" in value:
                raise _malformed("A text in it holds a NUL character.")
            elif isinstance(value, float) and not math.isfinite(value):
                raise _malformed("A number in it is out of range.")
        if not following:
            return
        level = following
    raise _malformed(f"It is nested deeper than {MAX_DEPTH} levels.")


def _troubles(message: Message) -> Iterator[tuple[str, str]]:
    for name in ("connection", "twin"):
        if not _ID.fullmatch(getattr(message, name)):
            yield name, "is not an identifier"
    for name in ("key", "url", "pair_with", "trace_id"):
        if not _is_line(getattr(message, name)):
            yield name, "is not one line of text"
    if not _is_harmless(message.url):
        yield "url", "is not a web address"
    if message.replica is not None:
        yield from _replica_troubles(message.replica)
    yield from _value_troubles("", message)


def _replica_troubles(replica: Replica) -> Iterator[tuple[str, str]]:
    if not all(_is_harmless(url) for url in (replica.url, *(link.url for link in replica.links))):
        yield "replica.url", "or the url of a link is not a web address"
    for attachment in replica.attachments:
        if not _SHA256.fullmatch(attachment.sha256):
            yield "replica.attachments.sha256", "is not a SHA-256 in lower-case hex"
        if not attachment.name or not _is_line(attachment.name):
            yield "replica.attachments.name", "is not a file name"


def _value_troubles(field: str, value: object) -> Iterator[tuple[str, str]]:
    """Times and numbers at any depth, found by their declared types: a field that the model gains is checked too."""
    if isinstance(value, BaseModel):
        for name, declared in type(value).model_fields.items():
            inner, path = getattr(value, name), f"{field}.{name}".lstrip(".")
            # Only what is declared a number: in the values of people's own fields any number is right.
            if declared.annotation is int and not 0 <= inner < MAX_COUNT:
                yield path, "is out of range"
            yield from _value_troubles(path, inner)
    elif isinstance(value, datetime):
        # A time without a zone can't be compared with ours, and what can't be compared fails later, far from here.
        if value.utcoffset() is None:
            yield field, "is a time without a zone"
    elif isinstance(value, tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _value_troubles(field, each)


def _is_line(text: str | None) -> bool:
    return text is None or (len(text) <= MAX_LINE and not any(ord(letter) < 32 for letter in text))


def _is_harmless(url: str | None) -> bool:
    """Addresses end up as links in front of people: nothing that a browser would run."""
    if url is None:
        return True
    try:
        return len(url) <= MAX_LINE and urlsplit(url.strip()).scheme.lower() in _LINK_SCHEMES
    except ValueError:
        return False


def _malformed(what: str) -> Refused:
    return Refused(400, "malformed", f"The body can't be read. {what}", "Bring the node that sent it up to date.")


def _wrong(field: str, trouble: str) -> Refused:
    return Refused(
        422,
        "schema",
        f"The field {field} of the body is wrong: {trouble}.",
        "Bring the older of both nodes up to date.",
    )
