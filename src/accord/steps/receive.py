"""Step 5: what another node sends is registered in the own queue, once, before it is answered."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from accord.errors import PeerRefused
from accord.model import Connection, Kind, Message, Twin, TwinState
from accord.ports import Answer, Direction, HistoryEntry, LaneState, Ports, Receipt, Stage, Transaction
from accord.steps.amnesia import Memory, may_rejoin, stop
from accord.steps.asked import waits_to_pair
from accord.steps.farewell import bid_farewell
from accord.steps.situation import end_twin

PAIRS_WITH = "pairs with "


async def receive(ports: Ports, connection: Connection, message: Message) -> Answer:
    """Takes in a verified message of a connection. When it returns, the message is on disk.

    Raises PeerRefused (status 403) for a message of another connection's twin.
    """
    now = ports.clock.now()

    def work(tx: Transaction) -> Answer:
        twin = tx.twin(message.twin)
        if message.connection != connection.id or (twin is not None and twin.connection != connection.id):
            raise PeerRefused("This twin belongs to another connection.", status=403)
        if message.kind is not Kind.UNSYNC and message.seen > (twin.version if twin else 0):
            stop(tx, connection, Memory.OURS, now)
            return Answer("gap", expected=1)
        pair_with = _taken_up(tx, connection, twin, message, now)
        if message.kind is not Kind.UNSYNC and _is_forked(tx, twin, message):
            stop(tx, connection, Memory.THEIRS, now)
            return Answer("forked")
        if message.kind is Kind.ACKNOWLEDGMENT:
            return Answer("registered" if accept_acknowledgment(tx, message, now) else "duplicate")
        if message.kind is Kind.UNSYNC:
            return _unsync(tx, connection, twin, message, now)
        if twin is not None and twin.state is TwinState.ENDED:
            return Answer("duplicate", acknowledgment=_ended(twin, message))
        twin = twin or _new_twin(tx, connection, message, pair_with, now)
        receipt = tx.register_request(message, twin, now)
        if receipt.status == "gap":
            stop(tx, connection, Memory.OURS, now)
        return _waits_for(tx, twin, _answer(receipt))

    return await ports.store.run(work)


def _is_forked(tx: Transaction, twin: Twin | None, message: Message) -> bool:
    """Whether the sender does not know any more what it told before."""
    if twin is not None:
        return twin.state is not TwinState.ENDED and twin.is_forked(message.told_at, message.told_before)
    return _known_otherwise(tx, message) is not None


def _begins(message: Message) -> bool:
    """Whether the sender takes its item for one that is under sync with none of ours."""
    return message.kind is Kind.SYNC and message.sequence == 1 and not message.pair_with and message.key is not None


def _known_otherwise(tx: Transaction, message: Message) -> Twin | None:
    """The live twin of an item that the sender takes for one that was never under sync."""
    if not _begins(message):
        return None
    known = tx.twin_of_remote(message.connection, message.key or "")
    return known if known is not None and known.id != message.twin else None


def _taken_up(
    tx: Transaction, connection: Connection, twin: Twin | None, message: Message, now: datetime
) -> str | None:
    """Our item, where a new twin takes the place of the one that its sender has forgotten, or comes after one that has
    ended: their item is brought back under sync by hand, and was in a pair with ours.

    A live one gives way while everything is being paired anew, and before there is an item here; not while it is being
    made, or the pair is being told, unless that goes nowhere: then the sender's word makes the pair that we asked for.
    """
    if twin is not None or not _begins(message):
        return None
    known = _known_otherwise(tx, message)
    if known is None:
        return _formerly(tx, connection, message.key or "")
    if known.is_being_created():
        return None
    if known.pair_with is not None:
        return _asked_for(tx, connection, known, message, now)
    if known.local_key is not None and not may_rejoin(tx, connection, now):
        return None
    return end_twin(tx, known, now).local_key


def _asked_for(tx: Transaction, connection: Connection, known: Twin, message: Message, now: datetime) -> str | None:
    """Our item, where we have asked for the pair, and the sender began with its item before it took that up: it never
    will, since its item is under sync by now."""
    if known.local_key is None or known.remote_key is not None or may_rejoin(tx, connection, now):
        return None
    tx.put_fact(f"approved.{message.twin}", known.local_key)
    bid_farewell(tx, end_twin(tx, known, now), "the other side began with the same item", now)
    return known.local_key


def _formerly(tx: Transaction, connection: Connection, remote_key: str) -> str | None:
    """Our item that was in a pair with theirs, if it is free."""
    former = tx.former_twin_of_remote(connection.id, remote_key)
    if former is None or former.local_key is None or former.remote_key != remote_key:
        return None
    return former.local_key if tx.live_twin(connection.id, former.local_key) is None else None


def accept_acknowledgment(tx: Transaction, message: Message, now: datetime) -> bool:
    """Puts an acknowledgment beside the event that it answers; False if that is settled already."""
    head = tx.head(message.twin, Direction.OUT)
    waiting = head is not None and head.stage in (Stage.COMPOSED, Stage.SENT)
    if head is None or not waiting or head.sequence != message.sequence:
        return False
    tx.put_entry(replace(head, stage=Stage.ACKNOWLEDGED, acknowledgment=message))
    tx.lane_ready(message.twin, Direction.OUT, now)
    return True


def _answer(receipt: Receipt) -> Answer:
    return Answer(receipt.status, receipt.acknowledgment, receipt.expected, receipt.detail)


def _waits_for(tx: Transaction, twin: Twin, answer: Answer) -> Answer:
    """Lets the sender of a duplicate know that it waits for an item here, which may wait for the sender's."""
    key = waits_to_pair(tx.lane(twin.id, Direction.IN)) if answer.status == "duplicate" else None
    return replace(answer, detail=PAIRS_WITH + key) if key else answer


def _new_twin(tx: Transaction, connection: Connection, message: Message, pair_with: str | None, now: datetime) -> Twin:
    twin = Twin(
        id=message.twin,
        connection=connection.id,
        started_here=False,
        remote_key=message.key,
        remote_url=message.url,
        pair_with=pair_with,
        created_at=now,
        updated_at=now,
    )
    if message.sequence == 1:
        tx.put_twin(twin)
    return twin


def _unsync(tx: Transaction, connection: Connection, twin: Twin | None, message: Message, now: datetime) -> Answer:
    """Ends the twin at once, whatever waits in its lanes; both items stay as they are."""
    if twin is None or twin.state is TwinState.ENDED:
        return Answer("duplicate")
    twin = end_twin(tx, twin.heard(message.key, message.url, message.told_at), now)
    for lane in tx.lanes(connection.id):
        if lane.state is LaneState.BLOCKED:
            # It may have waited for just this item to be free.
            tx.lane_ready(lane.twin_id, lane.direction, now)
    summary = f"the other side took {message.key} out of sync; {twin.local_key} stays"
    tx.record(HistoryEntry(now, connection.id, twin.id, "ended", summary, {"item": twin.local_key}))
    return Answer("registered")


def _ended(twin: Twin, message: Message) -> Message:
    """This side's twin has ended: the answer ends the other's."""
    return Message(
        kind=Kind.ACKNOWLEDGMENT,
        connection=twin.connection,
        twin=twin.id,
        sequence=message.sequence,
        version=twin.version + 1,
        seen=message.version,
        key=twin.local_key,
        deleted=True,
    )
