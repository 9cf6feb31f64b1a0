"""What a step leaves behind for people: who, when, which fields, which conflicts."""

from __future__ import annotations

from typing import Any

from accord.model import Message
from accord.ports import HistoryEntry
from accord.steps.apply import Applied
from accord.steps.situation import Situation


def entry(situation: Situation, step: str, summary: str, **details: Any) -> HistoryEntry:
    """A line of history for this twin. Details that are empty are left out."""
    return HistoryEntry(
        at=situation.now(),
        connection_id=situation.connection.id,
        twin_id=situation.twin.id,
        step=step,
        summary=summary,
        details={name: value for name, value in details.items() if value},
    )


def entries_for(situation: Situation, step: str, message: Message, applied: Applied) -> list[HistoryEntry]:
    """The history of a message that was applied, and what the guard counts."""
    item = applied.told.twin.local_key
    conflicts = [
        {"field": v.path, "kept": v.kept, "lost": v.lost, "base": v.base, "winner": v.winner or "merged"}
        for v in applied.verdicts
    ]
    conflicts += [
        {
            "field": lost.kind.value,
            "id": lost.local_id,
            "kept": lost.ours if lost.kept_here else lost.theirs,
            "lost": lost.theirs if lost.kept_here else lost.ours,
        }
        for lost in applied.lost
    ]
    theirs = [note.model_dump(mode="json") for note in message.conflicts]
    line = entry(
        situation,
        step,
        _summary(applied, message),
        item=item,
        remote=message.key,
        fields=list(applied.fields),
        writes=applied.writes,
        conflicts=conflicts,
        conflicts_there=theirs,
    )
    counted = [entry(situation, name, f"{name} in {item}", item=item) for name in applied.damage.steps()]
    return [line, *counted]


def _summary(applied: Applied, message: Message) -> str:
    item = applied.told.twin.local_key
    if applied.created:
        return f"created {item} from {message.key}"
    if not applied.writes:
        return f"{item}: nothing to write"
    fields = f": {', '.join(applied.fields)}" if applied.fields else ""
    return f"updated {item} from {message.key}{fields}"
