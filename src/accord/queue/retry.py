"""What an error means for the lane that met it: wait, hold more than this lane, or block for a person."""

from __future__ import annotations

from dataclasses import dataclass

from accord.errors import AccordError, GuardStopped, PeerRefused, Throttled, Unauthorized, WaitAndRetry
from accord.ports import Settings

REVOKED = 60.0
REFUSED_BY_PEER = 300.0
GONE = frozenset({401, 404, 410})


@dataclass(frozen=True)
class Retry:
    """Try this lane again in `delay` seconds."""

    delay: float


@dataclass(frozen=True)
class HoldAll:
    """All work of a `scope` waits: for `delay` seconds, or (None) until a person lets it go."""

    scope: str
    delay: float | None


@dataclass(frozen=True)
class Block:
    """This lane waits for a person, a new change, or the other lane."""


Decision = Retry | HoldAll | Block


def decide(error: AccordError, attempts: int, at_peer: bool, settings: Settings, jitter: float) -> Decision:
    """`attempts` before this one, `at_peer` whether the peer was being called, `jitter` in [0, 1)."""
    scope = error.scope or ("peer" if at_peer else "tracker")
    if isinstance(error, Throttled):
        return HoldAll(scope, min(error.retry_after, 3600.0))
    if isinstance(error, Unauthorized):
        return HoldAll("tracker", REVOKED)
    if isinstance(error, GuardStopped):
        return HoldAll("connection", None) if error.scope == "connection" else Block()
    if isinstance(error, PeerRefused) and error.status in GONE:
        return HoldAll("connection", REFUSED_BY_PEER)
    if isinstance(error, WaitAndRetry):
        return Retry(back_off(attempts, settings, jitter))
    return Block()


def back_off(attempts: int, settings: Settings, jitter: float) -> float:
    """Seconds to wait: doubling from `retry_first` to `retry_most`, each shortened at random by up to half."""
    delay = min(settings.retry_most, settings.retry_first * 2.0 ** min(attempts, 30))
    return delay * (1.0 - jitter / 2)
