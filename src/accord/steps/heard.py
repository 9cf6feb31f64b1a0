"""Conflicts that the other side has judged: each goes into the history here as well, in our own fields, so that what
lost can be restored on either side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from accord.errors import RuleFailed
from accord.merge.fields import before_changes
from accord.model import Change, ConflictNote, Item, Message, Side, Twin, differing, flatten
from accord.ports import HistoryEntry, Transaction
from accord.steps import record
from accord.steps.judge import NEWER
from accord.steps.situation import Situation

LOOKED_BACK = 50
SIDES = frozenset(side.value for side in Side)


async def heard(situation: Situation, message: Message) -> list[HistoryEntry]:
    """The lines of history. What our rules do not take is none of ours."""
    item, notes = (
        situation.twin.shadow.local,
        [note for note in message.conflicts if note.told and note.winner in SIDES],
    )
    if item is None or not notes or message.replica is None:
        return []
    context = await situation.context(first_sync=False, message=message)
    rules, found = situation.agreement.rules, list[HistoryEntry]()
    for note in notes:
        there = {path: Change(at=situation.now(), version=NEWER, base=value) for path, value in note.told.items()}
        lost = before_changes(message.replica, there, 0)
        try:
            drafts = [await rules.incoming(one, item, context) for one in (message.replica, lost)]
        except RuleFailed:
            continue
        found += _lines(situation, note, *drafts)
    return found


def _lines(situation: Situation, note: ConflictNote, kept: Item, lost: Item) -> Iterable[HistoryEntry]:
    now, then, key = flatten(kept), flatten(lost), situation.twin.local_key
    ours = situation.connection.side is Side(note.winner)
    for path in sorted(differing(now, then)):
        values = {"kept": now.get(path), "lost": then.get(path)}
        one, other = ("kept", "lost") if ours else ("lost", "kept")
        at, by = {"kept": note.kept_at, "lost": note.lost_at}, {"kept": note.kept_by, "lost": note.lost_by}
        told = situation.twin.shadow.unseen.get(path)
        details: dict[str, Any] = {
            "field": path,
            **values,
            "winner": note.winner,
            "ours": values[one],
            "theirs": values[other],
        }
        details |= {"ours_at": at[one], "theirs_at": at[other], "judged": "on the other side"}
        # They know who wrote ours only where we tell them.
        details |= {"ours_by": by[one] or (told.by if told else None), "theirs_by": by[other]}
        yield record.entry(situation, "conflict", f"conflict on {path} of {key}", item=key, **details)


def record_heard(tx: Transaction, twin: Twin, lines: Sequence[HistoryEntry]) -> None:
    """Keeps those that were not judged here as well."""
    if not lines:
        return
    known = {record.conflict_key(line) for line in tx.history(twin.id, limit=LOOKED_BACK) if line.step == "conflict"}
    for line in lines:
        if record.conflict_key(line) not in known:
            tx.record(line)
