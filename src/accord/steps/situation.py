"""What a step knows when it works on one twin."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from accord.errors import Unreachable
from accord.merge.content import without_header
from accord.merge.known import before_message
from accord.model import Connection, Item, Message, Replica, SubItem, Trace, Twin
from accord.ports import (
    Agreement,
    Direction,
    Entry,
    Lane,
    LaneState,
    Lease,
    Ports,
    RuleContext,
    Tracker,
    Transaction,
)
from accord.steps.linked import Tellable, is_synced, tellable, twin_of

T = TypeVar("T")


@dataclass(frozen=True)
class Situation:
    """One twin under a lease, with the lane and the entry that are being worked on."""

    ports: Ports
    lease: Lease
    connection: Connection
    twin: Twin
    lane: Lane
    entry: Entry

    @property
    def tracker(self) -> Tracker:
        return self.ports.trackers[self.connection.tracker]

    @property
    def agreement(self) -> Agreement:
        return self.ports.agreement(self.connection)

    def now(self) -> datetime:
        return self.ports.clock.now()

    def with_twin(self, twin: Twin) -> Situation:
        return replace(self, twin=twin)

    async def context(self, *, first_sync: bool, message: Message | None = None) -> RuleContext:
        """What rules are told besides item and replica: incoming ones of `message`, which is at hand."""
        return await rule_context(self.ports, self.connection, self.twin, first_sync=first_sync, message=message)

    async def item(self) -> Item:
        """The twin's item as rules see it. Raises what `read_item` does."""
        return await read_item(self.ports, self.tracker, self.twin.local_key or "", self.twin.shadow.traces)

    async def tellable(self, twin: Twin, item: Item, replica: Replica) -> Tellable:
        """The replica of `item`, about to be told as `twin` stands, with the twins of the items that it names, and
        without the links that are told with those."""
        return await tellable(self.ports.store, self.tracker, twin, item, replica)

    async def checkpoint(self, work: Callable[[Transaction], T]) -> T:
        """Does `work` in one transaction, unless another worker has taken the twin over (LeaseLost)."""

        def fenced(tx: Transaction) -> T:
            tx.fence(self.lease)
            return work(tx)

        return await self.ports.store.run(fenced)


def end_twin(tx: Transaction, twin: Twin, now: datetime) -> Twin:
    """Ends a twin at once, whatever waits in its lanes, and whoever works on it: their next checkpoint fails."""
    tx.revoke(twin.id)
    ended = twin.ended(now)
    tx.put_twin(ended)
    for direction in Direction:
        tx.clear_lane(twin.id, direction)
    return ended


def wait_until_free(tx: Transaction, situation: Situation, key: str) -> None:
    """Raises Unreachable while our item, which is about to be paired, is being worked on for another connection."""
    if tx.is_worked_on(situation.twin, key, situation.now()):
        raise Unreachable(
            f"{key} is being worked on for another connection.",
            item=key,
            step="incoming",
            remedy="It is tried again by itself.",
        )


def try_again(tx: Transaction, twin_id: str, direction: Direction, now: datetime) -> None:
    """A lane that is blocked: what it waits for may have come through the other one."""
    lane = tx.lane(twin_id, direction)
    if lane is not None and lane.state is LaneState.BLOCKED:
        tx.lane_ready(twin_id, direction, now)


async def rule_context(
    ports: Ports, connection: Connection, twin: Twin | None, *, first_sync: bool, message: Message | None = None
) -> RuleContext:
    """What rules are told besides item and replica: incoming ones of `message`, which is at hand."""
    previous = _before(twin, message) if message else await _told_last(ports, connection, twin)
    description = await ports.describe(connection.tracker)
    return RuleContext(
        connection=connection.name,
        now=ports.clock.now(),
        first_sync=first_sync,
        people=description.people,
        fields=description.fields,
        remote_key=(message.key if message else None) or (twin.remote_key if twin else None),
        remote_url=(message.url if message else None) or (twin.remote_url if twin else None),
        previous=previous,
        twin_of=twin_of(ports.store, connection.id, message.replica if message else None),
        is_synced=is_synced(ports.store, connection.id),
        speaks_for_people=ports.trackers[connection.tracker].capabilities.speaks_for_people,
    )


def _before(twin: Twin | None, message: Message | None) -> Replica | None:
    """What the other side's item was before the message at hand, as far as it was taken over here."""
    if twin is None or message is None or message.replica is None or twin.peer_version == 0:
        return None
    return before_message(message.replica, message.changed, twin.shadow.traces, twin.peer_version)


async def _told_last(ports: Ports, connection: Connection, twin: Twin | None) -> Replica | None:
    """What the other side told last, for outgoing rules that heed it."""
    if twin is None or twin.peer_version == 0 or not ports.agreement(connection).rules.heeds_previous:
        return None
    received = await ports.store.read(lambda tx: tx.received(twin.id))
    return received.replica if received else None


async def attachment_digest(ports: Ports, tracker: Tracker, key: str, attachment_id: str) -> tuple[str, int]:
    """SHA-256 and size of an attachment; its bytes are read once."""
    known = await ports.store.read(lambda tx: tx.digest(tracker.name, key, attachment_id))
    if known:
        return known
    async with ports.blobs.spool(tracker.download(key, attachment_id)) as (path, sha256, size):
        ports.blobs.keep(path, sha256)
    await ports.store.run(lambda tx: tx.put_digest(tracker.name, key, attachment_id, sha256, size))
    return sha256, size


Digest = Callable[[Ports, Tracker, str, str], Awaitable[tuple[str, int]]]


async def read_item(
    ports: Ports, tracker: Tracker, key: str, traces: tuple[Trace, ...], digest: Digest = attachment_digest
) -> Item:
    """The item as rules see it: without the headers that sync put before comments, every attachment hashed.

    `digest` finds the hash of an attachment where the tracker does not tell it. Raises ItemGone, ItemBroken and
    whatever else the tracker's `read` raises.
    """
    item = await tracker.read(key)
    headers = {(t.kind, t.local_id): t.header for t in traces if t.header}
    bare = {
        kind.plural: tuple(without_header(sub, headers.get((kind, sub.id), "")) for sub in getattr(item, kind.plural))
        for kind in (SubItem.COMMENT, SubItem.WORKLOG)
    }
    attachments = []
    for attachment in item.attachments:
        if attachment.sha256 is None:
            sha256, size = await digest(ports, tracker, key, attachment.id)
            attachment = attachment.model_copy(update={"sha256": sha256, "size": size})
        attachments.append(attachment)
    return item.model_copy(update={**bare, "attachments": tuple(attachments)})


def marker(twin: Twin) -> str:
    """The mark by which an item that sync creates is known again: the same for the same twin, whatever crashed."""
    return f"{twin.connection}-{twin.id}"


def maker_of(mark: str | None, connection: Connection) -> str | None:
    """The id of the twin that an item with this mark was made for, if it was made through this connection."""
    prefix = f"{connection.id}-"
    return mark.removeprefix(prefix) if mark and mark.startswith(prefix) else None
