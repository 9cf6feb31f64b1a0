"""Asking the guard before something is taken away from an item."""

from __future__ import annotations

from datetime import datetime, timedelta

from accord.model import Connection, Item, flatten, is_empty
from accord.ports import GuardSettings, Transaction
from accord.queue.guard import Damage
from accord.steps.plan import Plan
from accord.steps.situation import Situation


def damage_of(plan: Plan, item: Item) -> Damage:
    """What a plan would take away from an item."""
    current = flatten(item)
    written = {path: value for path, value in plan.patch.values.items() if not is_empty(current.get(path))}
    return Damage(
        emptied=any(is_empty(value) for value in written.values()),
        overwritten=any(not is_empty(value) for value in written.values()),
        removed=any(one.deletions for one in plan.sub_items.values()),
    )


def open_guard(tx: Transaction, connection: Connection, until: datetime) -> None:
    """A person's decision: until then the guard lets everything of a connection pass."""
    tx.put_fact(f"guard.allow.{connection.id}", until.isoformat())


def lets_pass(tx: Transaction, connection: Connection, now: datetime) -> bool:
    """Whether a person has opened the guard of a connection for now."""
    until = tx.fact(f"guard.allow.{connection.id}")
    return until is not None and datetime.fromisoformat(until) > now


def lately(tx: Transaction, connection: Connection, guard: GuardSettings, now: datetime) -> tuple[int, int, int]:
    """How many items a connection has, and how many removals and overwritings the guard counts within its window."""
    since = now - timedelta(minutes=guard.window_minutes)
    removed, overwrote = (tx.count_history(connection.id, step, since) for step in ("removed", "overwrote"))
    return tx.count_twins(connection.id), removed, overwrote


async def check_guard(situation: Situation, damage: Damage) -> None:
    """Raises GuardStopped before an unusual share of the connection's items is ended, emptied or overwritten."""
    if not damage:
        return
    guard, connection, now = situation.agreement.guard, situation.connection, situation.now()

    def look(tx: Transaction) -> None:
        if not lets_pass(tx, connection, now):
            damage.check(guard, connection.name, situation.twin.local_key, *lately(tx, connection, guard, now))

    await situation.ports.store.read(look)
