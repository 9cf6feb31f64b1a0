"""Writing to the tracker, once only.

What is about to be written is recorded as intents before the first write. A run that finds intents open does not
know what became of them: what was created is found again by its marker, what was updated by its value.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from accord.errors import AccordError, PeerRefused, VersionMismatch, WaitAndRetry
from accord.merge.traces import Creation, Local, SubItemPlan, digest
from accord.model import Attachment, Comment, Intent, Item, Patch, SubItem, Trace, Twin, flatten
from accord.ports import Tracker, Transaction, Written
from accord.steps import record
from accord.steps.amnesia import may_rejoin
from accord.steps.compose import NAMES, bare_item
from accord.steps.plan import Plan
from accord.steps.situation import Situation, marker, read_item, sub_item_marker

NOT_FOUND = 404
GONE = 410


@dataclass
class Outcome:
    """What was written so far: the traces as they now stand, sub-items by id as they were written, and the last version
    that was told (None: the tracker tells none). `last` is the sub-item that was written last, if nothing was after it.

    `missing` are the other side's ids of attachments whose item is out of its reach.
    `rendered` is the item as the tracker showed it right after its fields were written, None where nobody looked, or
    somebody else wrote in between."""

    rendered: Item | None = None
    traces: list[Trace] = field(default_factory=list)
    sub_items: dict[str, Local] = field(default_factory=dict)
    last: str | None = None
    missing: tuple[str, ...] = ()
    updated: bool = False
    version: str | None = None
    writes: int = 0

    def edited(self, local_id: str, wrote: Local) -> None:
        self.sub_items[local_id], self.last = wrote, local_id
        here = digest(wrote)
        self.traces = [t.model_copy(update={"here": here}) if t.local_id == local_id else t for t in self.traces]

    def wrote(self, written: Written) -> None:
        self.writes += 1
        self.version, self.last = written.version, None


async def carry_out(situation: Situation, plan: Plan, item: Item) -> tuple[Situation, Outcome]:
    """Does what the plan says to `item`. Raises VersionMismatch, before anything is written, if it has changed.

    When a write fails, what was done until then is on disk: the next run goes on from there.
    """
    outcome = Outcome(traces=[t for t in situation.twin.shadow.traces if t.kind not in NAMES.values()])
    outcome.traces += [*plan.comments.traces, *plan.attachments.traces]
    if not plan:
        return situation, outcome
    situation = await _record_intents(situation, plan)
    try:
        if plan.patch:
            outcome.wrote(await situation.tracker.update(item.key, plan.patch, item.version))
            outcome.updated = True
            if plan.comments or plan.attachments:
                await _look_again(situation, plan, item, outcome)
        await _comments(situation, plan.comments, item.key, outcome)
        await _attachments(situation, plan.attachments, item.key, outcome)
    except AccordError as error:
        await _record_progress(situation, plan, outcome, error, item)
        raise
    return situation, outcome


async def _look_again(situation: Situation, plan: Plan, item: Item, outcome: Outcome) -> None:
    """What the tracker made of the fields, seen before the next write could hide that a person came in between.

    Raises VersionMismatch if a comment that is to be edited or deleted has been edited meanwhile."""
    key, traces = situation.twin.local_key or "", tuple(outcome.traces)
    found = await read_item(situation.ports, situation.tracker, key, traces)
    outcome.rendered = found if outcome.version in (None, found.version) else None
    bodies = {comment.id: comment.body for comment in found.comments}
    meant = {edit.local_id for edit in plan.comments.edits} | {each.sub.id for each in plan.comments.deletions}
    if any(comment.id in meant and bodies.get(comment.id) != comment.body for comment in item.comments):
        raise VersionMismatch(f"A comment of {key} was changed while the item was written.", item=key)


async def create_item(situation: Situation, draft: Item) -> tuple[Situation, Written | None]:
    """Creates the item of a twin that has none here; the twin then knows its key. None if an earlier run did."""
    twin, tracker = situation.twin, situation.tracker
    begun = next((i for i in twin.shadow.intents if i.operation == "create"), None)
    key, written = None, None
    if begun or await _may_be_made(situation):
        key = await tracker.find(marker(twin))
    if key is None:
        intent = Intent(operation="create", marker=marker(twin), started_at=situation.now())
        situation = await _put(situation, _with_shadow(twin, intents=(intent,)))
        try:
            written = await tracker.create(draft, marker(twin))
        except AccordError as error:
            if _certain(error):
                await _put(situation, _with_shadow(situation.twin, intents=()))
            raise
    made = situation.twin.model_copy(update={"local_key": written.id if written else key})
    return await _put(situation, _with_shadow(made, intents=(), local=bare_item(draft))), written


async def _may_be_made(situation: Situation) -> bool:
    """Whether the item may be there although nothing is written down of it: this database may have been brought back
    from an older copy since, if the request is of an earlier life of this node, or was sent before."""
    entry, connection, now = situation.entry, situation.connection, situation.now()
    if entry.created_at < situation.ports.started_at or (entry.message is not None and entry.message.again):
        return True
    return await situation.ports.store.read(lambda tx: may_rejoin(tx, connection, now))


async def _record_intents(situation: Situation, plan: Plan) -> Situation:
    """What is about to be written, and the conflicts that it decides: the losing values are safe before that."""
    now, earlier = situation.now(), situation.twin.shadow.intents
    lines = record.conflicts(situation, plan.verdicts, (*plan.comments.lost, *plan.attachments.lost))
    known = {key for intent in earlier for key in intent.conflicts}
    keys = tuple(record.conflict_key(line) for line in lines)
    update = Intent(operation="update", started_at=now, target=plan.patch.paths(), conflicts=keys)
    intents = [i for i in earlier if i.operation == "update"] + [update]
    for kind, sub_plan in ((SubItem.COMMENT, plan.comments), (SubItem.ATTACHMENT, plan.attachments)):
        target = next((i.target for i in earlier if i.operation == kind), {})
        target = target | {c.wanted.remote.id: digest(c.wanted.draft) for c in sub_plan.creations}
        intents += [Intent(operation=kind, started_at=now, target=target)] if target else []
    twin = _with_shadow(situation.twin, intents=tuple(intents))

    def work(tx: Transaction) -> None:
        tx.put_twin(twin)
        for line, key in zip(lines, keys, strict=True):
            if key not in known:
                tx.record(line)

    await situation.checkpoint(work)
    return situation.with_twin(twin)


async def _record_progress(situation: Situation, plan: Plan, outcome: Outcome, error: AccordError, item: Item) -> None:
    """What is known of an interrupted run. Where the outcome of a write is unknown its intents stay open."""
    shadow = situation.twin.shadow
    known = {(t.kind, t.local_id) for t in shadow.traces}
    done = [t for t in outcome.traces if t.local_id in outcome.sub_items or (t.local_id and _key(t) not in known)]
    touched = {_key(trace) for trace in done}
    made = {(trace.kind, trace.remote_id) for trace in done}
    here = {comment.id for comment in item.comments} | {file.id for file in item.attachments}
    # What was deleted here and is made anew has one trace: that of the new one.
    gone = {_key(t) for t in shadow.traces if (t.kind, t.remote_id) in made and t.local_id not in here}
    update: dict[str, Any] = {"traces": (*(t for t in shadow.traces if _key(t) not in touched | gone), *done)}
    if _certain(error):
        update["intents"] = ()
        if shadow.local:
            current = flatten(item)
            ours = Patch.of({path: current.get(path) for path in plan.ours_already}).apply(shadow.local)
            update["local"] = plan.patch.apply(ours) if outcome.updated else ours
    await _put(situation, _with_shadow(situation.twin, **update))


def _key(trace: Trace) -> tuple[SubItem, str | None]:
    return trace.kind, trace.local_id


def _certain(error: AccordError) -> bool:
    """Whether the write that failed is known not to have been done."""
    return not isinstance(error, WaitAndRetry) or error.undone


async def wait_for_answers(situation: Situation) -> bool:
    """Lets the lane wait where an earlier run began to create something, and the request may still be on its way into
    the tracker or into its search index: only afterwards can it be known what became of it."""
    known_at = answers_known_at(situation.tracker, situation.twin)
    if known_at is None or known_at <= situation.now():
        return False
    entry, due = situation.entry, known_at
    await situation.checkpoint(lambda tx: tx.lane_ready(entry.twin_id, entry.direction, due))
    return True


def answers_known_at(tracker: Tracker, twin: Twin) -> datetime | None:
    """From when on it shows what became of what was begun to be created."""
    can = tracker.capabilities
    begun = max((i.started_at for i in twin.shadow.intents if i.operation != "update"), default=None)
    return begun and begun + timedelta(seconds=can.answers_within + can.marker_lag)


async def _put(situation: Situation, twin: Twin) -> Situation:
    await situation.checkpoint(lambda tx: tx.put_twin(twin))
    return situation.with_twin(twin)


def _with_shadow(twin: Twin, **update: object) -> Twin:
    return twin.model_copy(update={"shadow": twin.shadow.model_copy(update=update)})


async def _comments(situation: Situation, plan: SubItemPlan, key: str, outcome: Outcome) -> None:
    tracker, can = situation.tracker, situation.tracker.capabilities
    if not can.comments:
        return
    for edit in plan.edits:
        if can.comment_edit and isinstance(edit.draft, Comment):
            header = next((t.header for t in outcome.traces if t.local_id == edit.local_id), "")
            comment = edit.draft.model_copy(update={"id": edit.local_id, "header": header})
            outcome.wrote(await tracker.edit_comment(key, comment))
            outcome.edited(edit.local_id, edit.draft)
    for creation in plan.creations:
        draft = creation.wanted.draft
        if isinstance(draft, Comment):
            mark = sub_item_marker(situation.twin, SubItem.COMMENT, draft.id)
            written = await tracker.add_comment(key, draft, mark)
            _created(outcome, SubItem.COMMENT, creation, written, draft.header)
    for deletion in plan.deletions:
        if can.comment_delete:
            outcome.wrote(await tracker.delete_comment(key, deletion.sub.id))
        else:
            outcome.traces.append(_severed(deletion.trace))


async def _attachments(situation: Situation, plan: SubItemPlan, key: str, outcome: Outcome) -> None:
    tracker, can = situation.tracker, situation.tracker.capabilities
    if not can.attachments:
        return
    for creation in plan.creations:
        draft = creation.wanted.draft
        if isinstance(draft, Attachment):
            content = await _bytes_of(situation, draft, outcome)
            if content is None:
                continue
            mark = sub_item_marker(situation.twin, SubItem.ATTACHMENT, draft.id)
            written = await tracker.add_attachment(key, draft, content, mark)
            _created(outcome, SubItem.ATTACHMENT, creation, written)
            if creation.replaces and can.attachment_delete:
                outcome.wrote(await tracker.delete_attachment(key, creation.replaces))
    for deletion in plan.deletions:
        if can.attachment_delete:
            outcome.wrote(await tracker.delete_attachment(key, deletion.sub.id))
        else:
            outcome.traces.append(_severed(deletion.trace))


def _severed(trace: Trace) -> Trace:
    """The tracker can't delete: it stays here, and is nobody's news."""
    return trace.model_copy(update={"remote_id": None, "version": 0})


def _created(outcome: Outcome, kind: SubItem, creation: Creation, written: Written, header: str = "") -> None:
    outcome.wrote(written)
    wrote, remote = creation.wanted.draft, creation.wanted.remote
    outcome.sub_items[written.id], outcome.last = wrote, written.id
    outcome.traces.append(Trace(kind=kind, local_id=written.id, remote_id=remote.id, here=digest(wrote), header=header))


async def _bytes_of(situation: Situation, attachment: Attachment, outcome: Outcome) -> Path | None:
    """The attachment's bytes on local disk, fetched from the other node where they are not here yet; None if it is not
    there any more: then the other side is about to say so. What is out of its reach may come back, and is missing."""
    blobs, sha256 = situation.ports.blobs, attachment.sha256 or ""
    path = blobs.path(sha256)
    if path:
        return path
    partial = blobs.receiving(sha256)
    try:
        await situation.ports.peers.fetch_blob(situation.connection, sha256, partial)
        return await asyncio.to_thread(blobs.keep, partial, sha256)
    except AccordError as error:
        if isinstance(error, PeerRefused) and error.status in (NOT_FOUND, GONE):
            outcome.missing += (attachment.id,) if error.status == GONE else ()
            return None
        error.scope = "peer"
        raise
