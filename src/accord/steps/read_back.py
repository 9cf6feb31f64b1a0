"""What came of a write: what sync itself wrote, told apart from what people and the tracker did."""

from __future__ import annotations

from dataclasses import dataclass

from accord.merge.conflict import Verdict
from accord.merge.content import Local, digest
from accord.merge.rendering import as_rendered, resembles
from accord.model import (
    Attachment,
    Comment,
    Flat,
    Item,
    Link,
    Replica,
    SubItem,
    WorkLog,
    differing,
    flatten,
    is_empty,
    same,
)
from accord.model.paths import LABELS
from accord.steps.compose import SubItemId, Synced
from accord.steps.plan import Plan
from accord.steps.sub_items import Outcome

Seen = tuple[Item, Replica]


@dataclass(frozen=True)
class Views:
    """One item with the replica of it, at four moments: before it was written to, as it was wanted, as the tracker
    showed what it made of that, and as it is now. `certain`: nobody can have written before the tracker showed it."""

    before: Seen
    wanted: Seen
    rendered: Seen
    actual: Seen
    certain: bool = True

    @classmethod
    def unchanged(cls, seen: Seen) -> Views:
        """No field was written."""
        return cls(seen, seen, seen, seen)


def after_update(plan: Plan, outcome: Outcome, views: Views, paired: Replica | None) -> Synced:
    """Accounts for an update. What a person changed after our write was rendered is theirs.

    `paired` is the other side's first replica when two items that existed were paired: what it named is settled,
    though perhaps nothing had to be written.
    """
    actual, replica = views.actual
    told = _shown(views.before[1], views.wanted[1], views.rendered[1], views.certain)
    written_told = _touched(views.before[1], views.wanted[1], told)
    taken = written_told - differing(told, flatten(replica))
    theirs = flatten(views.wanted[1])
    overruled = {path: theirs.get(path) for path in written_told - taken}
    if paired:
        taken |= _settled(plan, paired, replica) - differing(told, flatten(replica))
    merged = [verdict for verdict in plan.verdicts if verdict.winner is None]
    shown, now = _shown(views.before[0], views.wanted[0], views.rendered[0], views.certain), flatten(actual)
    written = {path for path in plan.patch.paths() if same(shown.get(path), now.get(path))}
    return Synced(
        paths=frozenset(written | plan.ours_already),
        sub_items=_sub_items(outcome, actual),
        written=frozenset(outcome.sub_items),
        taken=frozenset(path for path in taken if not _is_merged(path, replica, merged)),
        overruled=overruled,
    )


def _settled(plan: Plan, paired: Replica, replica: Replica) -> set[str]:
    """What both items hold alike, or a person is asked about. The rest our rules tell of themselves."""
    theirs, ours = flatten(paired), flatten(replica)
    asked = {path for question in plan.questions.values() for path in question.told}
    return {p for p, value in ours.items() if p in asked or (not is_empty(value) and same(value, theirs.get(p)))}


def after_creation(outcome: Outcome, wanted: Seen, rendered: Seen, actual: Seen, *, certain: bool) -> Synced:
    """Accounts for a creation; `wanted`, `rendered` and `certain` as in `Views`. What the tracker set by itself is
    nobody's change, unless a person may have done it meanwhile."""
    told = _shown(None, wanted[1], rendered[1], certain)
    shown, now = _shown(None, wanted[0], rendered[0], certain), flatten(actual[0])
    return Synced(
        paths=frozenset(path for path, value in now.items() if certain or same(shown.get(path), value)),
        sub_items=_sub_items(outcome, actual[0]),
        written=frozenset(outcome.sub_items),
        taken=frozenset(_touched(None, wanted[1], told) - differing(told, flatten(actual[1]))),
    )


def _sub_items(outcome: Outcome, item: Item) -> frozenset[SubItemId]:
    """What was written and, as far as anybody may have intervened, still looks as it was written."""
    now: dict[SubItemId, Local] = {(kind, sub.id): sub for kind in SubItem for sub in getattr(item, kind.plural)}
    intervened = outcome.version is not None and outcome.version != item.version
    vouched = outcome.last if outcome.version is not None and not intervened else None
    return frozenset(
        sub_id
        for sub_id, written in outcome.sub_items.items()
        if sub_id == vouched or _still(written, now.get(sub_id), intervened=intervened)
    )


def _still(written: Local, now: Local | None, *, intervened: bool) -> bool:
    """Whether a sub-item is what was written; or, unless somebody is known to have `intervened`, how its tracker may
    show it."""
    if now is None or intervened:
        return now is not None and digest(now) == digest(written)
    if isinstance(written, Comment) and isinstance(now, Comment):
        return written.internal == now.internal and resembles(written.body, now.body)
    if isinstance(written, WorkLog) and isinstance(now, WorkLog):
        return written.seconds == now.seconds and resembles(written.body, now.body)
    if isinstance(written, Link) and isinstance(now, Link):
        return (written.key, written.key or written.url) == (now.key, now.key or now.url)
    return isinstance(written, Attachment) and isinstance(now, Attachment) and written.sha256 == now.sha256


def _shown(before: Item | Replica | None, wanted: Item | Replica, rendered: Item | Replica, certain: bool) -> Flat:
    """What the tracker made of what was wanted."""
    was = flatten(before) if before else Flat()
    return as_rendered(was, flatten(wanted), flatten(rendered), certain=certain)


def _touched(before: Replica | None, wanted: Replica, shown: Flat) -> set[str]:
    """Replica paths that differ only because we wrote them, perhaps as the tracker rendered them.

    What the tracker changed beyond what was written is not among them: the other side should hear of it.
    """
    was = flatten(before) if before else Flat()
    touched = differing(was, flatten(wanted))
    if any(path.startswith(LABELS) for path in touched):
        touched |= {path for path in differing(was, shown) if path.startswith(LABELS)}
    return touched


def _is_merged(path: str, replica: Replica, merged: list[Verdict]) -> bool:
    """Merged text is news to both sides."""
    value = flatten(replica).get(path)
    return any(verdict.path == path or same(value, verdict.kept) for verdict in merged)
