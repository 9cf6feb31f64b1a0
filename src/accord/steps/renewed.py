"""What rules that were published since ask of an item, beyond what the other side changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from accord.errors import RuleFailed
from accord.merge.content import Remote
from accord.merge.fields import FieldMerge
from accord.model import (
    Item,
    Patch,
    Removal,
    Replica,
    SubItem,
    Trace,
    differing,
    flatten,
    is_empty,
)
from accord.model import same as equal
from accord.ports import RuleContext, Rules


@dataclass(frozen=True)
class Renewed:
    """`before` is the draft that the former rules made of what is known of the other side, over the item as agreed.

    `paths` are those that only the new rules take from there: what is held in them here, nobody has agreed upon.
    `let_in` are the other side's ids of the comments and attachments that the former rules let in.
    """

    before: Item
    paths: frozenset[str] = frozenset()
    let_in: frozenset[tuple[SubItem, str]] = field(default_factory=frozenset)

    def kept(self, merged: FieldMerge, said: Collection[str]) -> FieldMerge:
        """What is held here alone is kept, unless the other side has `said` just now that it changed."""
        alone = self.paths - set(said)
        values = {p: v for p, v in merged.values.items() if p not in alone or not is_empty(v)}
        return FieldMerge(values, merged.contested)

    def shown(self, kind: SubItem, remotes: Sequence[Remote], traces: Sequence[Trace], known: int) -> list[Remote]:
        """The other side's sub-items, those that the former rules kept out as if they were new: newer than what is
        `known`. A copy that nobody has changed over there is none of them."""
        traced = {key for t in traces if t.kind is kind for key in ((True, t.remote_id), (False, t.local_id))}
        return [
            remote.model_copy(update={"version": max(remote.version, known + 1)})
            if (kind, remote.id) not in self.let_in
            and (remote.version or not {(True, remote.id), (False, remote.twin_id)} & traced)
            else remote
            for remote in remotes
        ]


def withdrawn(kind: SubItem, remotes: Sequence[Remote], traces: Sequence[Trace]) -> tuple[Removal, ...]:
    """What the other side shows no more: it may have gone while our rules did not let it in, or out."""
    shown = {remote.id for remote in remotes}
    return tuple(Removal(id=t.remote_id) for t in traces if t.kind is kind and t.remote_id and t.remote_id not in shown)


async def renewed(
    former: Rules, replica: Replica, agreed: Item, drafts: tuple[Item, Item], context: RuleContext
) -> Renewed:
    """`replica` is what is known of the other side, without what it changes now; `drafts` what the new rules make of it
    over the item as agreed, and over one that holds nothing.

    Where the former rules fail on it, whatever the new ones make of it is new.
    """
    made, taken = drafts
    after = flatten(made)
    try:
        before = await former.incoming(replica, agreed, context)
        # Over an item that holds nothing: what there is then comes from the other side.
        owned = flatten(await former.incoming(replica, Item(key=agreed.key), context))
    except RuleFailed:
        before, owned = agreed, {}
    was = flatten(before)
    new = {p for p in differing(was, after) if is_empty(owned.get(p)) or not equal(owned.get(p), was.get(p))}
    first = {p for p, value in flatten(taken).items() if not is_empty(value) and is_empty(owned.get(p))}
    let_in = {(kind, sub.id) for kind in SubItem for sub in getattr(before, kind.plural)}
    before = Patch.of(dict.fromkeys(first)).apply(before)
    return Renewed(before, frozenset(new | first), frozenset(let_in))


async def first_told(former: Rules, rules: Rules, item: Item, replica: Replica, context: RuleContext) -> frozenset[str]:
    """The paths of the item that `replica`, made of it by the new rules, tells of only under these.

    Rules are functions whose insides nobody looks into, so the item is told once more without each of its fields.
    """
    told = flatten(replica)
    try:
        new = differing(flatten(await former.outgoing(item, context)), told)
    except RuleFailed:
        new = set(told)
    if not new:
        return frozenset()
    found = set()
    for path, value in flatten(item).items():
        if not is_empty(value):
            without = Patch.of({path: None}).apply(item)
            try:
                changed = differing(told, flatten(await rules.outgoing(without, context)))
            except RuleFailed:
                continue  # what the rules can't do without was not left out before either
            found |= {path} if changed & new else set()
    return frozenset(found)
