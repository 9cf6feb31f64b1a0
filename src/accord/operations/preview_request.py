"""What a request of the other side would do to our item, planned as the step would plan it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import JsonValue

from accord.errors import GuardStopped
from accord.merge.conflict import Verdict
from accord.merge.content import Local, text_of
from accord.merge.traces import SubItemPlan
from accord.model import (
    Connection,
    Item,
    Message,
    Policy,
    Question,
    Replica,
    SubItem,
    Twin,
    flatten,
    is_empty,
    same,
)
from accord.ports import Direction, Entry, Lane, LaneState, Lease, Ports, RuleContext, Rules, asked
from accord.queue.guard import Damage
from accord.steps.guard import check_guard, damage_of
from accord.steps.plan import Plan, Planner
from accord.steps.situation import Situation


@dataclass(frozen=True)
class SubItemChanges:
    """Comments, attachments, work logs or links: texts (or file names) that would be added, edited and deleted here."""

    create: tuple[str, ...] = ()
    edit: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()


@dataclass(frozen=True)
class PlannedConflict:
    """A field that both sides changed: what would be kept here, what would be lost. `winner` None: both are merged.
    `policy` is the field's own. `asked`: nobody wins, `kept` stays here and `lost` there until a person chooses.
    `kept_by` and `lost_by` are who wrote the two, where that is known."""

    field: str
    kept: JsonValue
    lost: JsonValue
    winner: str | None
    policy: str | None = None
    asked: bool = False
    kept_by: str | None = None
    lost_by: str | None = None


@dataclass(frozen=True)
class Planned:
    """`act`: `create` an item, `pair` with ours, `update` it, `nothing`, `end` the twin, or `fail`.

    `fields`: before and after, by path of our item. `stops`: what keeps it from being done, as an error's
    `to_json()`. `ends`: the rules ask to end the sync then; `damage` is what the guard counts of it.
    """

    act: str
    remote_key: str | None
    fields: dict[str, tuple[JsonValue, JsonValue]] = field(default_factory=dict)
    comments: SubItemChanges = SubItemChanges()
    attachments: SubItemChanges = SubItemChanges()
    worklogs: SubItemChanges = SubItemChanges()
    links: SubItemChanges = SubItemChanges()
    conflicts: tuple[PlannedConflict, ...] = ()
    stops: dict[str, Any] | None = None
    ends: bool = False
    damage: Damage = field(default_factory=Damage)


async def planned(
    ports: Ports,
    connection: Connection,
    twin: Twin,
    entry: Entry,
    item: Item | None,
    context: RuleContext,
    former: Rules | None = None,
) -> Planned:
    """What an entry of the in lane would do. `item` is ours as it stands (None: there is none yet); `former` as in
    `Planner`.

    Raises RuleFailed.
    """
    message = entry.message
    if message is None or (message.replica is None and not message.deleted):
        return Planned("nothing", message.key if message else None)
    if message.deleted:
        return Planned("end", message.key, damage=Damage(ended=True))
    if message.version <= twin.peer_version:
        return Planned("nothing", message.key)
    rules = ports.agreement(connection).rules
    if item is None:
        return _creation(await rules.incoming(message.replica or Replica(), Item(), context), message)
    seen = twin if twin.local_key else twin.model_copy(update={"local_key": item.key, "pair_with": message.key})
    plan = await Planner(connection, seen, rules, context, former).plan(message, item)
    lease = Lease(twin.id, connection.id, "", 0, ports.clock.now(), ())
    lane = Lane(twin.id, connection.id, Direction.IN, LaneState.READY, None, 0, None, 0, None)
    stops = await _stops(Situation(ports, lease, connection, seen, lane, entry), plan, item)
    act = "pair" if twin.local_key is None else "update" if plan else "nothing"
    return planned_update(act, message, plan, item, stops)


async def _stops(situation: Situation, plan: Plan, item: Item) -> dict[str, Any] | None:
    try:
        await check_guard(situation, damage_of(plan, item))
    except GuardStopped as stopped:
        return stopped.to_json()
    return None


def _creation(draft: Item, message: Message) -> Planned:
    return Planned(
        "create",
        message.key,
        {path: (None, value) for path, value in flatten(draft).items() if not is_empty(value)},
        _added(draft.comments),
        _added(draft.attachments),
        _added(draft.worklogs),
        _added(draft.links),
        ends=asked(draft).unsync,
    )


def planned_update(act: str, message: Message, plan: Plan, item: Item, stops: dict[str, Any] | None) -> Planned:
    """A plan as it is shown."""
    before = flatten(item)
    return Planned(
        act,
        message.key,
        {path: (before.get(path), value) for path, value in plan.patch.paths().items()},
        _changes(plan.sub_items[SubItem.COMMENT]),
        _changes(plan.sub_items[SubItem.ATTACHMENT]),
        _changes(plan.sub_items[SubItem.WORKLOG]),
        _changes(plan.sub_items[SubItem.LINK]),
        (*map(_conflict, plan.verdicts), *(_asked(p, before.get(p), q) for p, q in sorted(plan.questions.items()))),
        stops,
        plan.asks.unsync,
        replace(damage_of(plan, item), ended=plan.asks.unsync),
    )


def _added(subs: Sequence[Local]) -> SubItemChanges:
    return SubItemChanges(create=tuple(text_of(sub) for sub in subs))


def _changes(plan: SubItemPlan) -> SubItemChanges:
    return SubItemChanges(
        tuple(text_of(one.wanted.draft) for one in plan.creations),
        tuple(text_of(one.draft) for one in plan.edits),
        tuple(text_of(one.sub) for one in plan.deletions),
    )


def _conflict(verdict: Verdict) -> PlannedConflict:
    winner = verdict.winner.value if verdict.winner else None
    kept_by, lost_by = verdict.ours_by, verdict.theirs_by
    if not same(verdict.kept, verdict.ours):
        kept_by, lost_by = lost_by, kept_by
    if verdict.winner is None:
        kept_by = lost_by = None
    return PlannedConflict(
        verdict.path, verdict.kept, verdict.lost, winner, verdict.policy, kept_by=kept_by, lost_by=lost_by
    )


def _asked(path: str, ours: JsonValue, question: Question) -> PlannedConflict:
    return PlannedConflict(path, ours, question.theirs, None, Policy.ASK, True, question.ours_by, question.theirs_by)
