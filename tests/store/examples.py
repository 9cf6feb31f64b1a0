"""A connection, twins and messages to put into a store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from accord.model import Connection, ConnectionState, Kind, Message, Replica, Side, Twin
from accord.ports import Direction, Lease, Transaction

NOW = datetime(2026, 3, 1, 12, 0, 0, 123456, UTC)
OUT, IN = Direction.OUT, Direction.IN
CAUSE = {"error": "Unreachable", "message": "No usable answer came."}


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def connection(label: str = "blue", **parts: Any) -> Connection:
    values: dict[str, Any] = {
        "id": f"c-{label}",
        "name": label,
        "tracker": "jira",
        "side": Side.INITIATOR,
        "state": ConnectionState.ACTIVE,
        "created_at": NOW,
    }
    return Connection(**(values | parts))


def twin(number: int = 1, connection_name: str = "blue", **parts: Any) -> Twin:
    values: dict[str, Any] = {
        "id": f"t-{connection_name}-{number}",
        "connection": f"c-{connection_name}",
        "local_key": f"ITEM-{number}",
        "created_at": later(number),
        "updated_at": later(number),
    }
    return Twin(**(values | parts))


def message(of: Twin, sequence: int, kind: Kind = Kind.SYNC, **parts: Any) -> Message:
    values: dict[str, Any] = {
        "kind": kind,
        "connection": of.connection,
        "twin": of.id,
        "sequence": sequence,
        "version": sequence,
        "seen": 0,
        "replica": Replica(summary=f"State {sequence}"),
    }
    return Message(**(values | parts))


def acknowledgment(of: Twin, sequence: int) -> Message:
    return message(of, sequence, Kind.ACKNOWLEDGMENT)


def with_events(tx: Transaction, numbers: range, connection_name: str = "blue", state: str = "active") -> None:
    """A connection with twins of its own items that each have a sync event due at `NOW` and after, by number."""
    tx.put_connection(connection(connection_name, state=ConnectionState(state)))
    for number in numbers:
        one = twin(number, connection_name, local_key=f"{connection_name}-{number}")
        tx.put_twin(one)
        tx.register_event(one, "changed", NOW + timedelta(milliseconds=number))


def claim(
    tx: Transaction,
    limit: int = 10,
    *,
    at: float = 60,
    lasts: float = 30,
    owner: str = "w1",
    held: tuple[str, ...] = (),
) -> list[Lease]:
    """Claims `at` seconds after `NOW`, for `lasts` seconds."""
    return tx.claim(owner, later(at), later(at + lasts), limit, held)
