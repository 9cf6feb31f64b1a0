"""Merge of sub-items (comments, attachments, work logs, links) as sets of traces, with edits and deletions.

What the other side shows for the first time is created here; what it edits is edited; what it says is removed is
deleted. An edit against a deletion keeps the sub-item; of two concurrent edits the side wins on which it
was written first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from accord.merge.content import (
    DELETED,
    Local,
    Remote,
    digest,
    header_before,
    header_of,
    marker_of,
    other_end,
    says_all,
    text_of,
    without_header,
)
from accord.model import Comment, Removal, SubItem, Trace, WorkLog


@dataclass(frozen=True)
class Shown:
    """A sub-item as the other side shows it, and as our rules want it to look here (None: not let in)."""

    remote: Remote
    draft: Local | None


@dataclass(frozen=True)
class Wanted:
    """A sub-item of the other side that our rules let in."""

    remote: Remote
    draft: Local


@dataclass(frozen=True)
class Creation:
    """Create the copy of what is `wanted`; the local sub-item `replaces` goes once it exists."""

    wanted: Wanted
    replaces: str | None = None


@dataclass(frozen=True)
class Edit:
    """Make the sub-item `local_id` look like `draft`."""

    local_id: str
    draft: Local


@dataclass(frozen=True)
class Deletion:
    """Delete `sub`, which the other side removed; if our rules would not let it in, `trace` just stays."""

    trace: Trace
    sub: Local


@dataclass(frozen=True)
class LostEdit:
    """An edit or deletion of a sub-item that lost against a concurrent change."""

    kind: SubItem
    local_id: str
    kept_here: bool
    ours: str
    theirs: str


@dataclass
class SubItemPlan:
    """What to do to one item's sub-items of a kind, and the traces as they stand when it is done (those of
    `creations` come about as they are carried out)."""

    creations: list[Creation] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    traces: list[Trace] = field(default_factory=list)
    lost: list[LostEdit] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.creations or self.edits or self.deletions)


@dataclass(frozen=True)
class SubItemMerge:
    """The merge of one kind of sub-items of one twin.

    `seen` is our state version that the other side knew when it made the replica, `known` the latest of its own that
    was applied here, `removed` what it says is gone, `first` that the items are being paired, `attempted` what an
    earlier run may have created (digests by the other side's ids), `marker` the mark that a copy made here carries.
    """

    kind: SubItem
    traces: Sequence[Trace]
    current: Sequence[Local]
    seen: int
    known: int
    removed: Sequence[Removal]
    first: bool
    attempted: Mapping[str, JsonValue]
    marker: Callable[[str], str]

    def plan(self, shown: Sequence[Shown]) -> SubItemPlan:
        """What the other side's sub-items, as shown, ask to be done here. What our rules do not let in is shown
        without a draft."""
        plan = SubItemPlan()
        here = {sub.id: sub for sub in self.current}
        left = [trace for trace in self.traces if trace.kind is self.kind]
        left += self._untraced_copies(left)
        for one in shown:
            found = [t for t in left if _matches(t, one.remote.id, one.remote.twin_id)]
            trace = min(found, key=lambda t: t.deleted, default=None)
            if trace:
                left.remove(trace)
            if one.draft is None or self._is_said(plan, one.draft, trace):
                plan.traces += [_named(trace, one.remote)] if trace else []
            else:
                self._plan_one(plan, trace, Wanted(one.remote, one.draft), here)
        for trace in left:
            if trace.local_id and any(t.local_id == trace.local_id for t in plan.traces):
                continue
            if self._is_removed(trace):
                self._removed(plan, trace, here.get(trace.local_id or ""))
            else:
                plan.traces.append(trace)
        return plan

    def _is_said(self, plan: SubItemPlan, draft: Local, trace: Trace | None) -> bool:
        """Whether another link of the other side's stands for the same one here already: several kinds over there may
        be one here."""
        if not says_all(draft) or (trace is not None and trace.local_id and not trace.deleted):
            return False
        wanted = digest(draft)
        here = {sub.id: digest(sub) for sub in self.current}
        traced = {t.local_id for t in self._kept(plan)}
        return any(digest(c.wanted.draft) == wanted for c in plan.creations) or any(
            here.get(local_id or "") == wanted for local_id in traced
        )

    def _kept(self, plan: SubItemPlan) -> list[Trace]:
        """The pairs that stay, as far as it is known by now."""
        before = [t for t in self.traces if t.kind is self.kind and not t.deleted and not self._is_removed(t)]
        return [trace for trace in (*before, *plan.traces) if trace.remote_id is not None]

    def _plan_one(self, plan: SubItemPlan, trace: Trace | None, one: Wanted, here: dict[str, Local]) -> None:
        if trace is None:
            # What is not new was here, and was deleted, or was not let in at its time.
            self._create(plan, one, here, wanted=self.first or self._edited_there(one))
        elif trace.deleted:
            self._shown_though_deleted_here(plan, trace, one, here)
        else:
            self._shown_again(plan, trace, one, here)

    def _create(self, plan: SubItemPlan, one: Wanted, here: dict[str, Local], *, wanted: bool = True) -> bool:
        """Plans a creation, unless the sub-item is here already; says whether it is."""
        adopted = self._adopted(plan, one, here)
        if adopted is None:
            plan.creations += [Creation(one)] if wanted else []
        elif adopted.here == digest(one.draft):
            plan.traces.append(adopted)
        else:
            self._shown_again(plan, adopted, one, here)
        return adopted is not None

    def _adopted(self, plan: SubItemPlan, one: Wanted, here: dict[str, Local]) -> Trace | None:
        """A sub-item that is here already: made by a run that did not live to write it down, or equal at pairing."""
        traced = {t.local_id for t in (*self.traces, *plan.traces) if t.kind is self.kind and not t.deleted}
        if says_all(one.draft):
            # Made on both sides, or removed and made again over there, it is the same link.
            traced = {t.local_id for t in self._kept(plan)}
        mark, wrote = self.marker(one.remote.id), str(self.attempted.get(one.remote.id) or "")
        header = header_of(one.draft)
        for sub in here.values():
            if sub.id in traced:
                continue
            if marker_of(sub) == mark or (wrote and digest(without_header(sub, header)) == wrote):
                made = Trace(kind=self.kind, local_id=sub.id, here=wrote or digest(one.draft), header=header)
                return _named(made.model_copy(update={"leads_to": other_end(sub)}), one.remote)
            if (self.first or says_all(sub)) and digest(without_header(sub, header)) == digest(one.draft):
                same = Trace(kind=self.kind, local_id=sub.id, here=digest(one.draft), header=_header_of(sub, header))
                return _named(same.model_copy(update={"leads_to": other_end(sub)}), one.remote)
        return None

    def _untraced_copies(self, traces: Sequence[Trace]) -> list[Trace]:
        """Copies that a run made which did not live to write it down, of what the other side has removed since."""
        gone = [one.id for one in self.removed if one.id and not any(_matches(t, one.id, one.twin_id) for t in traces)]
        traced, found = {trace.local_id for trace in traces}, list[Trace]()
        for remote_id in gone:
            mark, wrote = self.marker(remote_id), str(self.attempted.get(remote_id) or "")
            for sub in self.current if wrote else ():
                header = header_before(sub, wrote)
                if sub.id not in traced and (marker_of(sub) == mark or (marker_of(sub) is None and header is not None)):
                    copy = Trace(kind=self.kind, local_id=sub.id, remote_id=remote_id, here=wrote, header=header or "")
                    traced, found = {*traced, sub.id}, [*found, copy]
                    break
        return found

    def _shown_though_deleted_here(self, plan: SubItemPlan, trace: Trace, one: Wanted, here: dict[str, Local]) -> None:
        """The other side had not seen the deletion; unless it has edited meanwhile, it will follow."""
        if self._edited_there(one):
            self._create(plan, one, here)
            plan.lost.append(LostEdit(self.kind, trace.local_id or "", False, DELETED, text_of(one.draft)))
        else:
            plan.traces.append(_named(trace, one.remote))

    def _shown_again(self, plan: SubItemPlan, trace: Trace, one: Wanted, here: dict[str, Local]) -> None:
        named, sub = _named(trace, one.remote), here.get(trace.local_id or "")
        if not self._edited_there(one):
            # Where items are paired anew, the copy may have stayed behind unseen: it is told what is here.
            behind = self.first and trace.ours and sub is not None and digest(sub) != digest(one.draft)
            plan.traces.append(named.model_copy(update={"here": None}) if behind else named)
        elif sub is None:
            self._create(plan, one, here)
        elif digest(sub) == digest(one.draft):
            plan.traces.append(named.model_copy(update={"here": digest(sub)}))
        elif self._edited_here(trace, sub) and trace.ours:
            plan.lost.append(LostEdit(self.kind, sub.id, True, text_of(sub), text_of(one.draft)))
            plan.traces.append(named)
        else:
            if self._edited_here(trace, sub):
                plan.lost.append(LostEdit(self.kind, sub.id, False, text_of(sub), text_of(one.draft)))
            self._edit(plan, named, sub, one, here)

    def _edit(self, plan: SubItemPlan, trace: Trace, sub: Local, one: Wanted, here: dict[str, Local]) -> None:
        """A comment or work log is edited; a file is replaced by its new content."""
        if isinstance(sub, Comment | WorkLog):
            plan.edits.append(Edit(sub.id, one.draft))
            plan.traces.append(trace)
        elif self._create(plan, one, here, wanted=False):
            plan.deletions.append(Deletion(trace, sub))
        else:
            plan.creations.append(Creation(one, replaces=sub.id))

    def _is_removed(self, trace: Trace) -> bool:
        return trace.kind is self.kind and any(_matches(trace, one.id, one.twin_id) for one in self.removed)

    def _removed(self, plan: SubItemPlan, trace: Trace, sub: Local | None) -> None:
        if trace.deleted or sub is None:
            return
        if self._edited_here(trace, sub):
            plan.lost.append(LostEdit(self.kind, sub.id, True, text_of(sub), DELETED))
            plan.traces.append(trace.model_copy(update={"remote_id": None, "here": None, "ours": True, "header": ""}))
        else:
            plan.deletions.append(Deletion(trace, sub))

    def _edited_there(self, one: Wanted) -> bool:
        return one.remote.version > self.known

    def _edited_here(self, trace: Trace, sub: Local) -> bool:
        return digest(without_header(sub, trace.header)) != trace.here or trace.version > self.seen


def _header_of(sub: Local, header: str) -> str:
    return header if without_header(sub, header) != sub else ""


def _matches(trace: Trace, remote_id: str | None, local_id: str | None) -> bool:
    if trace.remote_id is not None and trace.remote_id == remote_id:
        return True
    return trace.local_id is not None and trace.local_id == local_id


def _named(trace: Trace, remote: Remote) -> Trace:
    return trace.model_copy(update={"remote_id": remote.id})
