"""Whether an item that comes under sync as if it were new was made by sync itself."""

from __future__ import annotations

from accord.errors import ItemGone
from accord.model import Item, Twin, TwinState
from accord.ports import Direction, Transaction
from accord.steps.amnesia import Memory, has_rejoined, stop
from accord.steps.bringing import BROUGHT
from accord.steps.detect import MATCHES
from accord.steps.situation import Situation, maker_of


async def is_our_own(situation: Situation, item: Item) -> bool:
    """Whether this very connection created the item, so that it is none to tell; its new twin is then forgotten.

    Its key may just be about to be written down, or have changed before anything was told of it. Or nothing is known
    of its creation: then this database was brought back from an older copy, and the connection stops for a person to
    look; once everything was paired anew, the item is left alone unless a person brings it under sync.
    """
    maker = maker_of(item.marker, situation.connection)
    if maker is None or maker == situation.twin.id:
        return False
    other = await situation.ports.store.read(lambda tx: tx.twin(maker))
    if other is None:
        return await situation.checkpoint(lambda tx: _of_a_forgotten_twin(tx, situation))
    if other.local_key is not None and not await _has_moved(situation, other, item):
        return False
    await situation.checkpoint(lambda tx: _give_to(tx, situation, other.id, item))
    return True


def _of_a_forgotten_twin(tx: Transaction, situation: Situation) -> bool:
    connection, rejoined = situation.connection, has_rejoined(tx, situation.connection)
    by_hand = situation.entry.reason not in (MATCHES, BROUGHT)
    if (by_hand and rejoined) or situation.twin.pair_with is not None:
        return False
    if not rejoined:
        stop(tx, connection, Memory.OURS, situation.now())
    forget(tx, situation)
    return True


async def _has_moved(situation: Situation, other: Twin, item: Item) -> bool:
    """Whether the item is that of the other twin, under a key that it has got since it was created."""
    if other.local_key == item.key or other.state is TwinState.ENDED or other.version > 0:
        return False
    try:
        return (await situation.tracker.read(other.local_key or "")).key == item.key
    except ItemGone:
        return True


def _give_to(tx: Transaction, situation: Situation, twin_id: str, item: Item) -> None:
    """The twin that the item was made for knows its key from now on, if it knew another one."""
    forget(tx, situation)
    other = tx.twin(twin_id)
    if other is not None and other.local_key is not None and other.state is not TwinState.ENDED:
        tx.put_twin(other.model_copy(update={"local_key": item.key, "local_identity": item.identity}))


def forget(tx: Transaction, situation: Situation) -> None:
    """Ends a twin that nothing was told of, as if it had never been."""
    tx.put_twin(situation.twin.model_copy(update={"state": TwinState.ENDED, "local_key": None}))
    tx.clear_lane(situation.twin.id, Direction.OUT)
