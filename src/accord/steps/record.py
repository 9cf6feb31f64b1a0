"""What a step leaves behind for people: who, when, which fields, which conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from accord.merge.conflict import Verdict
from accord.merge.traces import LostEdit
from accord.model import Twin, flatten
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
        details={name: _plain(value) for name, value in details.items() if value},
    )


def conflicts(situation: Situation, verdicts: Sequence[Verdict], lost: Sequence[LostEdit]) -> list[HistoryEntry]:
    """One line for each conflict, with the value that lost: people can see it, and restore it."""
    lines = [_of_verdict(situation, verdict) for verdict in verdicts]
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


def _of_verdict(situation: Situation, v: Verdict) -> dict[str, Any]:
    """`ours_at` and `theirs_at` tell when the two values were written, `ours_by` and `theirs_by` who wrote them, where
    that is known."""
    ours_kept = v.winner is situation.connection.side
    line: dict[str, Any] = {
        "field": v.path,
        "kept": v.kept,
        "lost": v.lost,
        "base": v.base,
        "winner": v.winner or "merged",
    }
    line |= {"policy": v.policy, "ours_at": v.ours_at, "theirs_at": v.theirs_at}
    line |= {"ours_by": v.ours_by, "theirs_by": v.theirs_by}
    if v.winner is not None:
        line["ours"], line["theirs"] = (v.kept, v.lost) if ours_kept else (v.lost, v.kept)
    return line | ({"chosen": "on the other side"} if v.chosen else {})


def questions(situation: Situation, after: Twin) -> list[HistoryEntry]:
    """One line for each question that was opened, and for each that the two sides' values closed by being the same."""
    before, now, item = situation.twin.shadow, after.shadow, after.local_key
    lines = []
    ours = flatten(now.local) if now.local else {}
    for path, asked in now.questions.items():
        if path not in before.questions:
            values: dict[str, Any] = {"field": path, "ours": ours.get(path), "theirs": asked.theirs, "base": asked.base}
            values |= {"ours_at": asked.ours_at, "theirs_at": asked.theirs_at}
            values |= {"ours_by": asked.ours_by, "theirs_by": asked.theirs_by}
            summary = f"{path} of {item} was changed on both sides: a person must choose"
            lines.append(entry(situation, "asked", summary, item=item, **values))
    for path in before.questions.keys() - now.questions.keys() - before.decisions.keys():
        summary = f"{path} of {item} is no question any more"
        lines.append(entry(situation, "agreed", summary, item=item, field=path, value=ours.get(path)))
    return lines


def conflict_key(line: HistoryEntry) -> str:
    """Tells whether a conflict was recorded by an earlier run of the same step."""
    return f"{line.details.get('field')}:{line.details.get('id')}:{line.details.get('lost')}"


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
