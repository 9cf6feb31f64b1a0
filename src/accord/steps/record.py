"""What a step leaves behind for people: who, when, which fields, which conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from accord.merge.conflict import Verdict
from accord.merge.traces import LostEdit
from accord.ports import HistoryEntry
from accord.steps.situation import Situation


def entry(situation: Situation, step: str, summary: str, **details: Any) -> HistoryEntry:
    """A line of history for this twin, with the version of the rules. Details that are empty are left out."""
    details["rules"] = situation.connection.rules_version
    return HistoryEntry(
        at=situation.now(),
        connection_id=situation.connection.id,
        twin_id=situation.twin.id,
        step=step,
        summary=summary,
        details={name: value for name, value in details.items() if value},
    )


def conflicts(situation: Situation, verdicts: Sequence[Verdict], lost: Sequence[LostEdit]) -> list[HistoryEntry]:
    """One line for each conflict, with the value that lost: people can see it, and restore it."""
    lines = [
        {"field": v.path, "kept": v.kept, "lost": v.lost, "base": v.base, "winner": v.winner or "merged"}
        for v in verdicts
    ]
    lines += [
        {
            "field": edit.kind.value,
            "id": edit.local_id,
            "kept": edit.ours if edit.kept_here else edit.theirs,
            "lost": edit.theirs if edit.kept_here else edit.ours,
        }
        for edit in lost
    ]
    item = situation.twin.local_key
    return [entry(situation, "conflict", f"conflict on {line['field']} of {item}", item=item, **line) for line in lines]


def conflict_key(line: HistoryEntry) -> str:
    """Tells whether a conflict was recorded by an earlier run of the same step."""
    return f"{line.details.get('field')}:{line.details.get('id')}:{line.details.get('lost')}"
