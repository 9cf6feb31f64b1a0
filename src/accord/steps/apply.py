"""Taking over what a message says: the one way for sync requests and for acknowledgments."""

from __future__ import annotations

from dataclasses import replace

from accord.errors import Unreachable, VersionMismatch
from accord.model import Flat, Item, Message, Patch, Replica, SubItem, Twin, TwinState, differing, flatten
from accord.ports import RuleContext, Rules, Written, asked
from accord.steps.anew import wants_answer
from accord.steps.applied import Applied
from accord.steps.asked import pair_as_asked
from accord.steps.carry_out import carry_out, create_item
from accord.steps.compose import Synced, Told, bare_replica, compose, peer_saw
from accord.steps.guard import check_guard, damage_of
from accord.steps.own import of_our_own
from accord.steps.pairing import pair_as_told
from accord.steps.plan import Plan, Planner, is_pairing
from accord.steps.read_back import Views, after_creation, after_update
from accord.steps.received import Unusable, as_known, begun_under, former_rules, made_under, rules_told_under
from accord.steps.renewed import first_told
from accord.steps.situation import Situation
from accord.steps.sub_items import Outcome
from accord.steps.waiting import waiting

TRIES = 5


async def apply(situation: Situation, message: Message) -> Applied:
    """Writes what the other side changed, reads back what came of it, and composes how things stand now.

    Raises the tracker's errors, RuleFailed, GuardStopped, and Unreachable if the item keeps changing under us.
    """
    twin = situation.twin
    if message.version <= twin.peer_version or message.replica is None:
        return await _nothing_new(situation, message)
    if twin.local_key is None and (message.pair_with or twin.pair_with):
        paired = await pair_as_told(situation, message)
        return await update(paired, message) if paired else await _create(situation, message)
    if twin.local_key is None:
        return await _create(situation, message)
    if _created_untold(twin):
        return await _complete(situation, message, None)
    return await update(situation, message)


async def update(situation: Situation, message: Message) -> Applied:
    """Like `apply`, for an item that is there, also where the message is known and our rules are new: these are run on
    what it says nothing of as well, as it was told before."""
    former, known = await former_rules(situation), situation.twin
    message = message if former is None else await _with_what_is_known(situation, message)
    context = await situation.context(first_sync=situation.twin.peer_version == 0, message=message)
    telling = replace(context, previous=message.replica)
    for _ in range(TRIES):
        item = await situation.item()
        untold = await _untold(situation, item, telling)
        planner = Planner(situation.connection, situation.twin, situation.agreement.rules, context, former, untold)
        plan = await planner.plan(message, item)
        damage = damage_of(plan, item)
        await check_guard(situation, damage)
        try:
            situation, outcome = await carry_out(situation, plan, item)
        except VersionMismatch:
            situation = await _reload(situation)
            continue
        told = await _told(situation, message, item, plan, outcome, telling, former, untold)
        told = replace(told, missing=outcome.missing)
        return Applied(
            told=told,
            writes=outcome.writes,
            fields=tuple(plan.patch.paths()),
            verdicts=plan.verdicts,
            lost=plan.lost,
            damage=damage,
            before=item,
            ends=plan.asks.unsync,
            anew=wants_answer(known, message, plan.asks, outcome.writes),
            lost_told=await _lost_told(situation, plan, told, telling),
        )
    raise Unreachable(
        f"{situation.twin.local_key} changed {TRIES} times while it was being written.",
        item=situation.twin.local_key,
        step="incoming",
        remedy="It is tried again by itself.",
    )


async def _with_what_is_known(situation: Situation, message: Message) -> Message:
    received = await situation.ports.store.read(lambda tx: tx.received(situation.twin.id))
    replica = message.replica and as_known(received, message.replica)
    return message.model_copy(update={"replica": replica})


async def _untold(situation: Situation, item: Item, context: RuleContext) -> frozenset[str]:
    """What the other side has not been told of our item, as its first answer comes under newer rules."""
    before, rules = await rules_told_under(situation), situation.agreement.rules
    if before is None:
        return frozenset()
    return await first_told(before, rules, item, await rules.outgoing(item, context), context)


