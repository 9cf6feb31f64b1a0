"""What the other side's item was before a message: its replica without what is new in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from accord.merge.content import Local, Remote, digest
from accord.merge.fields import before_changes
from accord.model import Change, Replica, SubItem, Trace


def before_message(replica: Replica, changed: Mapping[str, Change], traces: Sequence[Trace], known: int) -> Replica:
    """As of the other side's state version `known`: fields as they were, no comments and attachments that are newer.
    What was edited since shows its new text: nobody told the old one."""
    traced = {key for t in traces for key in ((t.kind, True, t.remote_id), (t.kind, False, t.local_id))}

    def was_there(kind: SubItem, sub: Remote) -> bool:
        return sub.version <= known or bool({(kind, True, sub.id), (kind, False, sub.twin_id or "")} & traced)

    before = before_changes(replica, changed, known)
    named = [kind for kind in SubItem if kind.plural in replica.model_fields_set]
    kept = {kind.plural: tuple(s for s in getattr(before, kind.plural) if was_there(kind, s)) for kind in named}
    return before.model_copy(update=kept)


def arrived(remotes: Sequence[Remote], before: Sequence[Local], now: Mapping[str, Local], known: int) -> list[Remote]:
    """The other side's sub-items, those as new that come to be let in, or to look otherwise, though nobody changed them
    there: the item at the other end of a link has come under sync. `before` and `now` are their drafts."""
    was = {sub.id: digest(sub) for sub in before}
    return [
        remote.model_copy(update={"version": known + 1})
        if remote.version <= known and remote.id in now and was.get(remote.id) != digest(now[remote.id])
        else remote
        for remote in remotes
    ]
