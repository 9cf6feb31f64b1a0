"""A database that was brought back from an older copy: whoever notices stops the connection before anything is written.

A node that has lost a part of its memory is noticed at the first message about a twin that went on meanwhile: the
other node knows of messages that this one does not know of, or of an item that is to come under sync as if it were new
(`forked`); or it sends a message that does not follow on what is remembered here (`gap`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from accord.errors import AccordError, GuardStopped, Unreachable
from accord.model import Connection
from accord.ports import HistoryEntry, Hold, Transaction
from accord.steps.situation import Situation

MEMORY = "memory"
REJOIN = timedelta(days=1)


class Memory(StrEnum):
    """Which node seems to have lost some."""

    OURS = "ours"
    THEIRS = "theirs"


async def memory_lost(situation: Situation, whose: Memory) -> AccordError:
    """What a step raises that was told so: it waits while everything is being paired anew, else a person must look."""
    connection, now = situation.connection, situation.now()
    if await situation.ports.store.read(lambda tx: may_rejoin(tx, connection, now)):
        return Unreachable(f"Items of {connection.name} are being paired anew.", remedy="It goes on by itself.")
    return _stopped(connection, whose)


def _stopped(connection: Connection, whose: Memory) -> GuardStopped:
    """What people read of it: what happened, and what to do on this side."""
    name = connection.name
    if whose is Memory.OURS:
        error = GuardStopped(
            f"The other node of {name} remembers messages that this one does not: this database seems to have been "
            "brought back from an older copy.",
            remedy=f"Nothing was written. If so: accord rejoin {name} --restored. Then, there: accord rejoin.",
        )
    else:
        error = GuardStopped(
            f"The other node of {name} does not remember what it told before: its database seems to have been brought "
            "back from an older copy.",
            remedy=f"Nothing was written. If so, there: accord rejoin --restored. Then, here: accord rejoin {name}.",
        )
    error.scope, error.field, error.value = "connection", MEMORY, whose.value
    return error


def is_ours(hold: Hold) -> bool:
    """Whether a connection is held because this node has lost a part of its memory."""
    return (hold.cause.get("field"), hold.cause.get("value")) == (MEMORY, Memory.OURS)


def let_rejoin(tx: Transaction, connection: Connection, now: datetime) -> None:
    """A person's decision: for a day, the other node's knowledge of who is a pair goes before ours."""
    tx.put_fact(f"rejoin.{connection.id}", (now + REJOIN).isoformat())


def may_rejoin(tx: Transaction, connection: Connection, now: datetime) -> bool:
    """Whether a person has said so."""
    until = tx.fact(f"rejoin.{connection.id}")
    return until is not None and datetime.fromisoformat(until) > now


def has_rejoined(tx: Transaction, connection: Connection) -> bool:
    """Whether everything of a connection was ever paired anew."""
    return tx.fact(f"rejoin.{connection.id}") is not None


def stop_all(tx: Transaction, now: datetime) -> None:
    """Stops every connection: this database is older than what the node has done, and nothing in it can be relied on,
    an earlier decision to pair anew included."""
    for connection in tx.connections():
        if has_rejoined(tx, connection):
            tx.put_fact(f"rejoin.{connection.id}", now.isoformat())
        stop(tx, connection, Memory.OURS, now)


def stop(tx: Transaction, connection: Connection, whose: Memory, now: datetime) -> None:
    """Holds the connection until a person has looked. What is registered meanwhile waits."""
    if may_rejoin(tx, connection, now):
        return
    if any(hold.name == connection.id and hold.until is None for hold in tx.holds()):
        return
    cause = _stopped(connection, whose).to_json()
    tx.put_hold(Hold("connection", connection.id, None, 0, cause))
    tx.record(HistoryEntry(now, connection.id, "", "stopped", str(cause["message"]), {"memory": whose.value}))
