"""Step 7: the answer to a sync request, composed by the own outgoing rules from what was read back, and delivered."""

from __future__ import annotations

from accord.model import Kind, Message, TwinState
from accord.ports import Direction, Transaction
from accord.steps.amnesia import Memory, may_rejoin, memory_lost
from accord.steps.applied import Applied
from accord.steps.compose import message as compose_message
from accord.steps.pairing import pair_anew
from accord.steps.situation import Situation


def acknowledgment(situation: Situation, request: Message, applied: Applied) -> Message:
    """Says what this side holds now. It carries the request's number and the next state version."""
    tell_who = situation.agreement.tell_who
    notes = applied.conflict_notes(tell_who=tell_who)
    answer = compose_message(
        applied.told, situation.connection, Kind.ACKNOWLEDGMENT, request.sequence, notes, tell_who=tell_who
    )
    if request.back:
        answer = answer.model_copy(update={"back": True})
    if applied.quiet or applied.told.twin.local_key is None or applied.told.twin.state is TwinState.ENDED:
        answer = answer.model_copy(update={"replica": None})
    return answer


async def deliver_acknowledgment(situation: Situation) -> None:
    """Hands the acknowledgment to the source, and cleans the request from the queue.

    The acknowledgment is kept beside the lane: a duplicate of the request is answered with it. Where the source does
    not know the twin any more, the two items are paired anew, while that is done.
    """
    answer = situation.entry.acknowledgment
    if answer is None:
        raise ValueError("an applied request without an acknowledgment")
    said = await situation.ports.peers.send(situation.connection, answer)
    if said.status == "forked":
        raise await memory_lost(situation, Memory.OURS)

    def work(tx: Transaction) -> None:
        if said.status == "gap" and may_rejoin(tx, situation.connection, situation.now()):
            pair_anew(tx, situation.ports, situation.twin, situation.now())
        else:
            tx.remove_entry(situation.entry)
            tx.lane_ready(situation.twin.id, Direction.IN, situation.now())

    await situation.checkpoint(work)
