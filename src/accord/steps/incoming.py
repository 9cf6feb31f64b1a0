"""Step 6: a sync request meets the incoming rules, and the difference is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from accord.errors import GuardStopped, ItemGone
from accord.model import Message, Replica, Twin
from accord.ports import Direction, HistoryEntry, LaneState, Stage, Transaction, asked
from accord.queue.guard import Damage
from accord.steps import record
from accord.steps.acknowledge import acknowledgment
from accord.steps.anew import ask_anew
from accord.steps.applied import Applied, entries_for
from accord.steps.apply import apply
from accord.steps.carry_out import wait_for_answers
from accord.steps.compose import Told
from accord.steps.gone import is_gone_for_good
from accord.steps.guard import check_guard
from accord.steps.heard import heard, record_heard
from accord.steps.leaving import REASON, record_end
from accord.steps.offer import offer_blobs
from accord.steps.received import keep_received, keep_sample
from accord.steps.situation import Situation, try_again
from accord.steps.waiting import keep_waits, wake_waiting

SOON = 1.0  # seconds


async def incoming(situation: Situation) -> None:
    """Applies the request at the head of the in lane and puts its acknowledgment in its place.

    Raises what `apply` raises; the request then stays where it is.
    """
    message = situation.entry.message
    if message is None:
        raise ValueError("a sync request without a message")
    if await situation.checkpoint(lambda tx: _superseded(tx, situation) or _waits_for_newer(tx, situation, message)):
        return None
    if await wait_for_answers(situation):
        return None
    if message.deleted:
        return await _deleted_there(situation, message)
    _check_ping_pong(situation)
    try:
        applied = await apply(situation, message)
    except ItemGone as gone:
        if situation.twin.local_key is None or message.pair_with:
            raise
        if await is_gone_for_good(situation, gone):
            await _deleted_here(situation, message)
        return None
    return await _finish(situation, message, applied, await heard(situation, message))


def _superseded(tx: Transaction, situation: Situation) -> bool:
    """The other side has composed a newer state in place of this one, which could not be applied."""
    if situation.twin.is_being_created() or len(tx.entries(situation.twin.id, Direction.IN)) == 1:
        return False
    tx.remove_entry(situation.entry)
    tx.lane_ready(situation.twin.id, Direction.IN, situation.now())
    return True


def _waits_for_newer(tx: Transaction, situation: Situation, message: Message) -> bool:
    """The answer to an event of ours tells a later state than this request, and is about to be applied: what it was to
    write may be written already, by a run that did not live to write it down."""
    twin_id = situation.twin.id
    head, lane = tx.head(twin_id, Direction.OUT), tx.lane(twin_id, Direction.OUT)
    answer = head.acknowledgment if head is not None and head.stage is Stage.ACKNOWLEDGED else None
    if answer is None or answer.version <= message.version or lane is None or lane.state is LaneState.BLOCKED:
        return False
    tx.lane_ready(twin_id, Direction.IN, situation.now() + timedelta(seconds=SOON))
    return True


async def _finish(
    situation: Situation, message: Message, applied: Applied, judged_there: Sequence[HistoryEntry]
) -> None:
    twin = _counted(applied.told.twin, situation, applied.writes)
    answer = acknowledgment(situation, message, applied)
    looks = not applied.ends and (twin.leaving or asked(applied.told.replica).unsync)
    twin = twin.with_leaving(twin.leaving and not applied.writes)
    if applied.ends:
        await check_guard(situation, Damage(ended=True))
        twin, answer = twin.ended(situation.now()), answer.model_copy(update={"deleted": True, "replica": None})

    def work(tx: Transaction) -> None:
        tx.put_twin(twin)
        if not applied.ends:
            _keep(tx, situation, message, applied)
        if looks:
            tx.register_event(twin, REASON, situation.now())
        if applied.anew and not applied.ends:
            ask_anew(tx, situation, twin)
        answered(tx, situation, answer)
        if not applied.ends:
            wake_waiting(tx, twin, situation.now())
        for line in entries_for(situation, "incoming", message, applied):
            tx.record(line)
        record_heard(tx, twin, judged_there)
        if applied.ends:
            tx.clear_lane(twin.id, Direction.OUT)
            record_end(tx, situation, twin, message.key)
        if applied.writes:
            _tell_other_connections(tx, situation, twin, message.hops)

    await situation.checkpoint(work)


def _keep(tx: Transaction, situation: Situation, message: Message, applied: Applied) -> None:
    """What later syncs of the twin build upon."""
    twin = applied.told.twin
    keep_received(tx, situation, message, applied.under)
    keep_sample(tx, situation, applied.before, message.replica)
    try_again(tx, twin.id, Direction.OUT, situation.now())
    keep_waits(tx, situation.twin, twin, situation.now())
    offer_blobs(tx, situation.connection, twin, applied.told.replica)


def answered(tx: Transaction, situation: Situation, answer: Message) -> None:
    """Puts the answer to a request in its place."""
    tx.put_entry(replace(situation.entry, stage=Stage.APPLIED, acknowledgment=answer))
    tx.remember_acknowledgment(situation.twin.id, answer)
    tx.lane_ready(situation.twin.id, Direction.IN, situation.now())


async def _deleted_there(situation: Situation, message: Message) -> None:
    """The other side's item is gone: ours stays, and the twin ends."""
    damage = Damage(ended=True)
    await check_guard(situation, damage)
    await _end(situation, message, f"{message.key} was deleted on the other side; {situation.twin.local_key} stays")


