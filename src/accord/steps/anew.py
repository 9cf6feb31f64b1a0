"""Telling the other side anew because incoming rules asked for it (`sync_back`), though it may hold it all."""

from __future__ import annotations

from accord.model import Kind, Message, Twin
from accord.ports import Asks, Transaction
from accord.steps.compose import NAMES, Told
from accord.steps.situation import Situation

REASON = "the rules ask to tell it anew"


def wants_answer(twin: Twin, message: Message, asks: Asks, writes: int) -> bool:
    """Whether what the rules asked of a message is done: it brings something new to `twin`, as it was before.

    What was itself told because rules asked for it, and the acknowledgment of that, is not answered so once more:
    else two sides that both ask would never come to rest.
    """
    return asks.sync_back and not message.back and (writes > 0 or _brings_news(twin, message))


def _brings_news(twin: Twin, message: Message) -> bool:
    known, replica = twin.peer_version, message.replica
    if known == 0 and message.kind is Kind.SYNC:
        return True
    subs = [sub for name in NAMES for sub in getattr(replica, name)] if replica else []
    return any(told.version > known for told in (*message.changed.values(), *subs))


def ask_anew(tx: Transaction, situation: Situation, twin: Twin) -> None:
    """Notes it with the twin: it is told once, however often the event is taken up."""
    tx.put_twin(twin.owing())
    tx.register_event(twin, REASON, situation.now())


def told_anew(told: Told, message: Message) -> tuple[Twin, Message]:
    """The twin that owes nothing any more, and the message of it: marked, if nobody changed anything here."""
    twin, shadow = told.twin, told.twin.shadow
    told_at = [*(change.version for change in shadow.unseen.values()), *(trace.version for trace in shadow.traces)]
    if twin.tell_anew and twin.version not in told_at:
        message = message.model_copy(update={"back": True})
    return twin.model_copy(update={"tell_anew": False}), message
