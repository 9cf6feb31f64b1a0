"""Step 2: the item is read, and the outgoing rules make a replica of it, or it turns out that there is no news."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from accord.errors import GuardStopped, ItemGone
from accord.model import Kind, Message, Replica, Twin
from accord.ports import Direction, HistoryEntry, Received, Stage, Transaction, asked
from accord.queue.guard import Damage
from accord.steps import record
from accord.steps.anew import told_anew
from accord.steps.apply import update
from accord.steps.bringing import bring, relatives
from accord.steps.carry_out import wait_for_answers
from accord.steps.compose import Told, compose
from accord.steps.compose import message as compose_message
from accord.steps.decide import Decided, decide
from accord.steps.gone import is_gone_for_good
from accord.steps.guard import check_guard
from accord.steps.leaving import leaving
from accord.steps.offer import offer_blobs
from accord.steps.origin import forget, is_our_own
from accord.steps.received import keep_sample, last_message, outdated
from accord.steps.situation import Situation
from accord.steps.waiting import REASON, come, keep_waits

UNANSWERED = 1.0
UNSURE = 30.0
TOUCHED = "changed while it was read"


async def outgoing(situation: Situation) -> None:
    """Composes the event at the head of the out lane into a message, or removes it where nothing is new.

    Raises ItemGone (once, to see whether the item comes back), ItemBroken, RuleFailed, GuardStopped.
    """
    received = await outdated(situation) or await come(situation)
    if situation.twin.shadow.intents and not (received and await _is_own_write(situation)):
        return await _wait_for_the_other_lane(situation)
    twin = _with_hops(situation)
    try:
        if received:
            return await _renew(situation, received)
        item = await situation.item()
    except ItemGone as gone:
        return await item_gone(situation, gone)
    if twin.version == 0 and await is_our_own(situation, item):
        return None
    decided = await decide(situation.with_twin(twin), item) if twin.shadow.decisions else Decided(item, twin)
    twin, item = decided.twin, decided.item
    replica = await situation.agreement.rules.outgoing(item, await situation.context(first_sync=twin.version == 0))
    tell = await situation.tellable(twin, item, replica)
    told = leaving(compose(tell.twin, tell.item, tell.replica, situation.now(), decided.synced), asked(replica).unsync)
    lines = [*decided.lines, *record.questions(situation, told.twin)]
    come_along = await relatives(situation, item, replica)
    superseding = situation.entry.message is not None
    if told.news or superseding or twin.tell_anew or told.twin.leaving or (twin.pair_with and not twin.remote_key):

        def more(tx: Transaction) -> None:
            keep_sample(tx, situation, item)
            bring(tx, situation, come_along)
            _write_down(tx, lines)

        return await _put_message(situation, told, more, unsure=tell.unsure)

    def no_news(tx: Transaction) -> None:
        bring(tx, situation, come_along)
        _write_down(tx, lines)

    return await _silence(situation, told, no_news, unsure=tell.unsure)


def nothing_more(tx: Transaction) -> None:
    """Most events are told, or not, and that is all."""


def _write_down(tx: Transaction, lines: Sequence[HistoryEntry]) -> None:
    for line in lines:
        tx.record(line)


async def _put_message(
    situation: Situation, told: Told, more: Callable[[Transaction], None] = nothing_more, *, unsure: bool = False
) -> None:
    """With `unsure`, the item is looked at again once the message is answered."""

    def work(tx: Transaction) -> None:
        more(tx)
        sequence, tell_who = tx.next_sequence(told.twin.id), situation.agreement.tell_who
        body = compose_message(told, situation.connection, Kind.SYNC, sequence, tell_who=tell_who)
        twin, body = told_anew(told, body)
        twin = twin.model_copy(update={"hops": 0, "told_under": situation.connection.rules_version})
        _composed(tx, situation, twin, body)
        offer_blobs(tx, situation.connection, told.twin, told.replica)
        fields = sorted(told.twin.shadow.unseen_told)
        line = record.entry(situation, "outgoing", f"{told.twin.local_key} changed", fields=fields, item=body.key)
        tx.record(line)
        if unsure:
            tx.register_event(twin, TOUCHED, situation.now())

    await situation.checkpoint(work)


def _composed(tx: Transaction, situation: Situation, twin: Twin, body: Message) -> None:
    touched = _touched_since(tx, situation)
    tx.put_twin(twin)
    tx.put_entry(
        replace(situation.entry, stage=Stage.COMPOSED, sequence=body.sequence, message=body, acknowledgment=None)
    )
    tx.lane_ready(twin.id, Direction.OUT, situation.now())
    if touched or twin.shadow.decisions:
        tx.register_event(twin, TOUCHED, situation.now())


def _touched_since(tx: Transaction, situation: Situation) -> bool:
    """Whether a change collapsed into the event after the item was read for it."""
    head = tx.head(situation.twin.id, Direction.OUT)
    return head is not None and head.touched != situation.entry.touched


async def _silence(
    situation: Situation, told: Told, more: Callable[[Transaction], None] = nothing_more, *, unsure: bool = False
) -> None:
    """Nothing to say: what is remembered moves on, the state version does not. With `unsure`, the item is looked at
    again a little later."""
    twin = told.twin.silent(situation.twin).model_copy(update={"hops": 0})

    def work(tx: Transaction) -> None:
        more(tx)
        touched = _touched_since(tx, situation)
        tx.put_twin(twin)
        tx.remove_entry(situation.entry)
        if touched or twin.shadow.decisions or unsure:
            tx.register_event(twin, TOUCHED, situation.now())
        later = unsure and not touched
        tx.lane_ready(twin.id, Direction.OUT, situation.now() + timedelta(seconds=UNSURE if later else 0))

    await situation.checkpoint(work)


async def _renew(situation: Situation, received: Received) -> None:
    """Our rules are new: before the item is told under them, what the other side last told is taken over under them,
    so that what they map since then is judged, not overwritten over there.

    The message is the one that was applied before: nothing in it is changed, only our rules are.
    """
    if await wait_for_answers(situation):
        return
    twin, connection = situation.twin, situation.connection
    applied = await update(situation, last_message(connection, twin, received))
    told = leaving(applied.told, applied.ends or asked(applied.told.replica).unsync, written=applied.writes > 0)
    lines = record.conflicts(situation, applied.verdicts, applied.lost) if not applied.writes else []
    summary = f"{told.twin.local_key}: in line with version {connection.rules_version} of the rules"
    if twin.waits_for and twin.waits_for != told.twin.waits_for:
        summary = f"{told.twin.local_key}: {REASON}"
    lines = [
        record.entry(situation, "renewed", summary, fields=list(applied.fields), writes=applied.writes),
        *lines,
        *record.questions(situation, told.twin),
        *(record.entry(situation, name, f"{name} in {told.twin.local_key}") for name in applied.damage.steps()),
    ]

    def done(tx: Transaction) -> None:
        tx.mark_received(twin.id, connection.rules_version)
        keep_waits(tx, twin, told.twin, situation.now())
        for line in lines:
            tx.record(line)

    if told.news or applied.writes or twin.tell_anew or told.twin.leaving or situation.entry.message:
        await _put_message(situation, told, done)
    else:
        await _silence(situation, told, done)


async def _is_own_write(situation: Situation) -> bool:
    """Whether open intents are of an interrupted renewal: no request is there whose they could be."""
    return not await situation.ports.store.read(lambda tx: tx.entries(situation.twin.id, Direction.IN))


async def _wait_for_the_other_lane(situation: Situation) -> None:
    """A write to the item is under way whose outcome is not known: what one reads now is nobody's change yet."""
    due = situation.now() + timedelta(seconds=UNANSWERED)
    await situation.checkpoint(lambda tx: tx.lane_ready(situation.twin.id, Direction.OUT, due))


