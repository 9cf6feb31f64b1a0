"""What another node sends is registered once, and only for twins of its own connection."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.errors import PeerRefused
from accord.model import Kind, Message, Replica
from accord.steps.receive import receive
from tests.pair import CONNECTION, pair


def message(sequence: int = 1, **more: object) -> Message:
    values = {"kind": Kind.SYNC, "connection": CONNECTION, "twin": "t-1", "sequence": sequence, "version": sequence}
    return Message.model_validate(values | {"seen": 0, "key": "RED-1", "replica": Replica(summary="one")} | more)


async def test_a_message_is_registered_once_and_gaps_are_told(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        answers = [await receive(two.blue.ports, two.blue.connection, message(number)) for number in (1, 1, 3)]
    assert [(a.status, a.expected) for a in answers] == [("registered", None), ("duplicate", None), ("gap", 2)]


async def test_a_duplicate_is_answered_with_the_acknowledgment(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        two.blue.trigger = None
        await receive(two.blue.ports, two.blue.connection, message())
        await two.blue.worker.run_until_idle()
        answer = await receive(two.blue.ports, two.blue.connection, message())
    assert answer.acknowledgment is not None
    assert answer.acknowledgment.key == "BLUE-1"
    assert len(two.blue.tracker.items) == 1


async def test_a_message_of_another_connection_changes_nothing(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        await receive(two.blue.ports, two.blue.connection, message())
        foreign = two.blue.connection.model_copy(update={"id": "other", "name": "other"})
        for stranger in (message(2), message(2, connection="other")):
            with pytest.raises(PeerRefused):
                await receive(two.blue.ports, foreign, stranger)
        twins = await two.blue.ports.store.read(lambda tx: tx.twins(live=False))
        waiting = await two.blue.ports.store.read(lambda tx: tx.entries("t-1"))
    assert [(t.id, t.connection) for t in twins] == [("t-1", CONNECTION)]
    assert [e.sequence for e in waiting] == [1]


async def test_an_acknowledgment_of_nothing_is_a_duplicate(tmp_path: Path) -> None:
    async with pair(tmp_path) as two:
        stray = message(9, kind=Kind.ACKNOWLEDGMENT, twin="unknown")
        assert (await receive(two.blue.ports, two.blue.connection, stray)).status == "duplicate"
