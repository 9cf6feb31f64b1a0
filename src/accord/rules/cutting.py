"""Text that is too long for the other end: how it is cut, and how a cut that comes back is known again."""

from __future__ import annotations

ELLIPSIS = "…"


def cut(text: str, longest: int | None) -> str:
    """Text of at most `longest` characters; a cut shows as an ellipsis."""
    if longest is None or len(text) <= longest:
        return text
    return text[: longest - 1].rstrip() + ELLIPSIS


def mended(received: str, ours: str, previous: str | None) -> str:
    """What a text means that may be ours, cut at the other side's limit.

    A cut of ours is ours. Where people there edited what they saw of it (`previous`, as they told it before), their
    edit goes into ours, and what they did not see stays. The rest is taken as it was received.
    """
    stem = received.removesuffix(ELLIPSIS)
    if stem == received or not stem:
        return received
    if len(ours) > len(received) and ours.startswith(stem):
        return ours
    seen = (previous or "").removesuffix(ELLIPSIS)
    if seen and seen != previous and len(ours) > len(previous or "") and ours.startswith(seen):
        return stem + ours[len(seen) :]
    return received
