"""Step 2: the item is read, and the outgoing rules make a replica of it, or it turns out that there is no news."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from accord.errors import GuardStopped, ItemGone
from accord.model import Kind, Message, Replica, Twin, TwinState
from accord.ports import Direction, Stage, Transaction
from accord.queue.guard import Damage
from accord.steps import record
from accord.steps.compose import Synced, Told, compose
from accord.steps.compose import message as compose_message
from accord.steps.gone import is_gone_for_good
from accord.steps.guard import check_guard
from accord.steps.offer import offer_blobs
from accord.steps.situation import Situation, read_item

UNANSWERED = 1.0
TOUCHED = "changed while it was read"


async def outgoing(situation: Situation) -> None:
    """Composes the event at the head of the out lane into a message, or removes it where nothing is new.

    Raises ItemGone (once, to see whether the item comes back), ItemBroken, RuleFailed, GuardStopped.
    """
    if situation.twin.shadow.intents:
        return await _wait_for_the_other_lane(situation)
    twin = _with_hops(situation)
    try:
        item = await read_item(situation.ports, situation.tracker, twin.local_key or "", twin.shadow.traces)
    except ItemGone as gone:
        return await item_gone(situation, gone)
    if twin.version == 0 and await _is_our_own_creation(situation, item.marker):
        return await _forget(situation)
    replica = await situation.agreement.rules.outgoing(item, await situation.context(first_sync=twin.version == 0))
    told = compose(twin, item, replica, situation.now(), Synced())
    superseding = situation.entry.message is not None
    if told.news or superseding or (twin.pair_with and not twin.remote_key):
        return await _put_message(situation, told)
    return await _silence(situation, told)


async def _put_message(situation: Situation, told: Told) -> None:
    def work(tx: Transaction) -> None:
        body = compose_message(told, situation.connection, Kind.SYNC, tx.next_sequence(told.twin.id))
        _composed(tx, situation, told.twin.model_copy(update={"hops": 0}), body)
        offer_blobs(tx, situation.connection, told.twin, told.replica)
        fields = sorted(told.twin.shadow.unseen_told)
        line = record.entry(situation, "outgoing", f"{told.twin.local_key} changed", fields=fields, item=body.key)
        tx.record(line)

    await situation.checkpoint(work)


def _composed(tx: Transaction, situation: Situation, twin: Twin, body: Message) -> None:
    touched = _touched_since(tx, situation)
    tx.put_twin(twin)
    tx.put_entry(
        replace(situation.entry, stage=Stage.COMPOSED, sequence=body.sequence, message=body, acknowledgment=None)
    )
    tx.lane_ready(twin.id, Direction.OUT, situation.now())
    if touched:
        tx.register_event(twin, TOUCHED, situation.now())


def _touched_since(tx: Transaction, situation: Situation) -> bool:
    """Whether a change collapsed into the event after the item was read for it."""
    head = tx.head(situation.twin.id, Direction.OUT)
    return head is not None and head.touched != situation.entry.touched


async def _silence(situation: Situation, told: Told) -> None:
    """Nothing to say: what is remembered moves on, the state version does not."""
    twin = told.twin.silent(situation.twin).model_copy(update={"hops": 0})

    def work(tx: Transaction) -> None:
        touched = _touched_since(tx, situation)
        tx.put_twin(twin)
        tx.remove_entry(situation.entry)
        if touched:
            tx.register_event(twin, TOUCHED, situation.now())
        tx.lane_ready(twin.id, Direction.OUT, situation.now())

    await situation.checkpoint(work)


async def _wait_for_the_other_lane(situation: Situation) -> None:
    """A write to the item is under way whose outcome is not known: what one reads now is nobody's change yet."""
    due = situation.now() + timedelta(seconds=UNANSWERED)
    await situation.checkpoint(lambda tx: tx.lane_ready(situation.twin.id, Direction.OUT, due))


async def _is_our_own_creation(situation: Situation, marker: str | None) -> bool:
    """The item was created by this very connection a moment ago, and its key is only now being written down."""
    if marker is None or marker == situation.twin.id:
        return False
    other = await situation.ports.store.read(lambda tx: tx.twin(marker))
    return other is not None and other.connection == situation.connection.id and other.local_key is None


async def _forget(situation: Situation) -> None:
    twin = situation.twin.model_copy(update={"state": TwinState.ENDED, "local_key": None})

    def work(tx: Transaction) -> None:
        tx.put_twin(twin)
        tx.clear_lane(twin.id, Direction.OUT)

    await situation.checkpoint(work)


async def item_gone(situation: Situation, gone: ItemGone) -> None:
    """In place of what stands at the head of the out lane, the other side is told that the item is gone."""
    if not await is_gone_for_good(situation, gone):
        return
    await check_guard(situation, Damage(ended=True))
    if situation.twin.version == 0:
        await _forget(situation)
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
