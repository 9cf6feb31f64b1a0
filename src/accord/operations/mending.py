"""Letting go what stands still: retry, skip, pause, resume."""

from __future__ import annotations

from datetime import timedelta

from accord.errors import NeedsOperator, UnknownThing
from accord.model import Connection, ConnectionState, Twin
from accord.operations import finding
from accord.ports import Direction, Entry, HistoryEntry, LaneState, Lease, Ports, Stage, Transaction
from accord.steps import incoming
from accord.steps.situation import Situation

OWNER = "an operation by hand"
LEASE = timedelta(seconds=30)


async def retry(ports: Ports, what: str | None = None) -> int:
    """Lets lanes that are blocked or retrying try again at once: of an item, of a connection, or (None) all.

    Gives their number. Raises UnknownThing.
    """
    now = ports.clock.now()

    def work(tx: Transaction) -> int:
        lanes = [lane for lane in tx.lanes() if lane.cause or lane.state is LaneState.BLOCKED]
        if what is not None:
            chosen = _connection_named(tx, what)
            twin = None if chosen else finding.twin(tx, what)
            lanes = [n for n in lanes if (chosen and n.connection_id == chosen.id) or (twin and n.twin_id == twin.id)]
        for lane in lanes:
            tx.lane_ready(lane.twin_id, lane.direction, now)
            _reset_fuse(tx, lane.twin_id)
        for hold in tx.holds():
            if hold.until is not None:
                tx.lift_hold(hold.scope, hold.name)
        return len(lanes)

    return await ports.store.run(work)


def _reset_fuse(tx: Transaction, twin_id: str) -> None:
    twin = tx.twin(twin_id)
    if twin is not None and twin.writes:
        tx.revoke(twin_id)
        tx.put_twin(twin.model_copy(update={"writes": 0, "writes_since": None}))


def _connection_named(tx: Transaction, name: str) -> Connection | None:
    return next((c for c in finding.connections(tx) if c.name == name), None)


async def skip(ports: Ports, key: str, name: str | None = None) -> str:
    """Gives up what stands at the head of an item's blocked lane, recorded in its history. Says what was given up.

    Raises UnknownThing, and NeedsOperator where nothing is blocked or where it can't be given up on this side.
    """
    twin = await ports.store.read(lambda tx: finding.twin(tx, key, name))
    situation = await ports.store.run(lambda tx: _blocked(tx, ports, twin))
    try:
        if situation.entry.direction is Direction.IN:
            await incoming.skip(situation)
            return f"what {twin.remote_key} sent"
        await situation.checkpoint(lambda tx: _give_up(tx, situation))
        return f"the change of {twin.local_key}"
    finally:
        await ports.store.run(lambda tx: tx.release(situation.lease))


def _blocked(tx: Transaction, ports: Ports, twin: Twin) -> Situation:
    """The twin's blocked lane, under a lease of our own."""
    for direction in (Direction.IN, Direction.OUT):
        lane, entry = tx.lane(twin.id, direction), tx.head(twin.id, direction)
        if lane is None or entry is None or not (lane.state is LaneState.BLOCKED or lane.cause):
            continue
        _check_skippable(twin, entry, lane.cause or {})
        return Situation(ports, _lease(tx, ports, twin), _connection(tx, twin), twin, lane, entry)
    raise NeedsOperator(
        f"Nothing of {twin.local_key or twin.remote_key} is blocked.", remedy="See: accord queue.", item=twin.local_key
    )


def _check_skippable(twin: Twin, entry: Entry, cause: dict[str, object]) -> None:
    handed_over = entry.stage not in (Stage.QUEUED, Stage.APPLIED)
    if entry.direction is Direction.OUT and handed_over and cause.get("error") != "PeerRefused":
        raise NeedsOperator(
            f"The change of {twin.local_key} was handed to the other side already, or may have been.",
            remedy="Its operator can skip it there; or end the twin here: accord unsync.",
            item=twin.local_key,
        )
    if entry.direction is Direction.IN and entry.stage is Stage.APPLIED:
        raise NeedsOperator(
            "This change is applied; only the acknowledgment waits for the other side.",
            remedy="It is delivered by itself.",
            item=twin.local_key,
        )


def _lease(tx: Transaction, ports: Ports, twin: Twin) -> Lease:
    """Takes the twin from whoever works on it."""
    now = ports.clock.now()
    tx.revoke(twin.id)
    for direction in Direction:
        lane = tx.lane(twin.id, direction)
        if lane is not None and lane.cause is not None:
            tx.lane_ready(twin.id, direction, now)
    leases = tx.claim(OWNER, now, now + LEASE, 10_000, [])
    found = next((lease for lease in leases if lease.twin_id == twin.id), None)
    for lease in leases:
        if lease is not found:
            tx.release(lease)
    if found is None:
        raise NeedsOperator(
            "The connection of this item is not active.", remedy="accord resume first.", item=twin.local_key
        )
    return found


def _connection(tx: Transaction, twin: Twin) -> Connection:
    connection = tx.connection(twin.connection)
    if connection is None:
        raise UnknownThing("The connection of this item is gone.", item=twin.local_key)
    return connection


def _give_up(tx: Transaction, situation: Situation) -> None:
    twin, now = situation.twin, situation.now()
    tx.remove_entry(situation.entry)
    tx.lane_ready(twin.id, Direction.OUT, now)
    summary = f"skipped a change of {twin.local_key}"
    tx.record(HistoryEntry(now, twin.connection, twin.id, "skipped", summary, {"item": twin.local_key}))


async def pause(ports: Ports, name: str) -> Connection:
    """Stops a connection's work; changes wait. Raises UnknownThing."""
    return await _set_state(ports, name, ConnectionState.PAUSED, "paused by hand")


async def resume(ports: Ports, name: str, *, accept: bool = False) -> Connection:
    """Lets a paused or guarded connection go on. `accept`: what the guard stopped may happen. Raises UnknownThing."""

    def work(tx: Transaction) -> None:
        connection = finding.connection(tx, name)
        tx.lift_hold("connection", connection.id)
        tx.lift_hold("peer", connection.id)
        if accept:
            window = ports.agreement(connection).guard.window_minutes
            until = ports.clock.now() + timedelta(minutes=window)
            tx.put_fact(f"guard.allow.{connection.id}", until.isoformat())
        for lane in tx.lanes(connection.id):
            if (lane.cause or {}).get("error") == "GuardStopped":
                tx.lane_ready(lane.twin_id, lane.direction, ports.clock.now())

    await ports.store.run(work)
    return await _set_state(ports, name, ConnectionState.ACTIVE, None)


async def _set_state(ports: Ports, name: str, state: ConnectionState, because: str | None) -> Connection:
    def work(tx: Transaction) -> Connection:
        connection = finding.connection(tx, name)
        if connection.state is ConnectionState.PENDING:
            raise NeedsOperator(
                f"The invitation of {name} is not accepted yet.", remedy="Send the code to the other side.", value=name
            )
        changed = connection.model_copy(update={"state": state, "paused_because": because})
        tx.put_connection(changed)
        return changed

    return await ports.store.run(work)
