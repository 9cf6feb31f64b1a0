"""An invitation as one line of text that survives mail, chat and a double click."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from accord.errors import ConfigurationInvalid
from accord.model import Policy
from accord.peers.keys import read_public_key

PREFIX = "accord1."
CHECK_BYTES = 4
MAX_CODE = 16_000


class Invitation(BaseModel):
    """What a code carries: where and who the inviter is, the connection and its terms, and the one-time secret.

    Whoever is invited is the acceptor, the inviter the initiator. `key` is base64 of 32 bytes, `expires` in UTC.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    url: str = Field(max_length=2_000)
    connection: str = Field(pattern=r"^[A-Za-z0-9._:-]{1,128}$")
    key: str
    node: str = Field(min_length=1, max_length=100)
    policy: Policy
    secret: str = Field(min_length=16, max_length=128, repr=False)
    expires: datetime
    policies: dict[str, Policy] = Field(default_factory=dict, max_length=100)

    @field_validator("key")
    @classmethod
    def _is_key(cls, key: str) -> str:
        read_public_key(key)
        return key

    def code(self) -> str:
        """The line to hand over, over a way that both owners trust."""
        values: list[Any] = [self.url, self.connection, self.key, self.node, self.policy, self.secret]
        values.append(int(self.expires.timestamp()))
        values += [self.policies] if self.policies else []
        payload = json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()
        return PREFIX + base64.urlsafe_b64encode(payload + _check(payload)).decode("ascii").rstrip("=")


def read_code(code: str) -> Invitation:
    """The invitation in a code; white space in it does not matter. Raises ConfigurationInvalid, never with the code."""
    text = re.sub(r"\s+", "", code[: 2 * MAX_CODE]).strip("\"'<>`")
    if not text.startswith("accord") or len(text) > MAX_CODE:
        raise _damaged("This is not an invitation code.")
    if not text.startswith(PREFIX):
        raise ConfigurationInvalid(
            "The invitation code is of a version that this node does not know.",
            remedy="Bring the older of both nodes up to date and make a new invitation.",
            field="code",
        )
    payload = _payload(text.removeprefix(PREFIX))
    try:
        values = dict(zip(Invitation.model_fields, json.loads(payload), strict=False))
        expires = datetime.fromtimestamp(values.pop("expires"), UTC)
        return Invitation.model_validate(values | {"expires": expires})
    except (ValidationError, ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError):
        raise _damaged("The invitation code is complete but makes no sense.") from None


def check_url(url: str, *, plain_http: bool = False) -> str:
    """The address of a node, without a final slash. Raises ConfigurationInvalid.

    HTTPS is asked for, except on this very machine or where the operator allows `plain_http` (a closed network).
    """
    wrong = _address_error(url, plain_http)
    if wrong is not None:
        raise ConfigurationInvalid(
            f"The node's address can't be used: {wrong}",
            remedy="Give an address such as https://accord.example.org.",
            field="url",
        )
    return url.rstrip("/")


def _address_error(url: str, plain_http: bool) -> str | None:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "it is not a web address."
    checks: tuple[tuple[bool, str], ...] = (
        (len(url) > 2_000 or not url.isascii() or re.search(r"[\s\"<>\\^`{|}]", url) is not None, "it is malformed."),
        (parts.scheme not in ("http", "https") or not host, "it is not a web address."),
        (parts.username is not None or parts.password is not None, "it holds a user name or password."),
        (bool(parts.query or parts.fragment), "it holds a query or a fragment."),
        (parts.scheme == "http" and not (plain_http or _is_this_machine(host or "")), "it is not https."),
    )
    return next((text for failed, text in checks if failed), None)


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _payload(text: str) -> bytes:
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise _damaged("The invitation code holds a character that does not belong there.") from None
    payload, check = data[:-CHECK_BYTES], data[-CHECK_BYTES:]
    if check != _check(payload):
        raise _damaged("The invitation code is incomplete or has a typing error.")
    return payload


def _check(payload: bytes) -> bytes:
    return hashlib.sha256(PREFIX.encode() + payload).digest()[:CHECK_BYTES]


def _damaged(message: str) -> ConfigurationInvalid:
    return ConfigurationInvalid(message, remedy="Copy the whole line again, from `accord1.` to its end.", field="code")
