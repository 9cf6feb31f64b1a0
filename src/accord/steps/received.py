"""What the other side last told, kept with each twin: rules that are published later are run on it."""

from __future__ import annotations

from accord.model import Message
from accord.ports import Received, Rules, Transaction
from accord.steps.situation import Situation


def keep_received(tx: Transaction, situation: Situation, message: Message) -> None:
    """Keeps the replica of a message that was applied just now, in the transaction that says so."""
    twin = situation.twin
    if message.replica is not None and message.version > twin.peer_version:
        rules, at = situation.connection.rules_version, message.told_at or situation.now()
        tx.put_received(Received(twin.id, message.replica, message.version, rules, at))


async def outdated(situation: Situation) -> Received | None:
    """What was applied last, if that was under other rules than are in force by now."""
    connection, twin = situation.connection, situation.twin
    if not connection.rules_version or twin.peer_version == 0:
        return None

    def look(tx: Transaction) -> Received | None:
        under = tx.received_under(twin.id)
        return None if under in (None, 0, connection.rules_version) else tx.received(twin.id)

    return await situation.ports.store.read(look)


async def former_rules(situation: Situation) -> Rules | None:
    """The rules under which the other side's last replica was applied, if others are in force by now."""
    connection, twin = situation.connection, situation.twin
    if not connection.rules_version:
        return None

    def look(tx: Transaction) -> int:
        under = tx.received_under(twin.id) or connection.rules_version
        if under != connection.rules_version:
            situation.ports.load_rules(tx, connection.model_copy(update={"rules_version": under}))
        return under

    under = await situation.ports.store.read(look)
    if under == connection.rules_version:
        return None
    return situation.ports.agreement(connection.model_copy(update={"rules_version": under})).rules
