"""What people did here to comments and attachments since the last telling."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from accord.merge.content import Local, digest, other_end
from accord.model import SubItem, Trace


@dataclass(frozen=True)
class Observation:
    """What became of our own sub-items of a kind: the traces, and whether there is news to tell."""

    traces: tuple[Trace, ...]
    news: bool


def observe(
    kind: SubItem,
    traces: Sequence[Trace],
    current: Sequence[Local],
    let_out: Collection[str],
    version: int,
    synced: Collection[str],
    written: Collection[str] = (),
    copies: Collection[str] = (),
) -> Observation:
    """Notices what people did here since the last telling, which our state `version` is about to tell.

    `let_out` are the ids that the outgoing rules show, `written` those that sync itself has just written, `synced`
    those of them that nobody has touched since, `copies` those that bear the mark of what sync makes: where one has
    no trace, this database was brought back from an older copy, and it is nobody's news.
    """
    here = {sub.id: sub for sub in current}
    after: list[Trace] = []
    news = False
    for trace in traces:
        if trace.kind is not kind or trace.deleted:
            after.append(trace)
            continue
        sub = here.pop(trace.local_id or "", None)
        observed = (
            _vanished(trace, version, written) if sub is None else _looked_at(trace, sub, let_out, version, synced)
        )
        after += [observed] if observed else []
        news = news or _is_news(trace, observed, synced, written)
    for sub in here.values():
        if sub.id in let_out and sub.id not in copies:
            new = Trace(kind=kind, local_id=sub.id, here=digest(sub), ours=True, shown=True, version=version)
            after.append(new.model_copy(update={"leads_to": other_end(sub)}))
            news = True
    return Observation(tuple(after), news)


def overlook(
    kind: SubItem, traces: Sequence[Trace], current: Sequence[Local], synced: Collection[str], seen: int
) -> tuple[Trace, ...]:
    """The traces while the outgoing rules keep quiet about a kind: what people do meanwhile is noticed once they speak
    of it again, and so is what the other side, which has `seen` that state of ours, may not have taken in. Only what
    sync wrote is taken down."""
    here = {sub.id: sub for sub in current}
    after = []
    for trace in traces:
        if trace.kind is kind:
            written = here.get(trace.local_id or "") if trace.local_id in synced else None
            update: dict[str, Any] = {"here": digest(written), "version": 0} if written else {}
            update |= {"here": None} if trace.version > seen and not written else {}
            hidden = trace.deleted or trace.withdrawn
            update |= {"deleted": False, "withdrawn": False, "shown": True} if hidden else {}
            trace = trace.model_copy(update=update)
        after.append(trace)
    return tuple(after)


def _vanished(trace: Trace, version: int, written: Collection[str]) -> Trace | None:
    """A deletion is told only of what the other side was shown, or of the copy that was just made of what it has."""
    known = trace.shown or trace.local_id in written
    return trace.model_copy(update={"deleted": True, "version": version}) if known else None


def _looked_at(trace: Trace, sub: Local, let_out: Collection[str], version: int, synced: Collection[str]) -> Trace:
    shown = sub.id in let_out
    update: dict[str, Any] = {"here": digest(sub), "shown": shown, "withdrawn": not shown and trace.shown}
    if trace.leads_to != other_end(sub):
        update["leads_to"] = other_end(sub)
    if not shown and trace.withdrawn:
        update["withdrawn"] = True
    if sub.id in synced:
        update["version"] = 0
    elif update["here"] != trace.here or update["withdrawn"] != trace.withdrawn:
        update["version"] = version
    return trace.model_copy(update=update)


def _is_news(before: Trace, after: Trace | None, synced: Collection[str], written: Collection[str]) -> bool:
    if after is None or after.deleted:
        return before.shown or before.local_id in written
    if after.local_id in synced:
        return False
    return after.withdrawn != before.withdrawn or (after.shown and after.here != before.here)
