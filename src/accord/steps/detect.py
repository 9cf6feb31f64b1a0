"""Step 1: hints that items may have changed become sync events in the queue.

A hint (poll hit, push, webhook, click) is only a reason to read. One that reports the version that is known already
costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accord.errors import GuardStopped, ItemBroken, ItemGone, UnknownThing
from accord.model import Connection, ConnectionState, Item, Twin, TwinState
from accord.ports import Hint, Hold, Ports, Tracker, Transaction
from accord.queue.guard import check_batch
from accord.steps.guard import lets_pass
from accord.steps.situation import maker_of

LISTENING = (ConnectionState.ACTIVE, ConnectionState.PAUSED)
EVERYTHING = "*"
MATCHES = "matches the trigger"


@dataclass(frozen=True)
class Newcomers:
    """Items that a connection's trigger brings under sync."""

    connection: Connection
    keys: frozenset[str]


@dataclass(frozen=True)
class Position:
    """How far a tracker was looked through: its cursor, and for which triggers."""

    cursor: str
    listening: str


async def detect(ports: Ports, tracker: Tracker) -> int:
    """Asks the tracker what changed since last time. Gives the number of sync events registered.

    Raises the tracker's errors; the cursor then stays where it was.
    """
    cursor, listened, listening = await ports.store.read(lambda tx: _listening(tx, ports, tracker))
    changes = await tracker.changes(cursor if listened == listening else None)
    if listened == listening and not changes.hints and changes.cursor == cursor:
        return 0
    return await register(ports, tracker, changes.hints, "changed in the tracker", Position(changes.cursor, listening))


def _listening(tx: Transaction, ports: Ports, tracker: Tracker) -> tuple[str | None, str | None, str]:
    """The cursor, and which triggers listened when it was set and listen now: a new one wants to see everything."""
    triggers = {c.id: ports.agreement(c).trigger for c in _connections(tx, ports, tracker)}
    return tx.cursor(tracker.name), tx.fact(f"listening.{tracker.name}"), json.dumps(triggers, sort_keys=True)


async def register(
    ports: Ports, tracker: Tracker, hints: Sequence[Hint], reason: str, position: Position | None = None
) -> int:
    """Registers what `hints` give reason for, together with the position that they came with.

    Where an unusual share of a connection's items is gone at once, the connection is held before anything of it is
    acted upon.
    """
    newcomers = await _newcomers(ports, tracker, [hint for hint in hints if not hint.gone])

    def work(tx: Transaction) -> int:
        registered = 0
        for connection in _connections(tx, ports, tracker):
            _hold_if_many_are_gone(tx, ports, connection, hints)
            new = next((n.keys for n in newcomers if n.connection.id == connection.id), frozenset())
            registered += sum(_register_one(tx, ports, connection, hint, new, reason) for hint in hints)
        if position is not None:
            tx.put_cursor(tracker.name, position.cursor)
            tx.put_fact(f"listening.{tracker.name}", position.listening)
        return registered

    return await ports.store.run(work)


def _register_one(
    tx: Transaction, ports: Ports, connection: Connection, hint: Hint, newcomers: frozenset[str], reason: str
) -> bool:
    now = ports.clock.now()
    twin = tx.live_twin(connection.id, hint.key, hint.identity)
    if twin is not None:
        if twin.local_key != hint.key:
            twin = twin.model_copy(update={"local_key": hint.key})
            tx.put_twin(twin)
        known = hint.version is not None and hint.version == twin.known_version and not hint.gone
        return not known and tx.register_event(twin, reason, now)
    if hint.key not in newcomers or not _is_new(tx, connection, hint):
        return False
    twin = bring_under_sync(ports, connection, hint.key, identity=hint.identity)
    tx.put_twin(twin)
    return tx.register_event(twin, MATCHES, now)


def bring_back_under_sync(tx: Transaction, ports: Ports, connection: Connection, item: Item) -> Twin:
    """The twin of an item that a person wants under sync: with the item that it was in agreement with before, if it
    was, and the comments and attachments that they have in common."""
    former = tx.former_twin(connection.id, item.key, item.identity)
    twin = bring_under_sync(ports, connection, item.key, former.remote_key if former else None, item.identity)
    return twin if former is None else twin.remembering(former)


def bring_under_sync(
    ports: Ports, connection: Connection, key: str, pair_with: str | None = None, identity: str | None = None
) -> Twin:
    """The twin of an item that is to come under sync."""
    now = ports.clock.now()
    return Twin(
        id=ports.new_id(),
        connection=connection.id,
        state=TwinState.NEW,
        local_key=key,
        local_identity=identity,
        pair_with=pair_with,
        created_at=now,
        updated_at=now,
    )


async def _newcomers(ports: Ports, tracker: Tracker, hints: Iterable[Hint]) -> list[Newcomers]:
    """Which of the items that are not under sync match the triggers of this tracker's connections."""
    hints = list({hint.key: hint for hint in hints}.values())
    found = []
    for connection in await ports.store.read(lambda tx: _connections(tx, ports, tracker)):
        trigger = ports.agreement(connection).trigger
        if trigger is None or not hints:
            continue
        unknown = await ports.store.read(lambda tx, c=connection: [h.key for h in hints if _is_new(tx, c, h)])  # type: ignore[misc]
        if not unknown:
            continue
        matching = set(unknown) if trigger == EVERYTHING else await tracker.matching(trigger, unknown)
        found.append(Newcomers(connection, frozenset(await not_our_own(ports, tracker, connection, matching))))
    return found


def _is_new(tx: Transaction, connection: Connection, hint: Hint) -> bool:
    """Never under sync: what was taken out of sync comes back only by hand."""
    known = tx.live_twin(connection.id, hint.key, hint.identity)
    return known is None and tx.former_twin(connection.id, hint.key, hint.identity) is None


async def not_our_own(ports: Ports, tracker: Tracker, connection: Connection, keys: set[str]) -> set[str]:
    """Without items that this connection is creating just now, whose keys are not written down yet."""
    if not keys or not await ports.store.read(lambda tx: tx.creating(connection.id)):
        return keys
    others = set()
    for key in sorted(keys):
        try:
            marker = (await tracker.read(key)).marker
        except (ItemGone, ItemBroken):
            continue
        made_for = maker_of(marker, connection)
        maker = await ports.store.read(lambda tx, m=made_for: tx.twin(m) if m else None)  # type: ignore[misc]
        if maker is None or maker.local_key is not None:
            others.add(key)
    return others


def _hold_if_many_are_gone(tx: Transaction, ports: Ports, connection: Connection, hints: Sequence[Hint]) -> None:
    gone = sum(1 for hint in hints if hint.gone and tx.live_twin(connection.id, hint.key))
    if not gone or lets_pass(tx, connection, ports.clock.now()):
        return
    try:
        check_batch(ports.agreement(connection).guard, connection.name, gone, tx.count_twins(connection.id))
    except GuardStopped as stopped:
        tx.put_hold(Hold("connection", connection.id, None, 0, stopped.to_json()))


def _connections(tx: Transaction, ports: Ports, tracker: Tracker) -> list[Connection]:
    """Those that are in force and still in the configuration."""
    listening = [c for c in tx.connections() if c.tracker == tracker.name and c.state in LISTENING]
    for connection in listening:
        ports.load_rules(tx, connection)
    return [connection for connection in listening if _configured(ports, connection)]


def _configured(ports: Ports, connection: Connection) -> bool:
    try:
        ports.agreement(connection)
    except UnknownThing:
        return False
    return True