async def item_gone(situation: Situation, gone: ItemGone) -> None:
    """In place of what stands at the head of the out lane, the other side is told that the item is gone."""
    if not await is_gone_for_good(situation, gone):
        return
    await check_guard(situation, Damage(ended=True))
    if situation.twin.version == 0:
        await situation.checkpoint(lambda tx: forget(tx, situation))
    else:
        await _tell_deletion(situation)


async def _tell_deletion(situation: Situation) -> None:
    shadow = situation.twin.shadow.model_copy(update={"intents": ()})
    twin = situation.twin.telling(situation.now()).model_copy(update={"shadow": shadow})
    told = Told(twin, Replica(), news=True)

    def work(tx: Transaction) -> None:
        body = compose_message(told, situation.connection, Kind.SYNC, tx.next_sequence(twin.id))
        _composed(tx, situation, twin, body.model_copy(update={"deleted": True, "replica": None}))
        tx.record(record.entry(situation, "outgoing", f"{twin.local_key} was deleted", item=twin.local_key))
        tx.record(record.entry(situation, "removed", f"{twin.local_key} was deleted"))

    await situation.checkpoint(work)


def _with_hops(situation: Situation) -> Twin:
    """How many connections the change has passed; a ring of connections ends here."""
    hop = re.fullmatch(r"hops=(\d+)", situation.entry.reason)
    hops = int(hop[1]) if hop else 0
    if hops > situation.ports.settings.hop_limit:
        raise GuardStopped(
            f"This change has passed {hops} connections: they seem to form a ring.",
            item=situation.twin.local_key,
            step="outgoing",
            remedy="Break the ring: let one connection not send what another one writes.",
        )
    return situation.twin.model_copy(update={"hops": hops})
