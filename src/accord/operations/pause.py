"""Stopping a connection's work, and letting it go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from accord.errors import NeedsOperator
from accord.model import Connection, ConnectionState
from accord.operations.find import IN_FORCE, connection_called
from accord.ports import HistoryEntry, Hold, Ports, Transaction
from accord.steps.amnesia import is_ours, let_rejoin
from accord.steps.guard import open_guard

BY_HAND = "by hand"


@dataclass(frozen=True)
class Resumed:
    """A connection that goes on. `lifted`: what the guard had stopped it for, if it did; `allowed_until`: until when
    the guard lets everything pass."""

    connection: str
    lifted: str | None
    allowed_until: datetime | None


async def pause(ports: Ports, name: str, because: str = BY_HAND) -> Connection:
    """Stops a connection: changes are still noticed and received, and wait. Raises UnknownThing, NeedsOperator."""

    def work(tx: Transaction) -> Connection:
        connection = _in_force(tx, name)
        paused = connection.model_copy(update={"state": ConnectionState.PAUSED, "paused_because": because})
        tx.put_connection(paused)
        _note(tx, ports, paused, f"paused {because}")
        return paused

    return await ports.store.run(work)


async def resume(ports: Ports, name: str, *, accept: bool = False) -> Resumed:
    """Lets a connection go on that is paused or that the guard stopped.

    With `accept` the guard lets everything pass for its window, starting now; without it the guard looks again, and
    may stop again. Raises UnknownThing, NeedsOperator.
    """

    def work(tx: Transaction) -> Resumed:
        connection, now = _in_force(tx, name), ports.clock.now()
        until = _allow(tx, ports, connection) if accept else None
        active = connection.model_copy(update={"state": ConnectionState.ACTIVE, "paused_because": None})
        tx.put_connection(active)
        stops = lift_holds(tx, connection)
        if accept and any(is_ours(hold) for hold in stops):
            let_rejoin(tx, connection, now)
        for lane in tx.lanes(connection.id):
            if (lane.cause or {}).get("error") == "GuardStopped":
                tx.lane_ready(lane.twin_id, lane.direction, now)
        _note(tx, ports, active, f"resumed, the guard open until {until:%H:%M} UTC" if until else "resumed")
        return Resumed(connection.name, str(stops[0].cause.get("message")) if stops else None, until)

    return await ports.store.run(work)


def lift_holds(tx: Transaction, connection: Connection) -> list[Hold]:
    """Lifts what holds this very connection (not its tracker), and gives it."""
    stops = [h for h in tx.holds() if h.scope != "tracker" and h.name == connection.id]
    for hold in stops:
        tx.lift_hold(hold.scope, hold.name)
    return stops


def _in_force(tx: Transaction, name: str) -> Connection:
    connection = connection_called(tx, name)
    if connection.state not in IN_FORCE:
        raise NeedsOperator(
            f"Connection {connection.name} is {connection.state}: nothing of it runs yet.",
            remedy="Have its invitation accepted first: accord accept CODE CONNECTION.",
            field="connection",
            value=connection.name,
        )
    return connection


def _allow(tx: Transaction, ports: Ports, connection: Connection) -> datetime:
    until = ports.clock.now() + timedelta(minutes=ports.agreement(connection).guard.window_minutes)
    open_guard(tx, connection, until)
    return until


def _note(tx: Transaction, ports: Ports, connection: Connection, what: str) -> None:
    tx.record(HistoryEntry(ports.clock.now(), connection.id, "", "connection", f"{connection.name} was {what}", {}))
