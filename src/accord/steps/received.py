"""What the other side last told, kept with each twin: rules that are published later are run on it."""

from __future__ import annotations

from dataclasses import dataclass

from accord.errors import ConfigurationInvalid, RuleFailed
from accord.model import Connection, Item, Kind, Message, Replica, Twin
from accord.ports import Direction, Received, RuleContext, Rules, Sample, Transaction
from accord.steps.situation import Situation


def keep_received(tx: Transaction, situation: Situation, message: Message, under: int | None = None) -> None:
    """Keeps the replica of a message that was applied just now, in the transaction that says so; `under` a version of
    our rules, if that is not the one at hand. Where others were published meanwhile, the item is looked at again."""
    twin = situation.twin
    if message.replica is not None and message.version > twin.peer_version:
        rules, at = under or situation.connection.rules_version, message.told_at or situation.now()
        replica = as_known(tx.received(twin.id), message.replica)
        tx.put_received(Received(twin.id, replica, message.version, rules, at))
        connection = tx.connection(twin.connection)
        if connection is not None and connection.rules_version != rules:
            tx.register_event(twin, "made under earlier rules", situation.now())


def as_known(former: Received | None, replica: Replica) -> Replica:
    """The replica with what it says nothing of as it was told before: our rules may not have taken that then."""
    if former is None:
        return replica
    absent = former.replica.model_fields_set - replica.model_fields_set
    return replica.model_copy(update={name: getattr(former.replica, name) for name in absent})


def keep_sample(tx: Transaction, situation: Situation, item: Item | None, replica: Replica | None = None) -> None:
    """Keeps what rules were run on: our item as it was before and, incoming, the other side's replica. None, where the
    node keeps no syncs, or nothing was run."""
    connection, twin = situation.connection, situation.twin
    if item is None or not connection.rules_version or not situation.ports.settings.keep_syncs:
        return
    direction = Direction.OUT if replica is None else Direction.IN
    first = (twin.version if replica is None else twin.peer_version) == 0
    now, rules = situation.now(), connection.rules_version
    tx.put_sample(Sample(now, connection.id, twin.id, direction, rules, first, item, replica))


def last_message(connection: Connection, twin: Twin, received: Received) -> Message:
    """What the other side last told, as if it told it once more: nothing in it is changed."""
    return Message(
        kind=Kind.SYNC,
        connection=connection.id,
        twin=twin.id,
        sequence=0,
        version=twin.peer_version,
        seen=twin.peer_seen,
        replica=received.replica,
        key=twin.remote_key,
        told_at=received.at,
    )


async def outdated(situation: Situation) -> Received | None:
    """What was applied last, if that was under other rules than are in force by now."""
    connection, twin = situation.connection, situation.twin
    if not connection.rules_version or twin.peer_version == 0:
        return None

    def look(tx: Transaction) -> Received | None:
        return None if _applied_under(tx, situation) in (None, connection.rules_version) else tx.received(twin.id)

    return await situation.ports.store.read(look)


async def begun_under(situation: Situation, message: Message, *, again: bool) -> None:
    """Writes down under which rules an item is about to be made of a message, for a run that finds it made: it is not
    made of what others would be by then. `again`: an earlier run has begun to make it."""
    if situation.connection.rules_version and not again:
        await situation.checkpoint(lambda tx: keep_received(tx, situation, message))


async def made_under(situation: Situation) -> int | None:
    """The version under which our item was made, if others are in force by now."""
    number = situation.connection.rules_version
    if not number:
        return None
    under = await situation.ports.store.read(lambda tx: _applied_under(tx, situation))
    return None if under == number else under


async def former_rules(situation: Situation) -> Rules | None:
    """The rules under which the other side's last replica was applied, if others are in force by now."""
    if not situation.connection.rules_version:
        return None
    return await _other_rules(situation, await situation.ports.store.read(lambda tx: _applied_under(tx, situation)))


async def rules_told_under(situation: Situation) -> Rules | None:
    """The rules under which the other side was told of our item so far, if others are in force by now and it has not
    answered yet."""
    twin = situation.twin
    return await _other_rules(situation, twin.told_under) if twin.peer_version == 0 else None


async def _other_rules(situation: Situation, under: int | None) -> Rules | None:
    connection = situation.connection
    if not under or under == connection.rules_version:
        return None
    then = connection.model_copy(update={"rules_version": under})
    await situation.ports.store.read(lambda tx: situation.ports.load_rules(tx, then))
    try:
        return situation.ports.agreement(then).rules
    except (RuleFailed, ConfigurationInvalid) as failed:
        return Unusable(failed.message)


def _applied_under(tx: Transaction, situation: Situation) -> int | None:
    """What was applied before anything was published was applied under what became the first version."""
    under = tx.received_under(situation.twin.id)
    return None if under is None else max(under, 1)


@dataclass(frozen=True)
class Unusable:
    """Rules that this release can't run any more: what they made of anything is not known."""

    message: str
    heeds_previous: bool = False

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        del context
        raise RuleFailed(self.message, item=item.key or None)

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        del replica, context
        raise RuleFailed(self.message, item=item.key or None)
