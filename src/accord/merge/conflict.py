"""Who wins when two people changed the same field at the same time: the same answer on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from accord.merge.text import merge_text
from accord.model import Policy, Side
from accord.model.paths import LONG_TEXT


@dataclass(frozen=True)
class Contest:
    """One field that both sides changed: from `base`, ours at `ours_at`, theirs at `theirs_at`."""

    path: str
    base: JsonValue
    ours: JsonValue
    theirs: JsonValue
    ours_at: datetime | None
    theirs_at: datetime | None


@dataclass(frozen=True)
class Verdict:
    """What a contest ended in. `winner` is None where both edits were merged into `kept` and nothing was lost."""

    path: str
    kept: JsonValue
    lost: JsonValue
    winner: Side | None
    base: JsonValue = None


def resolve(contest: Contest, policy: Policy, here: Side) -> Verdict:
    """Judges a contest. Both sides call this with `ours` and `theirs` swapped and reach the same kept value."""
    if policy is Policy.MERGE:
        merged = _merged(contest)
        if merged is not None:
            return Verdict(contest.path, merged, None, None, contest.base)
    winner = _winner(contest, policy, here)
    kept, lost = (contest.ours, contest.theirs) if winner is here else (contest.theirs, contest.ours)
    return Verdict(contest.path, kept, lost, winner, contest.base)


def _merged(contest: Contest) -> str | None:
    sides = (contest.base or "", contest.ours, contest.theirs)
    base, ours, theirs = sides
    if contest.path not in LONG_TEXT:
        return None
    if not (isinstance(base, str) and isinstance(ours, str) and isinstance(theirs, str)):
        return None
    return merge_text(base, ours, theirs)


def _winner(contest: Contest, policy: Policy, here: Side) -> Side:
    if policy is Policy.INITIATOR:
        return Side.INITIATOR
    if policy is Policy.ACCEPTOR:
        return Side.ACCEPTOR
    ours, theirs = contest.ours_at, contest.theirs_at
    if ours is None or theirs is None or ours == theirs:
        return Side.INITIATOR
    return here if ours > theirs else here.other
