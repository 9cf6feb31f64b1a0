"""What would be sent and written, shown without anything being written, here or elsewhere."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import JsonValue

from accord.errors import AccordError, UnknownThing
from accord.merge.content import text_of
from accord.model import Connection, Item, Kind, Message, SubItem, Trace, Twin, differing, flatten
from accord.operations.find import connection_called, item_and_connection, twin_called, twins_here, twins_there
from accord.operations.preview_here import AgreementOf, planned_here
from accord.operations.preview_request import Planned, planned
from accord.ports import Direction, Entry, Ports, Received, Rules, Tracker, Transaction, asked
from accord.steps.compose import Synced, Told, compose
from accord.steps.compose import message as compose_message
from accord.steps.detect import bring_under_sync
from accord.steps.linked import tellable
from accord.steps.situation import read_item, rule_context


@dataclass(frozen=True)
class Sending:
    """What the outgoing rules make of the item now. Without `news` nothing would go out.

    `fields`: before (as last told) and after, by path of the replica; `comments`, `attachments`, `worklogs` and `links`
    that are new, edited or deleted since; `message` the whole body, as it would travel. `ends`: the rules ask to end
    the sync once that is answered.
    """

    news: bool
    fields: dict[str, tuple[JsonValue, JsonValue]]
    comments: tuple[dict[str, str], ...]
    attachments: tuple[dict[str, str], ...]
    worklogs: tuple[dict[str, str], ...]
    links: tuple[dict[str, str], ...]
    message: dict[str, Any]
    ends: bool = False


@dataclass(frozen=True)
class Preview:
    """An item as sync sees it. `sending` is None where there is no item of ours yet, or it failed (`failed`);
    `request` is what the other side's request that waits first would do here.

    `here`: what the rules would make of what the other side last told, where that was taken over under others. What the
    other side's rules would make of `sending` is its own business, and not known here.
    """

    key: str | None
    remote_key: str | None
    connection: str
    under_sync: bool
    sending: Sending | None = None
    failed: dict[str, Any] | None = None
    request: Planned | None = None
    requests_waiting: int = 0
    here: Planned | None = None


@dataclass(frozen=True)
class Known:
    """A twin, or one that could be (not `under_sync`), with what is known of the other side."""

    connection: Connection
    twin: Twin
    requests: list[Entry] = field(default_factory=list)
    sequence: int = 1
    received: Received | None = None
    under_sync: bool = True


async def preview(ports: Ports, key: str, connection: str | None = None, draft: AgreementOf | None = None) -> Preview:
    """What of an item would be sent now, and what a request waiting for it would write; under the rules in force, or
    under a `draft` of them.

    Runs the rules; reads the item; writes nothing, neither in the tracker nor in the database. Raises UnknownThing,
    NeedsOperator, and the tracker's errors.
    """
    return await preview_known(ports, await _found(ports, key, connection), draft)


async def preview_known(ports: Ports, known: Known, draft: AgreementOf | None = None) -> Preview:
    """The same of what was found already. What goes wrong with the item is in the preview."""
    item, failed = await _item(ports, known)
    former = _former(ports, known, draft)
    tried = replace(ports, agreement=draft) if draft else ports
    sending = here = request = None
    if item is not None and failed is None:
        try:
            sending, here = await _shown(tried, known, item, former)
        except AccordError as error:
            error.step, failed = error.step or "outgoing", error
    if known.requests:
        request = await _request(tried, known, former)
    return Preview(
        key=known.twin.local_key,
        remote_key=known.twin.remote_key or known.twin.pair_with,
        connection=known.connection.name,
        under_sync=known.under_sync,
        sending=sending,
        failed=failed.to_json() if failed else None,
        request=request,
        requests_waiting=len(known.requests),
        here=here,
    )


def _former(ports: Ports, known: Known, draft: AgreementOf | None) -> Rules | None:
    """The rules under which the other side's last replica was taken over, if others are tried now."""
    under = known.received.rules if known.received else 0
    if draft is None and under == known.connection.rules_version:
        return None
    return ports.agreement(known.connection.model_copy(update={"rules_version": under})).rules if under else None


async def _found(ports: Ports, key: str, connection: str | None) -> Known:
    """What is known of an item, and whether it is under sync; ours before the other side's of the same key."""
    if not await ports.store.read(lambda tx: bool(twins_here(tx, key, connection))):
        try:
            item, chosen = await item_and_connection(ports, key, connection)
            return Known(chosen, bring_under_sync(ports, chosen, item.key), under_sync=False)
        except UnknownThing:
            if not await ports.store.read(lambda tx: bool(twins_there(tx, key, connection))):
                raise
    return await ports.store.read(lambda tx: known_twin(tx, ports, twin_called(tx, key, connection)))


