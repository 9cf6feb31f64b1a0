"""What incoming rules ask for besides the item itself."""

from __future__ import annotations

from accord.errors import ItemGone, RuleFailed, Unreachable
from accord.model import Message, Side, Twin
from accord.ports import Direction, Lane, Transaction
from accord.steps.farewell import bid_farewell
from accord.steps.situation import Situation, end_twin, wait_until_free

PAIRS = "pair_with"


async def pair_as_asked(situation: Situation, message: Message, key: str) -> Situation:
    """The twin paired with the item `key` of ours, as the rules asked on its first sync.

    Raises RuleFailed (there is no such item, or it is under sync with another one), and Unreachable while it is about
    to come under sync by itself, or is being worked on for another connection.
    """
    try:
        item = await situation.tracker.read(key)
    except ItemGone:
        raise _failed(
            f"The rules pair {message.key} with {key}, and there is no such item here.",
            f"Put the key right where the rules take it from, or let them pair only where there is one: {message.key}.",
            key,
        ) from None

    def work(tx: Transaction) -> Twin:
        _free(tx, situation, message, item.key)
        wait_until_free(tx, situation, item.key)
        former = tx.former_twin(situation.connection.id, item.key, item.identity)
        update = {"local_key": item.key, "local_identity": item.identity, "pair_with": message.key}
        twin = situation.twin.model_copy(update=update)
        if former is not None and former.remote_key == message.key:
            twin = twin.remembering(former)
        tx.put_twin(twin)
        return twin

    return situation.with_twin(await situation.checkpoint(work))


def waits_to_pair(lane: Lane | None) -> str | None:
    """The key with which a lane waits to pair (or, at a lane that sends, the other side does): one that is coming under
    sync by itself."""
    cause = lane.cause if lane else None
    return str(cause["value"]) if cause and cause.get("field") == PAIRS else None


def _free(tx: Transaction, situation: Situation, message: Message, key: str) -> None:
    """Ends a twin of the item that nothing was told of yet; one that was told stands in the way.

    Where the other side too waits to pair just these two, each side waits for the other for ever: one gives way.
    """
    live = tx.live_twin(situation.connection.id, key)
    if live is None or live.id == situation.twin.id:
        return
    if live.remote_key is None and live.version == 0:
        end_twin(tx, live, situation.now())
        return
    if live.remote_key is None:
        mutual = waits_to_pair(tx.lane(live.id, Direction.OUT)) == message.key
        if mutual and situation.connection.side is Side.ACCEPTOR:
            bid_farewell(tx, end_twin(tx, live, situation.now()), "both sides pair the two items", situation.now())
            return
        raise Unreachable(
            f"The rules pair {message.key} with {key}, which is just coming under sync by itself.",
            item=key,
            step="incoming",
            field=PAIRS,
            value=key,
            remedy=f"It is tried again by itself. To pair at once: accord unsync {key}.",
        )
    raise _failed(
        f"The rules pair {message.key} with {key}, which is under sync with {live.remote_key}.",
        f"Put the key right where the rules take it from, or end the other pair: accord unsync {key}.",
        key,
    )


def _failed(message: str, remedy: str, key: str) -> RuleFailed:
    return RuleFailed(message, item=key, step="incoming", field="key", value=key, remedy=remedy)
