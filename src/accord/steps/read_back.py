"""What came of a write: what sync itself wrote, told apart from what people and the tracker did."""

from __future__ import annotations

from accord.merge.conflict import Verdict
from accord.merge.traces import Local, digest
from accord.model import Flat, Item, Replica, differing, flatten, is_empty, same
from accord.model.paths import LABELS
from accord.steps.carry_out import Outcome
from accord.steps.compose import Synced
from accord.steps.plan import Plan

Seen = tuple[Item, Replica]


def after_update(
    plan: Plan, outcome: Outcome, before: Seen, wanted: Seen, actual: Seen, paired: Replica | None
) -> Synced:
    """Accounts for an update: the item, with the replica of it, before it, as it was wanted, and as it is now.

    Where the version shows that somebody wrote between our write and our reading, only what came out as it was
    written counts as ours. `paired` is the other side's first replica when two items that existed were paired: what
    it named is settled, though perhaps nothing had to be written.
    """
    intervened = outcome.version is not None and outcome.version != actual[0].version
    taken = _taken(before[1], wanted[1], actual[1], intervened)
    if paired:
        taken |= {path for path in flatten(actual[1]) if not is_empty(flatten(paired).get(path))}
    merged = [verdict for verdict in plan.verdicts if verdict.winner is None]
    want, now = flatten(wanted[0]), flatten(actual[0])
    written = {p for p in plan.patch.paths() if not intervened or same(want.get(p), now.get(p))}
    return Synced(
        paths=frozenset(written | plan.ours_already),
        sub_items=_sub_items(outcome, actual[0], intervened),
        taken=frozenset(path for path in taken if not _is_merged(path, actual[1], merged)),
    )


def after_creation(outcome: Outcome, wanted: Replica, actual: Seen, *, certain: bool) -> Synced:
    """Accounts for a creation. Not `certain`: an earlier run made it, and people may have edited it since."""
    intervened = outcome.version is not None and outcome.version != actual[0].version
    return Synced(
        paths=frozenset(flatten(actual[0])),
        sub_items=_sub_items(outcome, actual[0], intervened),
        taken=frozenset(_taken(None, wanted, actual[1], intervened=not certain)),
    )


def _sub_items(outcome: Outcome, item: Item, intervened: bool) -> frozenset[str]:
    """What was written and, if somebody intervened, still looks as it was written."""
    subs: list[Local] = [*item.comments, *item.attachments]
    now = {sub.id: digest(sub) for sub in subs}
    wrote = outcome.sub_items.items()
    return frozenset(sub_id for sub_id, written in wrote if not intervened or now.get(sub_id) == written)


def _taken(before: Replica | None, wanted: Replica, actual: Replica, intervened: bool) -> set[str]:
    """Replica paths that differ only because we wrote them, perhaps as the tracker rendered them.

    What the tracker changed beyond what was written is not among them: the other side should hear of it.
    """
    was, want, now = flatten(before) if before else Flat(), flatten(wanted), flatten(actual)
    touched = differing(was, want)
    if not intervened and any(path.startswith(LABELS) for path in touched):
        touched |= {path for path in differing(was, now) if path.startswith(LABELS)}
    return {path for path in touched if not intervened or same(want.get(path), now.get(path))}


def _is_merged(path: str, replica: Replica, merged: list[Verdict]) -> bool:
    """Merged text is news to both sides."""
    value = flatten(replica).get(path)
    return any(verdict.path == path or same(value, verdict.kept) for verdict in merged)
