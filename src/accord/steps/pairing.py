"""Pairing an item of ours with one of the other side's, which asks for it."""

from __future__ import annotations

from datetime import datetime

from accord.errors import GuardStopped, ItemGone, Unreachable
from accord.model import Item, Message, Twin
from accord.ports import Ports, Transaction
from accord.steps.amnesia import may_rejoin
from accord.steps.carry_out import answers_known_at
from accord.steps.detect import bring_under_sync
from accord.steps.farewell import bid_farewell
from accord.steps.situation import Situation, end_twin, wait_until_free


async def pair_as_told(situation: Situation, message: Message) -> Situation | None:
    """The twin paired with the item of ours that the peer names: only with our side's consent, or if they were a pair
    before. None where that item is gone, and one is to be made anew.

    Raises GuardStopped without consent, ItemGone, and Unreachable while the item is being worked on for another pair.
    """
    named = message.pair_with or situation.twin.pair_with or ""
    item, gone = Item(key=named), None
    try:
        item = await situation.tracker.read(named)
    except ItemGone as error:
        gone = error
    key = item.key

    def work(tx: Transaction) -> tuple[Twin | None, Twin | None]:
        former, approved = _consent(tx, situation, message, item)
        if gone or not (situation.agreement.accept_connect or approved in (named, key) or former):
            return former, None
        wait_until_free(tx, situation, key)
        twin = situation.twin.model_copy(update={"local_key": key, "local_identity": item.identity})
        twin = twin.remembering(former) if former else twin
        tx.put_twin(twin)
        return former, twin

    former, twin = await situation.checkpoint(work)
    if twin is not None:
        return situation.with_twin(twin)
    if gone is None:
        raise GuardStopped(
            f"The other side asks to pair its {message.key} with {key}, which is not under sync with it.",
            item=key,
            step="incoming",
            remedy=f"To allow it: accord connect {key} {message.key}. To refuse it: accord skip {situation.twin.id}.",
        )
    if former is None:
        raise gone
    return None


def pair_anew(tx: Transaction, ports: Ports, twin: Twin, now: datetime) -> None:
    """Ends a twin and begins a new one for the same two items: the other side has forgotten the former."""
    former = end_twin(tx, twin, now)
    connection = tx.connection(former.connection)
    if connection is None or former.local_key is None:
        return
    pair_with = former.remote_key or former.pair_with
    new = bring_under_sync(ports, connection, former.local_key, pair_with, former.local_identity).remembering(former)
    tx.put_twin(new)
    tx.register_event(new, "paired anew", now)


def _consent(tx: Transaction, situation: Situation, message: Message, item: Item) -> tuple[Twin | None, str | None]:
    """The former twin of the two items, if they were a pair, and which of our items was approved for this one."""
    key, identity, connection = item.key, item.identity, situation.connection
    if may_rejoin(tx, connection, situation.now()):
        return _given_way(tx, situation, item), key
    former = tx.live_twin(connection.id, key, identity) or tx.former_twin(connection.id, key, identity)
    if former is None or former.remote_key != message.key:
        return None, tx.fact(f"approved.{situation.twin.id}")
    return _replaced(tx, situation, former), key


def _given_way(tx: Transaction, situation: Situation, item: Item) -> Twin | None:
    """After a database was brought back, the other side's knowledge of who is a pair goes before ours."""
    connection_id = situation.connection.id
    former = tx.live_twin(connection_id, item.key, item.identity)
    return _replaced(tx, situation, former) if former else tx.former_twin(connection_id, item.key, item.identity)


def _replaced(tx: Transaction, situation: Situation, former: Twin) -> Twin:
    """Ends the former twin, once nothing that was begun for it can come into the tracker any more; where it was a pair
    with another item, the other side is told.

    Raises Unreachable until then."""
    now = situation.now()
    answered = answers_known_at(situation, former)
    if tx.take(former, situation.lease.owner, now, now) is None or (answered and answered > now):
        raise Unreachable(
            f"{former.local_key} is being written to for the pair that it was in before.",
            item=former.local_key,
            step="incoming",
            remedy="It is tried again by itself.",
        )
    ended = end_twin(tx, former, now)
    if situation.twin.remote_key not in (former.remote_key, former.pair_with):
        bid_farewell(tx, ended, "paired with another item", now)
    return ended