async def _deleted_here(situation: Situation, message: Message) -> None:
    """An edit there against a deletion here: their item stays, and the twin ends."""
    await check_guard(situation, Damage(ended=True))
    await _end(situation, message, f"{situation.twin.local_key} is gone here; {message.key} stays")


async def _end(situation: Situation, message: Message, summary: str) -> None:
    twin = situation.twin.ended(situation.now())
    applied = Applied(told=Told(twin, Replica(), news=False))
    answer = acknowledgment(situation, message, applied).model_copy(update={"deleted": True})

    def work(tx: Transaction) -> None:
        tx.put_twin(twin)
        tx.clear_lane(twin.id, Direction.OUT)
        answered(tx, situation, answer)
        tx.record(record.entry(situation, "ended", summary, item=twin.local_key, remote=message.key))
        tx.record(record.entry(situation, "removed", summary))

    await situation.checkpoint(work)


def _check_ping_pong(situation: Situation) -> None:
    guard, twin = situation.agreement.guard, situation.twin
    if twin.writes_since is None or twin.writes < guard.writes_per_twin:
        return
    if situation.now() - twin.writes_since < timedelta(minutes=guard.window_minutes):
        raise GuardStopped(
            f"Sync wrote {twin.writes} times to {twin.local_key} within {guard.window_minutes:g} minutes: "
            "two automations seem to play ping-pong.",
            item=twin.local_key,
            step="incoming",
            remedy=f"Look at the history: accord history {twin.local_key}. Then: accord retry {twin.local_key}.",
        )


def _counted(twin: Twin, situation: Situation, writes: int) -> Twin:
    """Counts writes for the fuse, in windows."""
    if not writes:
        return twin
    window = timedelta(minutes=situation.agreement.guard.window_minutes)
    if twin.writes_since is None or situation.now() - twin.writes_since >= window:
        return twin.model_copy(update={"writes": 1, "writes_since": situation.now()})
    return twin.model_copy(update={"writes": twin.writes + 1})


def _tell_other_connections(tx: Transaction, situation: Situation, twin: Twin, hops: int) -> None:
    """The same item may be under sync through other connections of this tracker: they hear of it one hop on."""
    for connection in tx.connections():
        if connection.tracker != situation.connection.tracker or connection.id == twin.connection:
            continue
        other = tx.live_twin(connection.id, twin.local_key or "")
        if other:
            tx.register_event(other, f"hops={hops + 1}", situation.now())
