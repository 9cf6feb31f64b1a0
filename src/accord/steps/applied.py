"""A message taken over, and what history tells of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from accord.merge.conflict import Verdict
from accord.merge.traces import LostEdit
from accord.model import ConflictNote, Flat, Item, Message, same
from accord.ports import HistoryEntry
from accord.queue.guard import Damage
from accord.steps import record
from accord.steps.compose import Told
from accord.steps.situation import Situation


@dataclass(frozen=True)
class Applied:
    """A message taken over: the item as the tracker now shows it, told anew, and what happened on the way. `before` is
    our item as the rules saw it, None where they were not run; `under` the version of our
    rules under which it was made, where others are in force by now. `lost_told` are the values that lost, by path of
    our item, as our replica would have told them. `quiet`: nothing can be said of our
    item just now."""

    told: Told
    writes: int = 0
    created: bool = False
    fields: tuple[str, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    lost: tuple[LostEdit, ...] = ()
    damage: Damage = field(default_factory=Damage)
    ends: bool = False
    anew: bool = False
    quiet: bool = False
    before: Item | None = None
    under: int | None = None
    lost_told: dict[str, Flat] = field(default_factory=dict)

    def conflict_notes(self, *, tell_who: bool) -> list[ConflictNote]:
        """For the other side's history, with `tell_who` also who wrote our values."""
        return [self._note(verdict, tell_who) for verdict in self.verdicts if not verdict.chosen]

    def _note(self, v: Verdict, tell_who: bool) -> ConflictNote:
        note = ConflictNote(path=v.path, kept=v.kept, lost=v.lost, winner=v.winner.value if v.winner else "merged")
        told = self.lost_told.get(v.path)
        if not told:
            return note
        ours, theirs = (v.ours_at, v.ours_by if tell_who else None), (v.theirs_at, v.theirs_by)
        kept, lost = (ours, theirs) if same(v.kept, v.ours) else (theirs, ours)
        by = {name: one[1] for name, one in (("kept_by", kept), ("lost_by", lost)) if one[1]}
        return note.model_copy(update={"told": told, "kept_at": kept[0], "lost_at": lost[0], **by})


def entries_for(situation: Situation, step: str, message: Message, applied: Applied) -> list[HistoryEntry]:
    """The history of a message that was applied, and what the guard counts. Conflicts whose outcome was written are
    recorded before the write."""
    item = applied.told.twin.local_key
    theirs = [note.model_dump(mode="json") for note in message.conflicts]
    line = record.entry(
        situation,
        step,
        _summary(applied, message),
        item=item,
        remote=message.key,
        fields=list(applied.fields),
        writes=applied.writes,
        conflicts_there=theirs,
    )
    counted = [record.entry(situation, name, f"{name} in {item}", item=item) for name in applied.damage.steps()]
    found = record.conflicts(situation, applied.verdicts, applied.lost) if not applied.writes else []
    return [line, *found, *record.questions(situation, applied.told.twin), *counted]


def _summary(applied: Applied, message: Message) -> str:
    item = applied.told.twin.local_key
    if applied.created:
        return f"created {item} from {message.key}"
    if not applied.writes:
        return f"{item}: nothing to write"
    fields = f": {', '.join(applied.fields)}" if applied.fields else ""
    return f"updated {item} from {message.key}{fields}"
