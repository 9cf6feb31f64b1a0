"""A conflict of the history, as people read it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from accord.cli.saying import moment, short

if TYPE_CHECKING:
    from accord.operations.history import HistoryLine

WORDS = {"latest": "the later edit wins", "ask": "chosen by a person", "merge": "the later edit wins"}


def told_of(line: HistoryLine) -> list[str]:
    """What a line of history says beyond its summary: both values, when they were written, who won and why."""
    details = line.details
    if line.step == "asked":
        return [*_values(details), "nobody wins until a person chooses: accord errors"]
    if line.step == "restored":
        return [f"{short(details.get('before'))} -> {short(details.get('value'))}"]
    if line.step == "undecided":
        return [f"{details.get('who')} had decided for {short(details.get('value'))}"]
    if line.step != "conflict":
        return []
    if details.get("winner") == "merged":
        return [f"both edits are in it: {short(details.get('kept'))}"]
    kept = f"kept {short(details.get('kept'))}, lost {short(details.get('lost'))}"
    if "lost_there" in details:
        kept += f" and {short(details['lost_there'])}"
    return [kept + _why(details), *_values(details)]


def _why(details: dict[str, Any]) -> str:
    if details.get("chosen"):
        return f" (chosen {details['chosen']})"
    policy = details.get("policy")
    if policy is None:
        return ""
    return f" ({policy}: {WORDS.get(policy, f'the {policy} wins')})"


def _values(details: dict[str, Any]) -> list[str]:
    if "ours" not in details and "theirs" not in details:
        return []
    before = f", before {short(details['base'])}" if "base" in details else ""
    ours, theirs = (f"{short(details.get(w))}{_written(details, w)}" for w in ("ours", "theirs"))
    return [f"here {ours}, there {theirs}{before}"]


def _written(details: dict[str, Any], whose: str) -> str:
    """Who wrote it, and when, as far as that is known."""
    by, at = details.get(f"{whose}_by"), details.get(f"{whose}_at")
    when = moment(datetime.fromisoformat(at)) if isinstance(at, str) else None
    told = ", ".join(part for part in (f"by {short(by)}" if by else None, when) if part)
    return f" ({told})" if told else ""
