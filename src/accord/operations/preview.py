"""What would be sent and written, shown without anything being written, here or elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from pydantic import JsonValue

from accord.errors import AccordError, UnknownThing
from accord.model import Connection, Item, Kind, Message, SubItem, Trace, Twin, differing, flatten
from accord.operations.find import connection_called, item_and_connection, twin_called, twins_here, twins_there
from accord.operations.preview_request import Planned, planned
from accord.ports import Direction, Entry, Ports, Tracker, Transaction
from accord.steps.compose import Synced, Told, compose
from accord.steps.compose import message as compose_message
from accord.steps.detect import bring_under_sync
from accord.steps.situation import read_item, rule_context


@dataclass(frozen=True)
class Sending:
    """What the outgoing rules make of the item now. Without `news` nothing would go out.

    `fields`: before (as last told) and after, by path of the replica; `comments` and `attachments` that are new,
    edited or deleted since; `message` the whole body, as it would travel.
    """

    news: bool
    fields: dict[str, tuple[JsonValue, JsonValue]]
    comments: tuple[dict[str, str], ...]
    attachments: tuple[dict[str, str], ...]
    message: dict[str, Any]


@dataclass(frozen=True)
class Preview:
    """An item as sync sees it. `sending` is None where there is no item of ours yet, or it failed (`failed`);
    `request` is what the other side's request that waits first would do here."""

    key: str | None
    remote_key: str | None
    connection: str
    under_sync: bool
    sending: Sending | None = None
    failed: dict[str, Any] | None = None
    request: Planned | None = None
    requests_waiting: int = 0


@dataclass(frozen=True)
class _Known:
    connection: Connection
    twin: Twin
    requests: list[Entry] = field(default_factory=list)
    sequence: int = 1


async def preview(ports: Ports, key: str, connection: str | None = None) -> Preview:
    """What of an item would be sent now, and what a request waiting for it would write.

    Runs the rules; reads the item; writes nothing, neither in the tracker nor in the database. Raises UnknownThing,
    NeedsOperator, and the tracker's errors.
    """
    known, under_sync = await _found(ports, key, connection)
    sending, failed = await _sending(ports, known)
    return Preview(
        key=known.twin.local_key,
        remote_key=known.twin.remote_key or known.twin.pair_with,
        connection=known.connection.name,
        under_sync=under_sync,
        sending=sending,
        failed=failed.to_json() if failed else None,
        request=await _request(ports, known) if known.requests else None,
        requests_waiting=len(known.requests),
    )


async def _found(ports: Ports, key: str, connection: str | None) -> tuple[_Known, bool]:
    """What is known of an item, and whether it is under sync; ours before the other side's of the same key."""
    if not await ports.store.read(lambda tx: bool(twins_here(tx, key, connection))):
        try:
            item, chosen = await item_and_connection(ports, key, connection)
            return _Known(chosen, bring_under_sync(ports, chosen, item.key)), False
        except UnknownThing:
            if not await ports.store.read(lambda tx: bool(twins_there(tx, key, connection))):
                raise
    return await ports.store.read(lambda tx: _known(tx, twin_called(tx, key, connection))), True


def _known(tx: Transaction, twin: Twin) -> _Known:
    waiting = [e for e in tx.entries(twin.id, Direction.IN) if e.message and e.acknowledgment is None]
    return _Known(connection_called(tx, twin.connection), twin, waiting, tx.next_sequence(twin.id))


async def _sending(ports: Ports, known: _Known) -> tuple[Sending | None, AccordError | None]:
    twin, tracker = known.twin, ports.trackers[known.connection.tracker]
    if twin.local_key is None:
        return None, None
    try:
        item = await read_item(ports, tracker, twin.local_key, twin.shadow.traces, _digest)
        context = await rule_context(ports, known.connection, first_sync=twin.version == 0)
        replica = await ports.agreement(known.connection).rules.outgoing(item, context)
    except AccordError as error:
        error.step = error.step or "outgoing"
        return None, error
    told = compose(twin, item, replica, ports.clock.now(), Synced())
    news = told.news or bool(twin.pair_with and not twin.remote_key)
    body = compose_message(told, known.connection, Kind.SYNC, known.sequence)
    return _sent(known.twin, told, item, body, news), None


def _sent(twin: Twin, told: Told, item: Item, body: Message, news: bool) -> Sending:
    before = flatten(twin.shadow.sent) if twin.shadow.sent else {}
    after = flatten(told.replica)
    texts = {sub.id: sub.body for sub in item.comments} | {sub.id: sub.name for sub in item.attachments}
    changed = _sub_items(twin.shadow.traces, told.twin.shadow.traces, texts)
    return Sending(
        news=news,
        fields={path: (before.get(path), after.get(path)) for path in sorted(differing(before, after))},
        comments=changed[SubItem.COMMENT],
        attachments=changed[SubItem.ATTACHMENT],
        message=body.dump(),
    )


def _sub_items(
    before: tuple[Trace, ...], after: tuple[Trace, ...], texts: dict[str, str]
) -> dict[SubItem, tuple[dict[str, str], ...]]:
    known = {(trace.kind, trace.local_id): trace for trace in before}
    changed: dict[SubItem, list[dict[str, str]]] = {kind: [] for kind in SubItem}
    for trace in after:
        old = known.get((trace.kind, trace.local_id))
        change = _change(old, trace)
        if change:
            text = texts.get(trace.local_id or "", "")
            changed[trace.kind].append({"change": change, "id": trace.local_id or "", "text": text})
    return {kind: tuple(lines) for kind, lines in changed.items()}


def _change(old: Trace | None, new: Trace) -> str | None:
    if new.deleted and not (old and old.deleted):
        return "deleted"
    if not new.shown or new.deleted:
        return None
    if old is None or not old.shown:
        return "new"
    return "edited" if old.here != new.here else None


async def _request(ports: Ports, known: _Known) -> Planned:
    twin, head = known.twin, known.requests[0]
    key = twin.local_key or (head.message.pair_with if head.message else None)
    tracker = ports.trackers[known.connection.tracker]
    try:
        item = await read_item(ports, tracker, key, twin.shadow.traces, _digest) if key else None
        context = await rule_context(ports, known.connection, first_sync=twin.peer_version == 0)
        return await planned(ports, known.connection, twin, head, item, context)
    except AccordError as error:
        error.step = error.step or "incoming"
        return Planned("fail", twin.remote_key, stops=error.to_json())


async def _digest(ports: Ports, tracker: Tracker, key: str, attachment_id: str) -> tuple[str, int]:
    """Like `attachment_digest`, but what is read through is kept nowhere."""
    known = await ports.store.read(lambda tx: tx.digest(tracker.name, key, attachment_id))
    if known:
        return known
    digest, size = hashlib.sha256(), 0
    async for chunk in tracker.download(key, attachment_id):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size
