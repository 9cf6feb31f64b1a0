"""What a replica asks to be done to the item here: its rules run, its fields and sub-items merged.

Runs the incoming rules as often as it takes, which is what makes merge and preview possible: a rule only turns
(replica, item) into a draft.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from accord.errors import RuleFailed
from accord.merge.conflict import Verdict
from accord.merge.content import Local, Remote
from accord.merge.fields import before_changes, merge_fields, respelled, without_emptying
from accord.merge.known import arrived, before_message
from accord.merge.marks import sub_item_mark
from accord.merge.rendering import resembles
from accord.merge.traces import Deletion, LostEdit, Shown, SubItemMerge, SubItemPlan
from accord.model import (
    Comment,
    Connection,
    Flat,
    Item,
    Link,
    Message,
    Patch,
    Question,
    Replica,
    ReplicaAttachment,
    ReplicaComment,
    ReplicaLink,
    ReplicaWorkLog,
    SubItem,
    Trace,
    Twin,
    WorkLog,
    differing,
    flatten,
    is_empty,
    same,
)
from accord.ports import Asks, RuleContext, Rules, asked
from accord.steps.judge import Judge
from accord.steps.renewed import Renewed, renewed, withdrawn

# Stands for the key of an item that is not under sync yet.
AWAITED = "?"


@dataclass(frozen=True)
class Plan:
    """What to write to one item, how the conflicts were judged, and what the rules ask for besides. `questions` are all
    that wait for a person once it is done, `awaits` the paths that wait for other items."""

    patch: Patch = field(default_factory=Patch)
    sub_items: Mapping[SubItem, SubItemPlan] = field(default_factory=lambda: {kind: SubItemPlan() for kind in SubItem})
    verdicts: tuple[Verdict, ...] = ()
    questions: dict[str, Question] = field(default_factory=dict)
    ours_already: frozenset[str] = frozenset()
    asks: Asks = field(default_factory=Asks)
    awaits: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.patch) or self.writes_sub_items

    @property
    def writes_sub_items(self) -> bool:
        return any(self.sub_items.values())

    @property
    def traces(self) -> list[Trace]:
        """Of all kinds, as they stand when it is done, but for what is to be created."""
        return [trace for plan in self.sub_items.values() for trace in plan.traces]

    @property
    def lost(self) -> tuple[LostEdit, ...]:
        return tuple(lost for plan in self.sub_items.values() for lost in plan.lost)


@dataclass(frozen=True)
class Planner:
    """Plans for one twin with the rules of this side.

    `former` are the rules under which the other side's last replica was applied, where others are in force since: what
    differs between the two is then asked for as well. What only the new ones take from it, and is held here too, is
    judged as when two items are paired, and so is what is `untold` of our item, as other rules told it. What has come
    under sync since the rules waited for it counts as changed by the message.
    """

    connection: Connection
    twin: Twin
    rules: Rules
    context: RuleContext
    former: Rules | None = None
    untold: frozenset[str] = frozenset()

    async def plan(self, message: Message, item: Item) -> Plan:
        """What `message` asks to be done to `item`, as it stands now. The message must carry a replica."""
        replica = message.replica or Replica()
        agreed = self.twin.shadow.local or item
        wanted = await self.rules.incoming(replica, item, self.context)
        after = wanted if agreed == item else await self.rules.incoming(replica, agreed, self.context)
        pairing = is_pairing(self.twin, message)
        then = self.context if self.former else self._then
        before = agreed if pairing else await self._before(message, agreed, then)
        new = None if pairing else await self._renewed(message, agreed, before)
        current = flatten(item)
        said = differing(respelled(flatten(before), current), respelled(flatten(after), current))
        drafts, before = (before, wanted), new.before if new else before
        ours_already = self._written_before(current)
        edited = (_held(current, wanted) if pairing else self._edited(message, item)) - ours_already
        edited |= {path for path, held in self.twin.awaits.items() if not same(held, current.get(path))}
        if new:
            edited |= new.paths & _held(current, wanted)
        edited |= self.untold & _held(current, wanted)
        was, will, want = (respelled(flatten(draft), current) for draft in (before, after, wanted))
        merged = merge_fields(was, will, want, current, edited)
        if pairing:
            merged = without_emptying(merged)
        merged = new.kept(merged, said) if new else merged
        unagreed = new.paths if new else frozenset()
        judge = Judge(
            self.connection, self.twin, self.rules, self.context, message, item, agreed, wanted, after, before,
            unagreed, pairing,
        )  # fmt: skip
        merged, held = (await judge.waiting()).hold(merged, current, want)
        judged = await judge.judge_all(merged, held, want)
        return Plan(
            patch=Patch.of(judged.values),
            sub_items={kind: await self._sub_items(kind, message, item, drafts, new) for kind in SubItem},
            verdicts=judged.verdicts,
            questions=judged.questions,
            ours_already=frozenset(ours_already),
            asks=asked(wanted),
            awaits=await self._awaits(replica, item, wanted),
        )

    async def plan_sub_items(self, message: Message, item: Item) -> Plan:
        """Only its sub-items: for an item that was just created from the message."""
        wanted = await self.rules.incoming(message.replica or Replica(), item, self.context)
        return Plan(
            sub_items={kind: await self._sub_items(kind, message, item, (None, wanted)) for kind in SubItem},
            asks=asked(wanted),
            awaits=await self._awaits(message.replica or Replica(), item, wanted),
        )

    def _written_before(self, current: Flat) -> set[str]:
        """Paths that an earlier run wrote, and did not live to write down, perhaps as the tracker shows them."""
        targets = [intent.target for intent in self.twin.shadow.intents if intent.operation == "update"]
        return {p for target in targets for p, value in target.items() if resembles(value, current.get(p))}

    def _edited(self, message: Message, item: Item) -> set[str]:
        """Paths that people changed here and the other side had not seen when it sent this."""
        shadow = self.twin.shadow
        unsaid = differing(flatten(shadow.local), flatten(item)) if shadow.local else set()
        return unsaid | {path for path, change in shadow.unseen.items() if change.version > message.seen}

    @property
    def _then(self) -> RuleContext:
        """What the rules were told when the last replica was applied: what they waited for was not under sync."""
        return self.context.while_waiting(self.twin.waits_for)

    async def _awaits(self, replica: Replica, item: Item, wanted: Item) -> frozenset[str]:
        """The paths that would be different if the items were under sync that the rules wait for."""
        waits, twin_of = asked(wanted).waits_for, self.context.twin_of
        if not waits or twin_of is None:
            return frozenset()

        async def look_up(key: str) -> str | None:
            return AWAITED if key in waits else await twin_of(key)

        try:
            come = await self.rules.incoming(replica, item, replace(self.context, twin_of=look_up))
        except RuleFailed:
            return frozenset()
        return frozenset(differing(flatten(wanted), flatten(come)))

    async def _before(self, message: Message, agreed: Item, context: RuleContext) -> Item:
        """The draft of the message's replica without anything that is new in it."""
        traces, known = self.twin.shadow.traces, self.twin.peer_version
        before = before_message(message.replica or Replica(), message.changed, traces, known)
        return await self.rules.incoming(before, agreed, context)

    async def _renewed(self, message: Message, agreed: Item, made: Item) -> Renewed | None:
        if self.former is None:
            return None
        known = before_changes(message.replica or Replica(), message.changed, self.twin.peer_version)
        taken = await self.rules.incoming(known, Item(key=agreed.key), self.context)
        return await renewed(self.former, known, agreed, (made, taken), self._then)

    async def _sub_items(
        self, kind: SubItem, message: Message, item: Item, made: tuple[Item | None, Item], new: Renewed | None = None
    ) -> SubItemPlan:
        """`made` are the drafts of the replica without what is new in it (None: nothing of it was taken), and of it."""
        replica, (before, wanted) = message.replica or Replica(), made
        name, traces = kind.plural, self.twin.shadow.traces
        if name not in replica.model_fields_set:
            return SubItemPlan(traces=[t for t in traces if t.kind is kind])
        remotes: Sequence[Remote] = getattr(replica, name)
        removed = message.removed.get(name, ()) + (withdrawn(kind, remotes, traces) if new else ())
        remotes = new.shown(kind, remotes, traces, self.twin.peer_version) if new else remotes
        drafts: Mapping[str, Local] = {sub.id: sub for sub in getattr(wanted, name)}
        if kind is SubItem.LINK and before is not None:
            remotes = arrived(remotes, before.links, drafts, self.twin.peer_version)
        current: Sequence[Local] = getattr(item, name)
        attempted = next((i.target for i in self.twin.shadow.intents if i.operation == kind), {})
        plan = SubItemMerge(
            kind=kind,
            traces=traces,
            current=current,
            seen=message.seen,
            known=self.twin.peer_version,
            removed=removed,
            first=self.twin.peer_version == 0,
            attempted=attempted,
            marker=lambda remote_id: sub_item_mark(self.twin.id, kind, remote_id),
        ).plan([Shown(remote, drafts.get(remote.id)) for remote in remotes])
        await self._keep_what_is_not_let_in(plan, replica, item, name)
        return plan

    async def _keep_what_is_not_let_in(self, plan: SubItemPlan, replica: Replica, item: Item, name: str) -> None:
        """What the other side shows no more is deleted here only if our rules would have let it in."""
        if not plan.deletions:
            return
        kept = [d for d in plan.deletions if not await self._may_go(d.sub)]
        plan.traces += [d.trace for d in kept]
        plan.deletions = [d for d in plan.deletions if d not in kept]
        named = await self._named_there(item, plan.deletions)
        probe = replica.model_copy(
            update={name: tuple(_probe(_name(d), named.get(d.sub.id, d.sub)) for d in plan.deletions)}
        )
        # The other ends of links are named as they are here.
        wanted = await self.rules.incoming(probe, item, replace(self.context, twin_of=_itself))
        let_in: Collection[str] = {sub.id for sub in getattr(wanted, name)}
        plan.traces += [d.trace for d in plan.deletions if _name(d) not in let_in]
        plan.deletions = [d for d in plan.deletions if _name(d) in let_in]

    async def _may_go(self, sub: Local) -> bool:
        """A link to an item that is not under sync any more stays: it may have gone over there with that item."""
        is_synced = self.context.is_synced
        return not isinstance(sub, Link) or not sub.key or is_synced is None or await is_synced(sub.key)

    async def _named_there(self, item: Item, deletions: Sequence[Deletion]) -> dict[str, Local]:
        """Links that are to be deleted, by the kinds that our rules tell the other side."""
        links = {d.sub.id: d.sub for d in deletions if isinstance(d.sub, Link)}
        if not links:
            return {}
        told = (await self.rules.outgoing(item, self.context)).links
        return {t.id: links[t.id].model_copy(update={"kind": t.kind}) for t in told if t.id in links}


