"""What would happen, without anything happening."""

from __future__ import annotations

from typing import Any

from accord.errors import RuleFailed
from accord.model import Connection, Item, Kind, Message, Replica, Twin, flatten
from accord.operations import finding
from accord.ports import Direction, Entry, Ports, RuleContext, Transaction
from accord.steps.compose import Synced, compose
from accord.steps.compose import message as compose_message
from accord.steps.detect import bring_under_sync
from accord.steps.plan import Plan, Planner


async def preview(ports: Ports, key: str, name: str | None = None) -> dict[str, Any]:
    """For one item: the message that would go out now, and what a waiting request would write here.

    Reads the item; writes nothing, anywhere. What the other side does with it is the other side's own.
    Raises UnknownThing, ItemGone, ItemBroken, RuleFailed.
    """

    def look(tx: Transaction) -> tuple[Connection, Twin, bool, Entry | None]:
        found = [c for c in finding.connections(tx) if tx.live_twin(c.id, key)]
        connection = finding.connection(tx, name) if name or len(found) != 1 else found[0]
        twin = tx.live_twin(connection.id, key)
        head = tx.head(twin.id, Direction.IN) if twin else None
        return connection, twin or bring_under_sync(ports, connection, key), twin is not None, head

    connection, twin, under_sync, request = await ports.store.read(look)
    tracker, rules = ports.trackers[connection.tracker], ports.agreement(connection).rules
    description = await ports.describe(connection.tracker)
    context = RuleContext(connection.name, ports.clock.now(), twin.version == 0, description.people, description.fields)
    item = await tracker.read(key)
    replica = await rules.outgoing(item, context)
    told = compose(twin, item, replica, ports.clock.now(), Synced())
    body = compose_message(told, connection, Kind.SYNC, 0)
    return {
        "item": key,
        "connection": connection.name,
        "under_sync": under_sync,
        "would_send": told.news,
        "message": body.dump() if told.news else None,
        "changed": _changed(twin, replica) if told.news else {},
        "incoming": await _incoming(connection, twin, rules, context, request, item),
    }


def _changed(twin: Twin, replica: Replica) -> dict[str, Any]:
    before = flatten(twin.shadow.sent) if twin.shadow.sent else {}
    after = flatten(replica)
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    return {path: {"before": before.get(path), "after": after.get(path)} for path in paths}


async def _incoming(
    connection: Connection, twin: Twin, rules: Any, context: RuleContext, request: Entry | None, item: Item
) -> dict[str, Any] | None:
    """What the request that waits for this item would write."""
    message = request.message if request else None
    if message is None or message.replica is None:
        return None
    try:
        plan = await Planner(connection, twin, rules, context).plan(message, item)
    except RuleFailed as failed:
        return {"error": failed.to_json()}
    return _planned(plan, item, message)


def _planned(plan: Plan, item: Item, message: Message) -> dict[str, Any]:
    before = flatten(item)
    return {
        "from": message.key,
        "fields": {path: {"before": before.get(path), "after": value} for path, value in plan.patch.paths().items()},
        "comments": _counts(plan.comments),
        "attachments": _counts(plan.attachments),
        "conflicts": [
            {"field": v.path, "kept": v.kept, "lost": v.lost, "winner": v.winner or "merged"} for v in plan.verdicts
        ],
    }


def _counts(plan: Any) -> dict[str, int]:
    return {"create": len(plan.creations), "edit": len(plan.edits), "delete": len(plan.deletions)}
