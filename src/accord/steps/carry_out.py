"""Writing to the tracker, once only.

What is about to be written is recorded as intents before the first write. A run that finds intents open does not
know what became of them: what was created is found again by its marker, what was updated by its value.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from accord.errors import AccordError, VersionMismatch, WaitAndRetry
from accord.merge.content import digest
from accord.model import Intent, Item, Patch, SubItem, Twin, flatten
from accord.ports import Transaction, Written
from accord.steps import record
from accord.steps.amnesia import may_rejoin
from accord.steps.compose import NAMES, bare_item
from accord.steps.missing_parent import unless_gone
from accord.steps.plan import Plan
from accord.steps.situation import Situation, marker, read_item
from accord.steps.sub_items import Outcome, trace_id, write_attachments, write_comments, write_links, write_worklogs


async def carry_out(situation: Situation, plan: Plan, item: Item) -> tuple[Situation, Outcome]:
    """Does what the plan says to `item`. Raises VersionMismatch, before anything is written, if it has changed.

    When a write fails, what was done until then is on disk: the next run goes on from there.
    """
    outcome = Outcome(traces=[t for t in situation.twin.shadow.traces if t.kind not in NAMES.values()])
    outcome.traces += plan.traces
    if not plan:
        return situation, outcome
    situation = await _record_intents(situation, plan)
    try:
        if plan.patch:
            outcome.wrote(await situation.tracker.update(item.key, plan.patch, item.version))
            outcome.updated = True
            if plan.writes_sub_items:
                await _look_again(situation, plan, item, outcome)
        await write_comments(situation, plan.sub_items[SubItem.COMMENT], item.key, outcome)
        await write_worklogs(situation, plan.sub_items[SubItem.WORKLOG], item.key, outcome)
        await write_attachments(situation, plan.sub_items[SubItem.ATTACHMENT], item.key, outcome)
        await write_links(situation, plan.sub_items[SubItem.LINK], item.key, outcome)
    except AccordError as error:
        failed = await unless_gone(situation, error, plan.patch.paths().get("parent"))
        await _record_progress(situation, plan, outcome, failed, item)
        raise failed from error
    return situation, outcome


async def _look_again(situation: Situation, plan: Plan, item: Item, outcome: Outcome) -> None:
    """What the tracker made of the fields, seen before the next write could hide that a person came in between.

    Raises VersionMismatch if a comment or work log that is to be edited or deleted has been edited meanwhile."""
    key, traces = situation.twin.local_key or "", tuple(outcome.traces)
    found = await read_item(situation.ports, situation.tracker, key, traces)
    outcome.rendered = found if outcome.version in (None, found.version) else None
    for kind in (SubItem.COMMENT, SubItem.WORKLOG):
        asked = plan.sub_items[kind]
        meant = {edit.local_id for edit in asked.edits} | {each.sub.id for each in asked.deletions}
        now = {sub.id: digest(sub) for sub in getattr(found, kind.plural)}
        if any(sub.id in meant and now.get(sub.id) != digest(sub) for sub in getattr(item, kind.plural)):
            raise VersionMismatch(f"A {kind} of {key} was changed while the item was written.", item=key)


async def create_item(situation: Situation, draft: Item) -> tuple[Situation, Written | None]:
    """Creates the item of a twin that has none here; the twin then knows its key. None if an earlier run did."""
    twin, tracker = situation.twin, situation.tracker
    begun = next((i for i in twin.shadow.intents if i.operation == "create"), None)
    key, written = None, None
    if begun or await _may_be_made(situation):
        key = await tracker.find(marker(twin))
    if key is None:
        intent = Intent(operation="create", marker=marker(twin), started_at=situation.now())
        situation = await _put(situation, _with_shadow(twin, intents=(intent,)))
        try:
            written = await tracker.create(draft, marker(twin))
        except AccordError as error:
            failed = await unless_gone(situation, error, draft.parent)
            intents = () if _certain(failed) else _given_up(situation.twin, situation.now())
            await _put(situation, _with_shadow(situation.twin, intents=intents))
            raise failed from error
    made = situation.twin.model_copy(update={"local_key": written.id if written else key})
    return await _put(situation, _with_shadow(made, intents=(), local=bare_item(draft))), written


async def _may_be_made(situation: Situation) -> bool:
    """Whether the item may be there although nothing is written down of it: this database may have been brought back
    from an older copy since, if the request is of an earlier life of this node, or was sent before."""
    entry, connection, now = situation.entry, situation.connection, situation.now()
    if entry.created_at < situation.ports.started_at or (entry.message is not None and entry.message.again):
        return True
    return await situation.ports.store.read(lambda tx: may_rejoin(tx, connection, now))


async def _record_intents(situation: Situation, plan: Plan) -> Situation:
    """What is about to be written, and the conflicts that it decides: the losing values are safe before that."""
    now, earlier = situation.now(), situation.twin.shadow.intents
    lines = record.conflicts(situation, plan.verdicts, plan.lost)
    known = {key for intent in earlier for key in intent.conflicts}
    keys = tuple(record.conflict_key(line) for line in lines)
    update = Intent(operation="update", started_at=now, target=plan.patch.paths(), conflicts=keys)
    intents = [i for i in earlier if i.operation == "update"] + [update]
    for kind, sub_plan in plan.sub_items.items():
        target = next((i.target for i in earlier if i.operation == kind), {})
        target = target | {c.wanted.remote.id: digest(c.wanted.draft) for c in sub_plan.creations}
        intents += [Intent(operation=kind, started_at=now, target=target)] if target else []
    twin = _with_shadow(situation.twin, intents=tuple(intents))

    def work(tx: Transaction) -> None:
        tx.put_twin(twin)
        for line, key in zip(lines, keys, strict=True):
            if key not in known:
                tx.record(line)

    await situation.checkpoint(work)
    return situation.with_twin(twin)


async def _record_progress(situation: Situation, plan: Plan, outcome: Outcome, error: AccordError, item: Item) -> None:
    """What is known of an interrupted run. Where the outcome of a write is unknown its intents stay open."""
    shadow = situation.twin.shadow
    known = {(t.kind, t.local_id) for t in shadow.traces}
    done = [t for t in outcome.traces if trace_id(t) in outcome.sub_items or (t.local_id and trace_id(t) not in known)]
    touched = {trace_id(trace) for trace in done}
    made = {(trace.kind, trace.remote_id) for trace in done}
    here = {(kind, sub.id) for kind in SubItem for sub in getattr(item, kind.plural)}
    # What was deleted here and is made anew has one trace: that of the new one.
    gone = {trace_id(t) for t in shadow.traces if (t.kind, t.remote_id) in made and trace_id(t) not in here}
    update: dict[str, Any] = {"traces": (*(t for t in shadow.traces if trace_id(t) not in touched | gone), *done)}
    update["intents"] = _given_up(situation.twin, situation.now())
    if _certain(error):
        update["intents"] = ()
        if shadow.local:
            current = flatten(item)
            ours = Patch.of({path: current.get(path) for path in plan.ours_already}).apply(shadow.local)
            update["local"] = plan.patch.apply(ours) if outcome.updated else ours
    await _put(situation, _with_shadow(situation.twin, **update))


def _given_up(twin: Twin, now: datetime) -> tuple[Intent, ...]:
    """The intents of a run that stops here: it may have begun to create something just now."""
    return tuple(intent.model_copy(update={"started_at": now}) for intent in twin.shadow.intents)


def _certain(error: AccordError) -> bool:
    """Whether the write that failed is known not to have been done."""
    return not isinstance(error, WaitAndRetry) or error.undone


async def wait_for_answers(situation: Situation) -> bool:
    """Lets the lane wait where an earlier run began to create something, and the request may still be on its way into
    the tracker or into its search index: only afterwards can it be known what became of it."""
    known_at = answers_known_at(situation, situation.twin)
    if known_at is None or known_at <= situation.now():
        return False
    entry, due = situation.entry, known_at
    await situation.checkpoint(lambda tx: tx.lane_ready(entry.twin_id, entry.direction, due))
    return True


def answers_known_at(situation: Situation, twin: Twin) -> datetime | None:
    """From when on it shows what became of what was begun to be created, by a process that may have lived until this
    one began."""
    can = situation.tracker.capabilities
    begun = max((i.started_at for i in twin.shadow.intents if i.operation != "update"), default=None)
    if begun is None:
        return None
    return max(begun, situation.ports.started_at) + timedelta(seconds=can.answers_within + can.marker_lag)


async def _put(situation: Situation, twin: Twin) -> Situation:
    await situation.checkpoint(lambda tx: tx.put_twin(twin))
    return situation.with_twin(twin)


def _with_shadow(twin: Twin, **update: object) -> Twin:
    return twin.model_copy(update={"shadow": twin.shadow.model_copy(update=update)})