def is_pairing(twin: Twin, message: Message) -> bool:
    """Two items that existed meet for the first time: nothing is agreed between them yet."""
    by_us = twin.pair_with is not None and not twin.started_here
    return (message.pair_with is not None or by_us) and twin.peer_version == 0


def _held(current: Flat, wanted: Item) -> set[str]:
    """What both items held before they were paired."""
    theirs = flatten(wanted)
    return {path for path, value in current.items() if not is_empty(value) and not is_empty(theirs.get(path))}


async def _itself(key: str) -> str | None:
    return key


def _name(deletion: Deletion) -> str:
    return deletion.trace.remote_id or deletion.sub.id


def _probe(remote_id: str, sub: Local) -> Remote:
    """The other side's sub-item as it probably looked, to ask our rules about it."""
    if isinstance(sub, Comment):
        return ReplicaComment(id=remote_id, body=sub.body, internal=sub.internal, author=sub.author)
    if isinstance(sub, Link):
        return ReplicaLink(id=remote_id, kind=sub.kind, key=sub.key, url=sub.url)
    if isinstance(sub, WorkLog):
        return ReplicaWorkLog(
            id=remote_id, seconds=sub.seconds, body=sub.body, author=sub.author, started_at=sub.started_at
        )
    return ReplicaAttachment(
        id=remote_id, name=sub.name, size=sub.size or 0, sha256=sub.sha256 or "", media_type=sub.media_type
    )