async def _told(
    situation: Situation,
    message: Message,
    item: Item,
    plan: Plan,
    outcome: Outcome,
    context: RuleContext,
    former: Rules | None,
    untold: frozenset[str],
) -> Told:
    rules = situation.agreement.rules
    twin = absorbed(situation.twin, message, outcome)
    actual = await situation.with_twin(twin).item() if outcome.writes else item
    twin = waiting(twin, plan, actual)
    replica = await rules.outgoing(actual, context)
    views = Views.unchanged((actual, replica))
    if plan.patch or plan.ours_already:
        found, patched = _as_found(situation.twin, plan, item), plan.patch.apply(item)
        before, wanted = [(view, await rules.outgoing(view, context)) for view in (found, patched)]
        shown = _rendered(plan, outcome, actual)
        now = (actual, replica)
        seen = now if shown in (None, actual) else (shown, await rules.outgoing(shown, context))
        views = Views(before, wanted, seen, now, certain=shown is not None)
    paired = message.replica if is_pairing(situation.twin, message) else None
    synced = after_update(plan, outcome, views, paired)
    overruled = await _overruled(situation, plan, actual, replica, context)
    synced = replace(synced, overruled=synced.overruled | overruled, questions=plan.questions)
    if former is not None:
        untold |= await first_told(former, rules, actual, replica, context)
        synced = await _undecided(situation, plan, synced, actual, replica, context)
    synced = replace(synced, first_told=untold)
    tell = await situation.tellable(twin, actual, replica)
    return compose(tell.twin, tell.item, tell.replica, situation.now(), synced)


def _rendered(plan: Plan, outcome: Outcome, actual: Item) -> Item | None:
    """The item with its fields as the tracker made them of what was written, if anybody saw that."""
    if plan.writes_sub_items or not outcome.updated:
        return outcome.rendered
    return actual if outcome.version in (None, actual.version) else None


async def _lost_told(situation: Situation, plan: Plan, told: Told, context: RuleContext) -> dict[str, Flat]:
    """The values that lost, as they would be told: the other side keeps them in its history, in its own fields."""
    item, rules, found = told.twin.shadow.local, situation.agreement.rules, dict[str, Flat]()
    for verdict in plan.verdicts:
        if verdict.winner is not None and item is not None:
            with_loser = flatten(await rules.outgoing(Patch.of({verdict.path: verdict.lost}).apply(item), context))
            differs = differing(with_loser, flatten(told.replica))
            found[verdict.path] = {path: with_loser.get(path) for path in sorted(differs)}
    return found


async def _overruled(situation: Situation, plan: Plan, actual: Item, replica: Replica, context: RuleContext) -> Flat:
    """What the other side holds where our value won and is not the same: paths and values of the replica."""
    theirs = {v.path: v.lost for v in plan.verdicts if v.winner is situation.connection.side}
    return await _told_otherwise(situation, theirs, actual, replica, context)


async def _undecided(
    situation: Situation, plan: Plan, synced: Synced, actual: Item, replica: Replica, context: RuleContext
) -> Synced:
    """The account of what new rules made of what was told long ago: where the other side's value won, that is told as a
    change of ours, for the other side may just be giving way to what it knows of us."""
    ours = {v.path: v.lost for v in plan.verdicts if v.winner is situation.connection.side.other}
    told = await _told_otherwise(situation, ours, actual, replica, context)
    return replace(synced, paths=synced.paths - ours.keys(), taken=synced.taken - told.keys())


async def _told_otherwise(
    situation: Situation, values: Flat, actual: Item, replica: Replica, context: RuleContext
) -> Flat:
    """The paths of the replica that would be told otherwise if the item held these values, and what then."""
    if not values:
        return {}
    there = flatten(await situation.agreement.rules.outgoing(Patch.of(values).apply(actual), context))
    return {path: there.get(path) for path in differing(there, flatten(replica))}


def _as_found(twin: Twin, plan: Plan, item: Item) -> Item:
    """The item before sync wrote to it: without what a run wrote that did not live to write it down."""
    agreed = flatten(twin.shadow.local) if twin.shadow.local else Flat()
    return Patch.of({path: agreed.get(path) for path in plan.ours_already}).apply(item)


