"""Step 8: the source applies the acknowledgment, and what the sync left in the queue is cleaned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from accord.errors import ItemGone
from accord.model import Kind, Message, Twin
from accord.ports import Direction, HistoryEntry, Transaction, asked
from accord.steps import record
from accord.steps.anew import told_anew, wants_answer
from accord.steps.applied import Applied, entries_for
from accord.steps.apply import absorbed, apply
from accord.steps.carry_out import wait_for_answers
from accord.steps.compose import message as compose_message
from accord.steps.compose import peer_saw
from accord.steps.echo import echo_of
from accord.steps.heard import heard, record_heard
from accord.steps.leaving import asks_to_leave, leave, leaving, may_leave
from accord.steps.offer import offer_blobs
from accord.steps.outgoing import item_gone
from accord.steps.plan import Planner
from accord.steps.received import former_rules, keep_received
from accord.steps.situation import Situation, try_again
from accord.steps.sub_items import Outcome
from accord.steps.waiting import keep_waits, waiting, wake_waiting


async def settle(situation: Situation) -> None:
    """Takes over what the acknowledgment says: the other side's key and address, and what it holds now.

    Mostly that needs no call to the tracker. Where the other side holds more than it was sent (a default, a step of
    its workflow, an edit by a person), that is applied here, and told as an event of its own.
    """
    answer = situation.entry.acknowledgment
    if answer is None:
        raise ValueError("an acknowledged event without its acknowledgment")
    if answer.deleted:
        return await _ended(situation, answer)
    if await wait_for_answers(situation):
        return None
    judged_there = await heard(situation, answer)
    known = await _nothing_to_apply(situation, answer)
    if known is not None:
        return await _clean(situation, answer, known, judged_there)
    try:
        applied = await apply(situation, answer)
    except ItemGone as gone:
        return await item_gone(situation, gone)
    return await _applied(situation, answer, applied, judged_there)


async def _nothing_to_apply(situation: Situation, answer: Message) -> Twin | None:
    """The twin with the acknowledgment absorbed, if it asks for nothing to be written here."""
    twin = peer_saw(situation.twin, answer.seen)
    if answer.replica is None or answer.version <= twin.peer_version:
        return twin
    agreed = twin.shadow.local
    if agreed is None or twin.shadow.intents or answer.removed or answer.missing:
        return None
    context = await situation.context(first_sync=twin.peer_version == 0, message=answer)
    if await former_rules(situation) is not None:
        return None
    planner = Planner(situation.connection, twin, situation.agreement.rules, context)
    plan = await planner.plan(answer, agreed)
    if wants_answer(twin, answer, plan.asks, 0):
        return None
    if plan or plan.verdicts or plan.questions != twin.shadow.questions or plan.lost:
        return None
    traced = {trace.kind for trace in plan.traces}
    untouched = [trace for trace in twin.shadow.traces if trace.kind not in traced]
    twin = twin.with_leaving(twin.leaving or plan.asks.unsync)
    twin = waiting(twin, plan, agreed)
    return absorbed(twin, answer, Outcome(traces=[*untouched, *plan.traces]))


async def _clean(situation: Situation, answer: Message, twin: Twin, judged_there: Sequence[HistoryEntry]) -> None:
    twin = twin.heard(answer.key, answer.url, answer.told_at).model_copy(update={"updated_at": situation.now()})
    summary = f"{answer.key or 'the other side'} skipped it" if answer.skipped else f"in agreement with {answer.key}"
    line = record.entry(
        situation,
        "settle",
        f"{twin.local_key}: {summary}",
        item=twin.local_key,
        remote=answer.key,
        conflicts_there=[note.model_dump(mode="json") for note in answer.conflicts],
    )

    ends = asks_to_leave(twin, answer) and await may_leave(situation)

    def work(tx: Transaction) -> None:
        if ends and leave(tx, situation, twin, answer.key):
            tx.record(line)
            record_heard(tx, twin, judged_there)
            return
        tx.put_twin(twin)
        echo = echo_of(tx, situation, answer)
        keep_received(tx, situation, answer)
        tx.remove_entry(situation.entry)
        tx.lane_ready(twin.id, Direction.OUT, situation.now())
        keep_waits(tx, situation.twin, twin, situation.now())
        wake_waiting(tx, twin, situation.now())
        if echo:
            tx.register_event(twin, echo, situation.now())
        try_again(tx, twin.id, Direction.IN, situation.now())
        tx.record(line)
        record_heard(tx, twin, judged_there)

    await situation.checkpoint(work)


async def _applied(
    situation: Situation, answer: Message, applied: Applied, judged_there: Sequence[HistoryEntry]
) -> None:
    told = applied.told if not applied.anew else replace(applied.told, twin=applied.told.twin.owing())
    told = leaving(told, applied.ends or asked(told.replica).unsync, written=applied.writes > 0)
    tell = applied.writes > 0 or told.news or told.twin.tell_anew
    ends = not tell and asks_to_leave(told.twin, answer) and await may_leave(situation)
    lines, tell_who = entries_for(situation, "settle", answer, applied), situation.agreement.tell_who

    def work(tx: Transaction) -> None:
        twin = told.twin
        if ends and leave(tx, situation, twin, answer.key):
            for line in lines:
                tx.record(line)
            record_heard(tx, twin, judged_there)
            return
        sequence, notes = tx.next_sequence(twin.id), applied.conflict_notes(tell_who=tell_who)
        body = compose_message(told, situation.connection, Kind.SYNC, sequence, notes, tell_who=tell_who)
        if tell:
            twin, body = told_anew(told, body)
        tx.put_twin(twin)
        keep_received(tx, situation, answer)
        tx.remove_entry(situation.entry)
        tx.lane_ready(twin.id, Direction.OUT, situation.now())
        keep_waits(tx, situation.twin, twin, situation.now())
        wake_waiting(tx, twin, situation.now())
        try_again(tx, twin.id, Direction.IN, situation.now())
        if tell:
            tx.add_composed(twin, body, "what the acknowledgment changed", situation.now())
            offer_blobs(tx, situation.connection, twin, applied.told.replica)
        for line in lines:
            tx.record(line)
        record_heard(tx, twin, judged_there)

    await situation.checkpoint(work)


async def _ended(situation: Situation, answer: Message) -> None:
    """The other side has ended the twin, or followed our end of it."""
    twin = situation.twin.heard(answer.key, answer.url, answer.told_at).ended(situation.now())

    def work(tx: Transaction) -> None:
        tx.put_twin(twin)
        for direction in Direction:
            tx.clear_lane(twin.id, direction)
        summary = f"{twin.local_key} and {answer.key or twin.remote_key} are no longer under sync"
        tx.record(record.entry(situation, "ended", summary, item=twin.local_key, remote=answer.key))

    await situation.checkpoint(work)
