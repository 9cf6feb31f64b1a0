"""Telling an item anew because of what the other side told: outgoing rules may ask what that was."""

from __future__ import annotations

import re

from accord.model import Message
from accord.ports import Transaction
from accord.steps import record
from accord.steps.received import as_known
from accord.steps.situation import Situation

ECHO = re.compile(r"what they told has changed \((\d+)\)")


def echo_of(tx: Transaction, situation: Situation, answer: Message) -> str | None:
    """Why the item must be looked at once more after an acknowledgment that asked for no write: our rules heed what
    the other side tells, and that has changed. None where it need not.

    Two sides whose rules answer each other's answers end after `hop_limit` of them, and the history says so.
    """
    twin = situation.twin
    if not situation.agreement.rules.heeds_previous or answer.replica is None or answer.version <= twin.peer_version:
        return None
    before = tx.received(twin.id)
    if before is not None and before.replica.dump() == as_known(before, answer.replica).dump():
        return None
    echo = ECHO.fullmatch(situation.entry.reason)
    number = int(echo[1]) + 1 if echo else 1
    if number <= situation.ports.settings.hop_limit:
        return f"what they told has changed ({number})"
    summary = (
        f"{twin.local_key}: the rules of both sides answer each other without end; it is told again when it changes"
    )
    tx.record(record.entry(situation, "stopped", summary, item=twin.local_key))
    return None