async def _create(situation: Situation, message: Message) -> Applied:
    context = await situation.context(first_sync=True, message=message)
    again = any(intent.operation == "create" for intent in situation.twin.shadow.intents)
    await begun_under(situation, message, again=again)
    rules = (await former_rules(situation) if again else None) or situation.agreement.rules
    # What an earlier run waited for in vain is not in the item that it may have made.
    context = context.while_waiting(situation.twin.waits_for) if again else context
    draft = await rules.incoming(message.replica or Replica(), Item(), context)
    wanted = asked(draft).pair_with
    if wanted and not again:
        return await update(await pair_as_asked(situation, message, wanted), message)
    if not again:
        situation = situation.with_twin(situation.twin.model_copy(update={"waits_for": asked(draft).waits_for}))
    situation, created = await create_item(situation, draft)
    return await _complete(situation, message, created)


async def _complete(situation: Situation, message: Message, created: Written | None) -> Applied:
    """Sub-items of an item that was just created (or, None, by an earlier run), and the account of it. What was begun
    under rules that are not in force any more is done as they say."""
    context = await situation.context(first_sync=True, message=message)
    rules = situation.agreement.rules
    item = await situation.item()
    seen = created is not None and created.version in (None, item.version)
    former = await former_rules(situation)
    begun = rules if former is None or isinstance(former, Unusable) else former
    plan = await Planner(situation.connection, situation.twin, begun, context).plan_sub_items(message, item)
    situation, outcome = await carry_out(situation, plan, item)
    draft, waits_for = situation.twin.shadow.local or item, situation.twin.waits_for
    twin = absorbed(situation.twin, message, outcome)
    twin = waiting(twin, plan, item if seen else draft, *waits_for)
    actual = await situation.with_twin(twin).item() if outcome.writes else item
    telling = replace(context, previous=message.replica)
    replica = await rules.outgoing(actual, telling)
    wanted = await rules.outgoing(draft.model_copy(update={"key": actual.key, "url": actual.url}), telling)
    rendered = await rules.outgoing(item, telling)
    synced = after_creation(outcome, (draft, wanted), (item, rendered), (actual, replica), certain=seen)
    own = await of_our_own(rules, message, wanted, actual, telling)
    synced = replace(synced, overruled=synced.overruled | own)
    expected = twin.shadow.model_copy(update={"sent": bare_replica(wanted)})
    twin = twin.model_copy(update={"shadow": expected})
    tell = await situation.tellable(twin, actual, replica)
    told = replace(compose(tell.twin, tell.item, tell.replica, situation.now(), synced), missing=outcome.missing)
    under = await made_under(situation)
    return Applied(
        told=told,
        writes=outcome.writes + 1,
        created=True,
        before=Item(),
        under=under,
        ends=plan.asks.unsync,
        anew=wants_answer(situation.twin, message, plan.asks, outcome.writes + 1),
    )


async def _nothing_new(situation: Situation, message: Message) -> Applied:
    """A message older than what is known already: only an account of how things stand. Where rules were published
    since, not even that: what the new ones tell goes after what they take over."""
    twin = peer_saw(situation.twin.heard(message.key, message.url, message.told_at), message.seen)
    if twin.local_key is None:
        return Applied(told=Told(twin, Replica(), news=False))
    if await former_rules(situation) is not None:
        return Applied(told=Told(twin, Replica(), news=False), quiet=True)
    item = await situation.item()
    replica = await situation.agreement.rules.outgoing(item, await situation.context(first_sync=False))
    tell = await situation.tellable(twin, item, replica)
    return Applied(told=compose(tell.twin, tell.item, tell.replica, situation.now(), Synced()))


async def _reload(situation: Situation) -> Situation:
    twin = await situation.ports.store.read(lambda tx: tx.twin(situation.twin.id))
    return situation.with_twin(twin or situation.twin)


def _created_untold(twin: Twin) -> bool:
    """Created by a run that did not live to tell it: the shadow holds its draft."""
    return not twin.started_here and twin.version == 0 and twin.shadow.local is not None


def absorbed(twin: Twin, message: Message, outcome: Outcome) -> Twin:
    """The twin with the message applied. What the other side could not get from us is to be told anew."""
    missed = [t.kind is SubItem.ATTACHMENT and t.local_id in message.missing for t in outcome.traces]
    traces = [t.model_copy(update={"here": None}) if m else t for t, m in zip(outcome.traces, missed, strict=True)]
    shadow = twin.shadow.model_copy(update={"traces": tuple(traces), "intents": ()})
    twin = peer_saw(twin.model_copy(update={"shadow": shadow}), message.seen)
    return twin.heard(message.key, message.url, message.told_at).model_copy(
        update={"peer_version": message.version, "state": TwinState.PAIRED, "hops": 0}
    )
