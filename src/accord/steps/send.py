"""Step 4: a composed message is handed to the other node, and again until its acknowledgment comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from accord.model import Kind, Message
from accord.ports import Answer, Direction, Stage, Transaction
from accord.queue.retry import back_off
from accord.steps.amnesia import Memory, memory_lost
from accord.steps.asked import PAIRS, waits_to_pair
from accord.steps.receive import PAIRS_WITH, accept_acknowledgment
from accord.steps.situation import Situation

FRESH = timedelta(seconds=1)
LOST = {"gap": Memory.THEIRS, "forked": Memory.OURS}


async def send(situation: Situation) -> None:
    """Delivers the message at the head of the out lane; then the lane waits for its acknowledgment.

    Raises Unreachable, Throttled or PeerRefused (the message then stays as it is, to be sent again unchanged), and
    GuardStopped where one of the nodes has lost its memory.
    """
    message = situation.entry.message
    if message is None:
        raise ValueError("a composed event without a message")
    if _may_be_known(situation, message):
        message = message.model_copy(update={"again": True})
    answer = await situation.ports.peers.send(situation.connection, message)
    if answer.status in LOST:
        raise await memory_lost(situation, LOST[answer.status])
    await situation.checkpoint(lambda tx: _arrived(tx, situation, message, answer))


def _may_be_known(situation: Situation, message: Message) -> bool:
    """Whether it was sent before, perhaps by a run that did not live to write it down."""
    told_at = message.told_at
    return situation.entry.stage is Stage.SENT or told_at is None or situation.now() - told_at > FRESH


def _arrived(tx: Transaction, situation: Situation, message: Message, answer: Answer) -> None:
    twin, now = situation.twin, situation.now()
    head = tx.head(twin.id, Direction.OUT)
    if head is None or head.id != situation.entry.id or head.stage not in (Stage.COMPOSED, Stage.SENT):
        return
    if message.kind is Kind.UNSYNC:
        tx.remove_entry(head)
        tx.lane_ready(twin.id, Direction.OUT, now)
        return
    tx.put_entry(replace(head, stage=Stage.SENT))
    if answer.acknowledgment is not None and accept_acknowledgment(tx, answer.acknowledgment, now):
        return
    if answer.detail == "blocked" and _supersede(tx, twin.id, now):
        return
    settings = situation.ports.settings
    wait = settings.acknowledgment_timeout
    if answer.detail and answer.detail.startswith(PAIRS_WITH):
        key = answer.detail.removeprefix(PAIRS_WITH)
        tx.lane_retrying(twin.id, Direction.OUT, now + timedelta(seconds=wait), _pairs_there(situation, key))
        theirs = tx.twin_of_remote(twin.connection, key)
        if theirs is not None and waits_to_pair(tx.lane(theirs.id, Direction.IN)) == twin.local_key:
            tx.lane_ready(theirs.id, Direction.IN, now)
        return
    if answer.detail == "blocked":
        wait = max(wait, back_off(situation.lane.attempts, settings, jitter=0.0))
        tx.lane_retrying(twin.id, Direction.OUT, now + timedelta(seconds=wait), _blocked_there(situation))
    else:
        tx.lane_ready(twin.id, Direction.OUT, now + timedelta(seconds=wait))


def _supersede(tx: Transaction, twin_id: str, now: datetime) -> bool:
    """The other side can't apply this message, and meanwhile there is news: it is composed anew, with a number of its
    own, and takes the place of this one there. Messages tell a state, so nothing is left out."""
    head, *later = tx.entries(twin_id, Direction.OUT)
    if not later:
        return False
    for entry in later:
        tx.remove_entry(entry)
    tx.put_entry(replace(head, stage=Stage.QUEUED))
    tx.lane_ready(twin_id, Direction.OUT, now)
    return True


def _pairs_there(situation: Situation, key: str) -> dict[str, Any]:
    return {
        "error": "WaitingForPeer",
        "who": "nobody",
        "message": f"The rules of the other side pair this with {key}, which is just coming under sync by itself.",
        "remedy": "It goes on by itself.",
        "field": PAIRS,
        "value": key,
        "item": situation.twin.local_key,
        "step": "send",
    }


def _blocked_there(situation: Situation) -> dict[str, Any]:
    return {
        "error": "WaitingForPeer",
        "who": "peer",
        "message": "The other side has this change, and its lane is blocked there.",
        "remedy": "Its operator sees why with: accord errors.",
        "item": situation.twin.local_key,
        "step": "send",
    }
