"""Relatives that come under sync with an item: its parent, or its children, as the outgoing rules ask."""

from __future__ import annotations

from collections.abc import Sequence

from accord.errors import ItemGone
from accord.model import Item, Replica
from accord.ports import Transaction, asked
from accord.steps.detect import bring_under_sync, not_our_own
from accord.steps.situation import Situation

BROUGHT = "comes with an item that it is related to"


async def relatives(situation: Situation, item: Item, replica: Replica) -> tuple[str, ...]:
    """The keys of those that are asked for and are not under sync. `replica` is what the rules made of `item`."""
    asks, connection = asked(replica), situation.connection
    if asks.bring is None or situation.twin.brought >= asks.depth:
        return ()
    keys = await _found(situation, item, asks.bring)
    new = await situation.ports.store.read(lambda tx: {key for key in keys if _is_new(tx, connection.id, key)})
    return tuple(sorted(await not_our_own(situation.ports, situation.tracker, connection, new)))


async def _found(situation: Situation, item: Item, which: str) -> Sequence[str]:
    if which == "parent":
        return [item.parent] if item.parent else []
    if not situation.tracker.capabilities.children:
        return []
    try:
        return await situation.tracker.children(item.key)
    except ItemGone:
        return []


def bring(tx: Transaction, situation: Situation, keys: Sequence[str]) -> None:
    """Brings them under sync, each one step further than the item. What a person took out of sync stays out."""
    for key in keys:
        if _is_new(tx, situation.connection.id, key):
            twin = bring_under_sync(situation.ports, situation.connection, key)
            twin = twin.model_copy(update={"brought": situation.twin.brought + 1})
            tx.put_twin(twin)
            tx.register_event(twin, BROUGHT, situation.now())


def _is_new(tx: Transaction, connection_id: str, key: str) -> bool:
    return tx.live_twin(connection_id, key) is None and tx.former_twin(connection_id, key) is None