def known_twin(tx: Transaction, ports: Ports, twin: Twin) -> Known:
    """What is known of a twin; the rules that it was last synced under are loaded."""
    waiting = [e for e in tx.entries(twin.id, Direction.IN) if e.message and e.acknowledgment is None]
    connection, received = connection_called(tx, twin.connection), tx.received(twin.id)
    for number in {connection.rules_version, received.rules if received else 0}:
        ports.load_rules(tx, connection.model_copy(update={"rules_version": number}))
    return Known(connection, twin, waiting, tx.next_sequence(twin.id), received)


async def _item(ports: Ports, known: Known) -> tuple[Item | None, AccordError | None]:
    twin, tracker = known.twin, ports.trackers[known.connection.tracker]
    if twin.local_key is None:
        return None, None
    try:
        return await read_item(ports, tracker, twin.local_key, twin.shadow.traces, _digest), None
    except AccordError as error:
        error.step = error.step or "outgoing"
        return None, error


async def _shown(ports: Ports, known: Known, item: Item, former: Rules | None) -> tuple[Sending, Planned | None]:
    """What would be written here first, where the rules are new, and what would be sent then. Raises RuleFailed."""
    twin, connection, here = known.twin, known.connection, None
    rules = ports.agreement(connection).rules
    context = await rule_context(ports, connection, twin, first_sync=twin.version == 0)
    replica, synced = await rules.outgoing(item, context), Synced()
    if known.received is not None and former is not None:
        plan, here = await planned_here(ports, connection, twin, known.received, item, context, former)
        if plan.patch:
            before, item = flatten(replica), plan.patch.apply(item)
            replica = await rules.outgoing(item, context)
            synced = Synced(taken=frozenset(differing(before, flatten(replica))))
    tell = await tellable(ports.store, ports.trackers[connection.tracker], twin, item, replica)
    told = compose(tell.twin, item, tell.replica, ports.clock.now(), synced)
    ends = asked(replica).unsync or (here is not None and here.ends)
    news = told.news or ends or bool(twin.pair_with and not twin.remote_key)
    body = compose_message(told, connection, Kind.SYNC, known.sequence)
    return replace(_sent(twin, told, item, body, news), ends=ends), here


def _sent(twin: Twin, told: Told, item: Item, body: Message, news: bool) -> Sending:
    before = flatten(twin.shadow.sent) if twin.shadow.sent else {}
    after = flatten(told.replica)
    texts = {(kind, sub.id): text_of(sub) for kind in SubItem for sub in getattr(item, kind.plural)}
    changed = _sub_items(twin.shadow.traces, told.twin.shadow.traces, texts)
    return Sending(
        news=news,
        fields={path: (before.get(path), after.get(path)) for path in sorted(differing(before, after))},
        comments=changed[SubItem.COMMENT],
        attachments=changed[SubItem.ATTACHMENT],
        worklogs=changed[SubItem.WORKLOG],
        links=changed[SubItem.LINK],
        message=body.dump(),
    )


def _sub_items(
    before: tuple[Trace, ...], after: tuple[Trace, ...], texts: dict[tuple[SubItem, str], str]
) -> dict[SubItem, tuple[dict[str, str], ...]]:
    known = {(trace.kind, trace.local_id): trace for trace in before}
    changed: dict[SubItem, list[dict[str, str]]] = {kind: [] for kind in SubItem}
    for trace in after:
        old = known.get((trace.kind, trace.local_id))
        change = _change(old, trace)
        if change:
            text = texts.get((trace.kind, trace.local_id or ""), "")
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


async def _request(ports: Ports, known: Known, former: Rules | None) -> Planned:
    twin, head = known.twin, known.requests[0]
    key = twin.local_key or (head.message.pair_with if head.message else None)
    tracker = ports.trackers[known.connection.tracker]
    try:
        context = await rule_context(
            ports, known.connection, twin, first_sync=twin.peer_version == 0, message=head.message
        )
        if key is None and head.message and head.message.replica:
            draft = await ports.agreement(known.connection).rules.incoming(head.message.replica, Item(), context)
            key = asked(draft).pair_with
        item = await read_item(ports, tracker, key, twin.shadow.traces, _digest) if key else None
        return await planned(ports, known.connection, twin, head, item, context, former)
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
