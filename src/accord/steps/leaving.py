"""An item whose sync ends because our rules ask for it: once the other side has taken over what led to it.

Rules that ask while a message of the other side's is applied end the twin with its acknowledgment (`incoming`).
Otherwise the item is told once more, as `leaving`, and the twin ends when that is answered: whatever crossed it, in
either direction, has been seen by then.
"""

from __future__ import annotations

from dataclasses import replace

from accord.model import Message, Twin
from accord.ports import Direction, Stage, Transaction
from accord.queue.guard import Damage
from accord.steps import record
from accord.steps.compose import Told
from accord.steps.farewell import bid_farewell
from accord.steps.guard import check_guard
from accord.steps.situation import Situation

REASON = "the rules ask to end the sync"


def leaving(told: Told, asked: bool, *, written: bool = False) -> Told:
    """What is told, with whether the twin is to end after it. What was asked before counts until something is new."""
    return replace(told, twin=told.twin.with_leaving(asked or (told.twin.leaving and not (told.news or written))))


async def may_leave(situation: Situation) -> bool:
    """Whether nothing else waits in either lane, behind the event that is being settled. Raises GuardStopped where
    too many end at once."""
    if not await situation.ports.store.read(lambda tx: _alone(tx, situation)):
        return False
    await check_guard(situation, Damage(ended=True))
    return True


def _alone(tx: Transaction, situation: Situation) -> bool:
    entries = [entry for entry in tx.entries(situation.twin.id) if entry.id != situation.entry.id]
    return all(entry.direction is Direction.IN and entry.stage is Stage.APPLIED for entry in entries)


def leave(tx: Transaction, situation: Situation, twin: Twin, remote: str | None) -> bool:
    """Ends the twin in place of its last event, and lets the other side know. False if something has come meanwhile."""
    if not _alone(tx, situation):
        return False
    ended = twin.ended(situation.now())
    tx.put_twin(ended)
    tx.remove_entry(situation.entry)
    bid_farewell(tx, ended, REASON, situation.now())
    record_end(tx, situation, twin, remote)
    return True


def record_end(tx: Transaction, situation: Situation, twin: Twin, remote: str | None) -> None:
    """For people, and for the guard."""
    summary = f"{twin.local_key} and {remote or twin.remote_key} leave the sync, as the rules ask"
    tx.record(record.entry(situation, "ended", summary, item=twin.local_key, remote=remote or twin.remote_key))
    tx.record(record.entry(situation, "removed", summary, item=twin.local_key))


def asks_to_leave(twin: Twin, answer: Message) -> bool:
    """Whether a settled twin ends now. What the other side did not apply has not reached it."""
    return twin.leaving and not answer.skipped
