"""A parent that was deleted here just when another item was to be put under it."""

from __future__ import annotations

from accord.errors import AccordError, ItemGone, Unreachable, WriteRefused
from accord.steps.situation import Situation

REASON = "it is gone, and another item was to be put under it"


async def unless_gone(situation: Situation, error: AccordError, parent: object) -> AccordError:
    """What to raise for a write that failed. If our item `parent` (a key, if any) is under sync and gone, its twin is
    looked at, so that its sync ends, and the write is tried again: the rules are told no key of ours for it then."""
    if not isinstance(error, WriteRefused) or not isinstance(parent, str):
        return error
    connection, store = situation.connection.id, situation.ports.store
    twin = await store.read(lambda tx: tx.live_twin(connection, parent))
    if twin is None or twin.id == situation.twin.id or not await _is_gone(situation, parent):
        return error
    await store.run(lambda tx: tx.register_event(twin, REASON, situation.now()))
    again = Unreachable(f"{parent} was deleted: nothing can be put under it.", remedy="It goes on by itself.")
    again.undone = True
    return again


async def _is_gone(situation: Situation, key: str) -> bool:
    try:
        await situation.tracker.read(key)
    except ItemGone:
        return True
    except AccordError:
        return False
    return False
