"""Writing comments, work logs, attachments and links, and what came of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from accord.errors import AccordError, Forbidden, ItemGone, PeerRefused
from accord.merge.content import Local, digest, other_end
from accord.merge.marks import sub_item_mark
from accord.merge.traces import Creation, SubItemPlan
from accord.model import Attachment, Comment, Item, Link, SubItem, Trace, WorkLog
from accord.ports import Written
from accord.steps.compose import SubItemId
from accord.steps.situation import Situation

NOT_FOUND = 404
GONE = 410


def trace_id(trace: Trace) -> tuple[SubItem, str | None]:
    """By what a trace is known here."""
    return trace.kind, trace.local_id


@dataclass
class Outcome:
    """What was written so far: the traces as they now stand, sub-items by kind and id as they were written, and the
    last version that was told (None: the tracker tells none). `last` is the sub-item that was written last, if nothing
    was written after it.

    `missing` are the other side's ids of attachments whose item is out of its reach.
    `rendered` is the item as the tracker showed it right after its fields were written, None where nobody looked, or
    somebody else wrote in between."""

    rendered: Item | None = None
    traces: list[Trace] = field(default_factory=list)
    sub_items: dict[SubItemId, Local] = field(default_factory=dict)
    last: SubItemId | None = None
    missing: tuple[str, ...] = ()
    updated: bool = False
    version: str | None = None
    writes: int = 0

    def edited(self, kind: SubItem, local_id: str, wrote: Local) -> None:
        self.last = kind, local_id
        self.sub_items[self.last], here = wrote, digest(wrote)
        self.traces = [t.model_copy(update={"here": here}) if trace_id(t) == self.last else t for t in self.traces]

    def wrote(self, written: Written) -> None:
        self.writes += 1
        self.version, self.last = written.version, None


async def write_comments(situation: Situation, plan: SubItemPlan, key: str, outcome: Outcome) -> None:
    tracker, can = situation.tracker, situation.tracker.capabilities
    if not can.comments:
        return
    for edit in plan.edits:
        if can.comment_edit and isinstance(edit.draft, Comment):
            header = next((t.header for t in outcome.traces if trace_id(t) == (SubItem.COMMENT, edit.local_id)), "")
            comment = edit.draft.model_copy(update={"id": edit.local_id, "header": header})
            outcome.wrote(await tracker.edit_comment(key, comment))
            outcome.edited(SubItem.COMMENT, edit.local_id, edit.draft)
    for creation in plan.creations:
        draft = creation.wanted.draft
        if isinstance(draft, Comment):
            mark = sub_item_mark(situation.twin.id, SubItem.COMMENT, draft.id)
            written = await tracker.add_comment(key, draft, mark)
            _created(outcome, SubItem.COMMENT, creation, written, draft.header)
    for deletion in plan.deletions:
        if can.comment_delete:
            outcome.wrote(await tracker.delete_comment(key, deletion.sub.id))
        else:
            outcome.traces.append(_severed(deletion.trace))


async def write_worklogs(situation: Situation, plan: SubItemPlan, key: str, outcome: Outcome) -> None:
    tracker, can = situation.tracker, situation.tracker.capabilities
    if not can.worklogs:
        return
    for edit in plan.edits:
        if can.worklog_edit and isinstance(edit.draft, WorkLog):
            header = next((t.header for t in outcome.traces if trace_id(t) == (SubItem.WORKLOG, edit.local_id)), "")
            worklog = edit.draft.model_copy(update={"id": edit.local_id, "header": header})
            outcome.wrote(await tracker.edit_worklog(key, worklog))
            outcome.edited(SubItem.WORKLOG, edit.local_id, edit.draft)
    for creation in plan.creations:
        draft = creation.wanted.draft
        if isinstance(draft, WorkLog):
            mark = sub_item_mark(situation.twin.id, SubItem.WORKLOG, draft.id)
            written = await tracker.add_worklog(key, draft, mark)
            _created(outcome, SubItem.WORKLOG, creation, written, draft.header)
    for deletion in plan.deletions:
        if can.worklog_delete:
            outcome.wrote(await tracker.delete_worklog(key, deletion.sub.id))
        else:
            outcome.traces.append(_severed(deletion.trace))


async def write_attachments(situation: Situation, plan: SubItemPlan, key: str, outcome: Outcome) -> None:
    tracker, can = situation.tracker, situation.tracker.capabilities
    if not can.attachments:
        return
    for creation in plan.creations:
        draft = creation.wanted.draft
        if isinstance(draft, Attachment):
            content = await _bytes_of(situation, draft, outcome)
            if content is None:
                continue
            mark = sub_item_mark(situation.twin.id, SubItem.ATTACHMENT, draft.id)
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
    outcome.last = kind, written.id
    outcome.sub_items[outcome.last] = wrote
    made = Trace(kind=kind, local_id=written.id, remote_id=remote.id, here=digest(wrote), header=header)
    outcome.traces.append(made.model_copy(update={"leads_to": other_end(wrote)}))


async def write_links(situation: Situation, plan: SubItemPlan, key: str, outcome: Outcome) -> None:
    tracker, can = situation.tracker, situation.tracker.capabilities
    if not can.links:
        return
    for creation in plan.creations:
        draft = creation.wanted.draft
        if isinstance(draft, Link) and (draft.key or can.web_links):
            try:
                written = await tracker.add_link(key, draft)
            except (ItemGone, Forbidden) as gone:
                if gone.item != draft.key:
                    raise
                # The item at its other end was deleted here, which the other side is about to hear.
                continue
            _created(outcome, SubItem.LINK, creation, written)
            if creation.replaces and creation.replaces != written.id and can.link_delete:
                outcome.wrote(await tracker.delete_link(key, creation.replaces))
    for deletion in plan.deletions:
        if can.link_delete:
            outcome.wrote(await tracker.delete_link(key, deletion.sub.id))
        else:
            outcome.traces.append(_severed(deletion.trace))


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
