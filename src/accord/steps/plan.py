"""What a replica asks to be done to the item here: its rules run, its fields and sub-items merged.

Runs the incoming rules as often as it takes, which is what makes merge and preview possible: a rule only turns
(replica, item) into a draft.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from accord.merge.conflict import Contest, Verdict, resolve
from accord.merge.fields import baseline, merge_fields, merge_labels, without_emptying
from accord.merge.traces import Local, Shown, SubItemMerge, SubItemPlan
from accord.model import (
    Comment,
    Connection,
    Flat,
    Item,
    Message,
    Patch,
    Replica,
    ReplicaAttachment,
    ReplicaComment,
    SubItem,
    Twin,
    differing,
    flatten,
    same,
)
from accord.ports import RuleContext, Rules
from accord.steps.situation import marker


@dataclass(frozen=True)
class Plan:
    """What to write to one item, and how the conflicts were judged."""

    patch: Patch = field(default_factory=Patch)
    comments: SubItemPlan = field(default_factory=SubItemPlan)
    attachments: SubItemPlan = field(default_factory=SubItemPlan)
    verdicts: tuple[Verdict, ...] = ()
    ours_already: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.patch or self.comments or self.attachments)


@dataclass(frozen=True)
class Planner:
    """Plans for one twin with the rules of this side."""

    connection: Connection
    twin: Twin
    rules: Rules
    context: RuleContext

    async def plan(self, message: Message, item: Item) -> Plan:
        """What `message` asks to be done to `item`, as it stands now. The message must carry a replica."""
        replica = message.replica or Replica()
        shadow = self.twin.shadow
        agreed = shadow.local or item
        before_replica = baseline(shadow.received, replica, message.taken)
        wanted = await self.rules.incoming(replica, item, self.context)
        after = wanted if agreed == item else await self.rules.incoming(replica, agreed, self.context)
        fresh = shadow.received is None and not message.taken
        before = agreed if fresh else await self.rules.incoming(before_replica, agreed, self.context)
        current = flatten(item)
        ours_already = self._written_before(current)
        edited = self._edited(message, item) - ours_already
        merged = merge_fields(flatten(before), flatten(after), flatten(wanted), current, edited)
        if fresh:
            merged = without_emptying(merged)
        verdicts = []
        for path in merged.contested:
            theirs_at = await self._changed_at(message, before_replica, agreed, path)
            verdicts.append(self._judge(path, current.get(path), flatten(wanted).get(path), theirs_at, item))
        won = {v.path: v.kept for v in verdicts if not same(v.kept, current.get(v.path))}
        labels = merge_labels(() if fresh else before.labels, after.labels, item.labels)
        return Plan(
            patch=Patch(values={**merged.values, **won}, labels_added=labels.added, labels_removed=labels.removed),
            comments=await self._sub_items(SubItem.COMMENT, message, item, wanted),
            attachments=await self._sub_items(SubItem.ATTACHMENT, message, item, wanted),
            verdicts=tuple(verdicts),
            ours_already=frozenset(ours_already),
        )

    async def plan_sub_items(self, message: Message, item: Item) -> Plan:
        """Only its comments and attachments: for an item that was just created from the message."""
        wanted = await self.rules.incoming(message.replica or Replica(), item, self.context)
        return Plan(
            comments=await self._sub_items(SubItem.COMMENT, message, item, wanted),
            attachments=await self._sub_items(SubItem.ATTACHMENT, message, item, wanted),
        )

    def _written_before(self, current: Flat) -> set[str]:
        """Paths that an earlier run wrote, and did not live to write down."""
        targets = [intent.target for intent in self.twin.shadow.intents if intent.operation == "update"]
        return {p for target in targets for p, value in target.items() if same(current.get(p), value)}

    def _edited(self, message: Message, item: Item) -> set[str]:
        """Paths that people changed here and the other side had not seen when it sent this."""
        shadow = self.twin.shadow
        unsaid = differing(flatten(shadow.local), flatten(item)) if shadow.local else set()
        return unsaid | {path for path, change in shadow.unseen.items() if change.version > message.seen}

    def _judge(
        self, path: str, ours: JsonValue, theirs: JsonValue, theirs_at: datetime | None, item: Item
    ) -> Verdict:  # fmt: skip
        shadow = self.twin.shadow
        told = flatten(shadow.local).get(path) if shadow.local else None
        change = shadow.unseen.get(path)
        ours_at = item.updated_at if change is None or not same(told, ours) else change.at
        base = change.base if change else told
        contest = Contest(path, base, ours, theirs, ours_at, theirs_at)
        return resolve(contest, self.connection.policy, self.connection.side)

    async def _changed_at(
        self, message: Message, before: Replica, agreed: Item, path: str
    ) -> datetime | None:  # fmt: skip
        """When the other side made the change that shows up here as `path`."""
        if path in message.changed:
            return message.changed[path]
        if len(message.changed) <= 1:
            return next(iter(message.changed.values()), None)
        after = message.replica or Replica()
        target = flatten(await self.rules.incoming(before, agreed, self.context)).get(path)
        causes = []
        for changed, at in message.changed.items():
            probe = flatten(await self.rules.incoming(_with(before, after, changed), agreed, self.context))
            if not same(probe.get(path), target):
                causes.append(at)
        return max(causes or message.changed.values())

    async def _sub_items(self, kind: SubItem, message: Message, item: Item, wanted: Item) -> SubItemPlan:
        replica = message.replica or Replica()
        is_comment = kind is SubItem.COMMENT
        name = "comments" if is_comment else "attachments"
        traces = self.twin.shadow.traces
        if name not in replica.model_fields_set:
            return SubItemPlan(traces=[t for t in traces if t.kind is kind])
        remotes: Sequence[ReplicaComment | ReplicaAttachment] = getattr(replica, name)
        drafts: Mapping[str, Local] = {sub.id: sub for sub in getattr(wanted, name)}
        current: Sequence[Local] = getattr(item, name)
        attempted = any(intent.operation == kind for intent in self.twin.shadow.intents)
        plan = SubItemMerge(
            kind=kind,
            traces=traces,
            current=current,
            seen=message.seen,
            taken=message.taken.get(name, ()),
            first=self.twin.shadow.received is None or attempted,
            marker=lambda remote_id: marker(self.twin.id, kind, remote_id),
        ).plan([Shown(remote, drafts.get(remote.id)) for remote in remotes])
        await self._keep_what_is_not_let_in(plan, replica, item, name)
        return plan

    async def _keep_what_is_not_let_in(self, plan: SubItemPlan, replica: Replica, item: Item, name: str) -> None:
        """What the other side shows no more is deleted here only if our rules would have let it in."""
        if not plan.deletions:
            return
        probes = {d.trace.remote_id or "": _probe(d.trace.remote_id or "", d.sub) for d in plan.deletions}
        probe = replica.model_copy(update={name: tuple(probes.values())})
        let_in: Collection[str] = {
            sub.id for sub in getattr(await self.rules.incoming(probe, item, self.context), name)
        }
        plan.traces += [d.trace for d in plan.deletions if d.trace.remote_id not in let_in]
        plan.deletions = [d for d in plan.deletions if d.trace.remote_id in let_in]


def _with(before: Replica, after: Replica, path: str) -> Replica:
    """`before` with one path as it is in `after`."""
    data, now = before.dump(), after.dump()
    group, _, name = path.rpartition(".")
    if group:
        data[group] = {**(data.get(group) or {}), name: (now.get(group) or {}).get(name)}
    else:
        data[path] = now.get(path)
    return Replica.model_validate(data)


def _probe(remote_id: str, sub: Local) -> ReplicaComment | ReplicaAttachment:
    """The other side's sub-item as it probably looked, to ask our rules about it."""
    if isinstance(sub, Comment):
        return ReplicaComment(id=remote_id, body=sub.body, internal=sub.internal, author=sub.author)
    return ReplicaAttachment(
        id=remote_id, name=sub.name, size=sub.size or 0, sha256=sub.sha256 or "", media_type=sub.media_type
    )
