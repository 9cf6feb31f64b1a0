"""Why a node turns a request away: what the peer is told, and under which name it is counted."""

from __future__ import annotations

import re
from typing import Any

from accord.errors import AccordError

TEXT_LIMIT = 300


class Refused(AccordError):
    """The request was turned away and changed nothing.

    `status` is the HTTP status, `reason` the name under which it is counted (`peer.refused.<reason>`),
    `retry_after` seconds after which to try again, `extra` further members of the JSON answer.
    """

    who = "peer"

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        remedy: str | None = None,
        *,
        retry_after: float | None = None,
        headers: dict[str, str] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message, remedy=remedy)
        self.status, self.reason, self.retry_after = status, reason, retry_after
        self.headers, self.extra = headers or {}, extra or {}

    def body(self) -> dict[str, Any]:
        """`{error, message, remedy}` as it is answered."""
        return {"error": self.reason, "message": self.message, "remedy": self.remedy, **self.extra}

    def answer_headers(self) -> dict[str, str]:
        """Headers that go with it; `Retry-After` in whole seconds, rounded up."""
        if self.retry_after is None:
            return self.headers
        return self.headers | {"Retry-After": str(max(1, int(-(-self.retry_after // 1))))}


def stranger() -> Refused:
    """One answer to every key that no connection pins, so that nothing can be learnt by asking."""
    return Refused(
        401,
        "unknown_peer",
        "No connection of this node is agreed with the key that signed the request.",
        "Ask for a new invitation, or accept the one you have.",
    )


def clean(text: object, limit: int = TEXT_LIMIT) -> str:
    """Foreign text made fit to show: one line, no control characters, shortened."""
    line = re.sub(r"\s+", " ", str(text)[: 4 * limit])
    line = "".join(letter for letter in line if letter.isprintable()).strip()
    return line if len(line) <= limit else line[: limit - 1] + "…"
