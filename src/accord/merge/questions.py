"""Fields that wait for a person to choose between two values: what a message may write, and what stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from accord.merge.fields import FieldMerge
from accord.model import Flat, Question, same


@dataclass(frozen=True)
class Waiting:
    """What is known of questions when a message comes in, by paths of the item here.

    `open` are ours, `listed` those that the other side tells of. `seen` is our state version that it knew of.
    `answered` are fields that a person here has chosen without its knowing. `anew`: the message is one that was applied
    before.
    """

    open: Mapping[str, Question]
    listed: Collection[str]
    seen: int
    answered: Collection[str]
    anew: bool = False

    def hold(self, merged: FieldMerge, current: Flat, wanted: Flat) -> tuple[FieldMerge, frozenset[str]]:
        """The merge without the fields that stay as they are, and these. A question whose two values have become the
        same is none any more."""
        held = frozenset(
            path
            for path in self.open.keys() | set(self.listed)
            if not same(wanted.get(path), current.get(path)) and self._stays(path)
        )
        values = {path: value for path, value in merged.values.items() if path not in held}
        return FieldMerge(values, tuple(path for path in merged.contested if path not in held)), held

    def _stays(self, path: str) -> bool:
        if path in self.listed:
            # The other side will hear of our answer; what it has edited meanwhile is judged against that.
            return path not in self.answered
        return not self._released(self.open[path])

    def _released(self, question: Question) -> bool:
        """Whether the other side knows of the question, and does not tell of it any more. What our rules do not send
        it can't know."""
        return bool(question.told) and not self.anew and (question.known or 0 < question.version <= self.seen)
