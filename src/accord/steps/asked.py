"""What incoming rules ask for besides the item itself."""

from __future__ import annotations

from accord.errors import ItemGone, RuleFailed, Unreachable
from accord.model import Message, Twin
from accord.ports import Transaction
from accord.steps.situation import Situation, end_twin


async def pair_as_asked(situation: Situation, message: Message, key: str) -> Situation:
    """The twin paired with the item `key` of ours, as the rules asked on its first sync.

    Raises RuleFailed (there is no such item, or it is under sync with another one), and Unreachable while it is about
    to come under sync by itself.
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
        former = tx.former_twin(situation.connection.id, item.key, item.identity)
        update = {"local_key": item.key, "local_identity": item.identity, "pair_with": message.key}
        twin = situation.twin.model_copy(update=update)
        if former is not None and former.remote_key == message.key:
            twin = twin.remembering(former)
        tx.put_twin(twin)
        return twin

    return situation.with_twin(await situation.checkpoint(work))


def _free(tx: Transaction, situation: Situation, message: Message, key: str) -> None:
    """Ends a twin of the item that nothing was told of yet; one that was told stands in the way."""
    live = tx.live_twin(situation.connection.id, key)
    if live is None or live.id == situation.twin.id:
        return
    if live.remote_key is None and live.version == 0:
        end_twin(tx, live, situation.now())
        return
    if live.remote_key is None:
        raise Unreachable(
            f"The rules pair {message.key} with {key}, which is just coming under sync by itself.",
            item=key,
            step="incoming",
            remedy=f"It is tried again by itself. To pair at once: accord unsync {key}.",
        )
    raise _failed(
        f"The rules pair {message.key} with {key}, which is under sync with {live.remote_key}.",
        f"Put the key right where the rules take it from, or end the other pair: accord unsync {key}.",
        key,
    )


def _failed(message: str, remedy: str, key: str) -> RuleFailed:
    return RuleFailed(message, item=key, step="incoming", field="key", value=key, remedy=remedy)
