"""Who wins when two people changed the same field at the same time: the same answer on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from accord.merge.text import merge_text
from accord.model import Policy, Side
from accord.model.paths import LONG_TEXT


@dataclass(frozen=True)
class Contest:
    """One field that both sides changed: from `base`, ours at `ours_at`, theirs at `theirs_at`. `ours_chosen` and
    `theirs_chosen`: a person chose that value, when both were shown. `is_text`: it may be merged. `ours_by` and
    `theirs_by`: who wrote them, where that is known."""

    path: str
    base: JsonValue
    ours: JsonValue
    theirs: JsonValue
    ours_at: datetime | None
    theirs_at: datetime | None
    ours_chosen: bool = False
    theirs_chosen: bool = False
    is_text: bool = False
    ours_by: str | None = None
    theirs_by: str | None = None

    @property
    def written(self) -> dict[str, Any]:
        """When, and by whom, for a `Verdict` or a `Question`."""
        names = ("ours_at", "theirs_at", "ours_by", "theirs_by")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Verdict:
    """What a contest ended in. `winner` is None where both edits were merged into `kept` and nothing was lost.
    `chosen`: a person on the other side decided."""

    path: str
    kept: JsonValue
    lost: JsonValue
    winner: Side | None
    base: JsonValue = None
    ours: JsonValue = None
    policy: Policy | None = None
    ours_at: datetime | None = None
    theirs_at: datetime | None = None
    chosen: bool = False
    ours_by: str | None = None
    theirs_by: str | None = None


def is_asked(contest: Contest, policy: Policy) -> bool:
    """Whether a person must choose. Where people on both sides have just done so, the first choice holds."""
    return policy is Policy.ASK and not (contest.ours_chosen and contest.theirs_chosen)


def resolve(contest: Contest, policy: Policy, here: Side) -> Verdict:
    """Judges a contest that nobody is asked about. Both sides call this with `ours` and `theirs` swapped and reach the
    same kept value."""
    if policy is Policy.MERGE:
        merged = _merged(contest)
        if merged is not None:
            return Verdict(contest.path, merged, None, None, contest.base, contest.ours, policy, **contest.written)
    winner = _winner(contest, policy, here)
    kept, lost = (contest.ours, contest.theirs) if winner is here else (contest.theirs, contest.ours)
    return Verdict(contest.path, kept, lost, winner, contest.base, contest.ours, policy, **contest.written)


def _merged(contest: Contest) -> str | None:
    sides = (contest.base or "", contest.ours, contest.theirs)
    base, ours, theirs = sides
    if contest.path not in LONG_TEXT and not contest.is_text:
        return None
    if not (isinstance(base, str) and isinstance(ours, str) and isinstance(theirs, str)):
        return None
    return merge_text(base, ours, theirs)


def _winner(contest: Contest, policy: Policy, here: Side) -> Side:
    ours, theirs = contest.ours_at, contest.theirs_at
    both_chosen = contest.ours_chosen and contest.theirs_chosen
    if policy is Policy.INITIATOR and not both_chosen:
        return Side.INITIATOR
    if policy is Policy.ACCEPTOR and not both_chosen:
        return Side.ACCEPTOR
    if ours is None or theirs is None or ours == theirs:
        return Side.INITIATOR
    # The first answer to a question holds; of edits the latest.
    return here if (ours < theirs) == both_chosen else here.other
