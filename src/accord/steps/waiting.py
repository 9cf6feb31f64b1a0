"""Items that wait for others to come under sync: a parent, an epic, a link.

What the rules made of the rest is written at once. The twin keeps the other side's keys that were looked up in vain
(`waits_for`) and what our item held in the fields that depend on them (`awaits`). When one of them comes under sync,
the last replica is taken over once more, as if what depends on it had changed just now.
"""

from __future__ import annotations

from datetime import datetime

from accord.model import Item, Twin, flatten
from accord.ports import Received, Transaction
from accord.steps.plan import Plan
from accord.steps.situation import Situation

REASON = "what it waited for is under sync"


def keep_waits(tx: Transaction, before: Twin, twin: Twin, now: datetime) -> None:
    """Notes for whom a twin waits, in the transaction that puts it; what came under sync meanwhile is not missed."""
    if (before.waits_for or twin.waits_for) and tx.put_waits(twin, twin.waits_for):
        tx.register_event(twin, REASON, now)


def wake_waiting(tx: Transaction, twin: Twin, now: datetime) -> None:
    """Lets all go on that wait for the other side's item of a twin. Its lane must have been written to before in this
    transaction: who begins to wait at the same time looks at the lane as well, so one of both sees the other."""
    if twin.local_key and twin.remote_key:
        for waiting in tx.waiting_for(twin.connection, twin.remote_key):
            tx.register_event(waiting, REASON, now)


def waiting(twin: Twin, plan: Plan, seen: Item, *more: str) -> Twin:
    """The twin that waits as the plan says, for `more` keys too. `seen` is our item after the write: what its paths
    hold then, or held already when the twin began to wait, people may have changed when the wait is over."""
    written, held = plan.patch.paths(), flatten(seen)
    kept = {path: value for path, value in twin.awaits.items() if path not in written}
    awaits = {path: kept.get(path, held.get(path)) for path in sorted(plan.awaits)}
    waits_for = tuple(dict.fromkeys((*more, *plan.asks.waits_for)))
    if (waits_for, awaits) == (twin.waits_for, twin.awaits):
        return twin
    return twin.model_copy(update={"waits_for": waits_for, "awaits": awaits})


async def come(situation: Situation) -> Received | None:
    """What the other side told last, if an item that our rules waited for then is under sync by now."""
    twin = situation.twin
    if not twin.waits_for or twin.peer_version == 0:
        return None

    def look(tx: Transaction) -> Received | None:
        known = any(is_known(tx, twin.connection, key) for key in twin.waits_for)
        return tx.received(twin.id) if known else None

    return await situation.ports.store.read(look)


def is_known(tx: Transaction, connection_id: str, remote_key: str) -> bool:
    """Whether the rules would be told a key of ours for this one of the other side's."""
    found = tx.twin_of_remote(connection_id, remote_key)
    return found is not None and found.local_key is not None
