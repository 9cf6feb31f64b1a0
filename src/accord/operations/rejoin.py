"""Pairing everything of a connection anew, after one of its databases was brought back from an older copy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accord.model import Connection, Twin, TwinState
from accord.operations.find import connection_called
from accord.operations.pause import lift_holds
from accord.ports import Direction, HistoryEntry, Ports, Stage, Transaction
from accord.steps.amnesia import let_rejoin
from accord.steps.pairing import pair_anew

BATCH = 200
FIRST = 1


@dataclass(frozen=True)
class Rejoined:
    """How many pairs of items are being brought to agreement anew."""

    connection: str
    pairs: int


async def rejoin(ports: Ports, name: str) -> Rejoined:
    """Ends each twin of the connection here and begins a new one for the same two items, with the comments and
    attachments that they have in common; both items are then merged as if they were connected by hand: what only one
    holds is kept, what both hold differently goes by the policy, and the value that lost is in the history.

    For the side whose memory is whole, once the other one goes on (`resume --accept`, or `give_way`). The connection
    goes on. Raises UnknownThing.
    """
    connection, twins = await ports.store.read(lambda tx: _pairs(tx, name))
    for begin in range(0, len(twins), BATCH):
        batch = [twin.id for twin in twins[begin : begin + BATCH]]
        await ports.store.run(lambda tx, batch=batch: _renew(tx, ports, batch))  # type: ignore[misc]
    await ports.store.run(lambda tx: _go_on(tx, ports, connection, len(twins)))
    return Rejoined(connection.name, len(twins))


async def give_way(ports: Ports, name: str) -> Rejoined:
    """For the side whose database was brought back: for a day, the other side's knowledge of who is a pair goes before
    ours. The connection goes on. Raises UnknownThing.

    Requests that the copy held were perhaps carried out after it was made. The other side tells all of them anew, but
    for the first of an item that it has heard nothing of: what was made of that is found by its marks."""

    def work(tx: Transaction) -> Rejoined:
        connection = connection_called(tx, name)
        for twin in tx.twins(connection.id):
            if twin.local_key and (twin.started_here or twin.version):
                _give_up_what_waits(tx, twin, ports.clock.now())
            elif not twin.local_key and not twin.started_here:
                tx.forget_twin(twin.id)
        lift_holds(tx, connection)
        let_rejoin(tx, connection, ports.clock.now())
        return Rejoined(connection.name, 0)

    return await ports.store.run(work)


def _give_up_what_waits(tx: Transaction, twin: Twin, now: datetime) -> None:
    """Requests, answers that were not taken over yet, and what was begun for them."""
    tx.clear_lane(twin.id, Direction.IN)
    head = tx.head(twin.id, Direction.OUT)
    if head is not None and head.stage is Stage.ACKNOWLEDGED:
        tx.remove_entry(head)
        tx.register_event(twin, "paired anew", now)
    tx.put_twin(twin.model_copy(update={"shadow": twin.shadow.model_copy(update={"intents": ()})}))


def _pairs(tx: Transaction, name: str) -> tuple[Connection, list[Twin]]:
    connection = connection_called(tx, name)
    return connection, [twin for twin in tx.twins(connection.id) if twin.local_key]


def _renew(tx: Transaction, ports: Ports, twin_ids: list[str]) -> None:
    now = ports.clock.now()
    for twin_id in twin_ids:
        twin = tx.twin(twin_id)
        if twin is None or twin.state is TwinState.ENDED or twin.local_key is None:
            continue
        if twin.remote_key is None and twin.pair_with is None and tx.next_sequence(twin.id) <= FIRST + 1:
            # The other side may have made an item of it, which it will find by the twin's marker.
            continue
        pair_anew(tx, ports, twin, now)


def _go_on(tx: Transaction, ports: Ports, connection: Connection, pairs: int) -> None:
    lift_holds(tx, connection)
    let_rejoin(tx, connection, ports.clock.now())
    summary = f"{pairs} pairs of {connection.name} are brought to agreement anew"
    tx.record(HistoryEntry(ports.clock.now(), connection.id, "", "rejoin", summary, {}))
