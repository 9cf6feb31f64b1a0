"""What people wrote and what became of it, kept outside of Accord."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from accord.model import Item, Patch, flatten
from tests.simulation.tokens import tokens

LONG = frozenset({"description"})
JUST_NOW = 20.0  # seconds


@dataclass(frozen=True)
class Write:
    """Sync asked for values with the tokens `asked`, by a patch where it was fields, and made `after` of `before`. A
    tracker that is not `versioned` takes also what comes too late."""

    before: Item | None
    after: Item | None
    patch: Patch | None
    asked: set[str]
    versioned: bool


class Ledger:
    """Accounts for every token that a person wrote.

    `replaced`: a person who had it before their eyes wrote something else or deleted it. `tracker_made`: a tracker's
    own workflow or limit did. `blind`: sync wrote over it before it could know of it, at a tracker (or for a comment)
    that takes every write: nobody can help that. `unsure`: items of such a tracker where a person changed a label so
    soon after sync did that nobody can tell the two apart. `rolled_back`: it was in a history that an older copy
    replaced. `unordered`: paths that rules kept quiet about for a while, and then began to agree on
    as two items that are paired.
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self.written: dict[str, str] = {}
        self.replaced: set[str] = set()
        self.tracker_made: set[str] = set()
        self.blind: set[str] = set()
        self.rolled_back: set[str] = set()
        self.unsure: set[tuple[str, str]] = set()
        self._order = count(1)
        self.edits = self.writes = 0
        self.out_of_order: list[str] = []
        self._decided: set[str] = set()
        self.unordered: set[str] = set()
        self._labelled: dict[tuple[str, str], float] = {}
        self._arrived: dict[tuple[str, str, str], float] = {}
        self._seen: dict[tuple[str, str], set[str]] = {}
        self._set_by: dict[str, tuple[str, int]] = {}
        self._applied: dict[tuple[str, str, str, str], int] = {}

    def person_wrote(self, tracker: str, key: str, before: Item | None, after: Item | None) -> None:
        """A person made `after` of `before`."""
        self.edits += 1
        order = next(self._order)
        was, now = tokens(before), tokens(after)
        self.replaced |= was - now
        self._arrive(tracker, key, now - was)
        if before and after and before.labels != after.labels:
            labelled = self._labelled.get((tracker, key))
            self.unsure |= {(tracker, key)} if labelled is not None and self._now() - labelled < JUST_NOW else set()
        for token in now - was:
            self._set_by[token] = (tracker, order)
            self.written.setdefault(token, f"{tracker} {key}")

    def set_again(self, tracker: str, token: str) -> None:
        """A person went back to a value of theirs."""
        self._set_by[token] = (tracker, next(self._order))

    def people_decided(self, token: str) -> None:
        """A value was chosen or restored: nothing says any more when it should come after what."""
        self._decided.add(token)

    def pairs_changed(self) -> None:
        """An item may agree with another one now, whose values were written in another order."""
        self._applied.clear()

    def sync_read(self, tracker: str, item: Item) -> None:
        self._seen[tracker, item.key] = tokens(item)

    def sync_wrote(self, tracker: str, key: str, write: Write) -> None:
        """Sync wrote to a tracker."""
        self.writes += 1
        gone = tokens(write.before) - tokens(write.after)
        overwritten = gone & _at(write.before, write.patch) if write.patch and write.before else gone
        self.tracker_made |= gone - overwritten
        self.tracker_made |= write.asked - tokens(write.after)
        if not (write.versioned and write.patch):
            self.blind |= overwritten - self._seen.get((tracker, key), set())
        if not write.versioned:
            self._labelled[tracker, key] = self._now()
            self.blind |= {t for t in overwritten if self._now() - self._arrived.get((tracker, key, t), 0.0) < JUST_NOW}
        elif write.patch:
            self._check_order(tracker, key, write.patch)
        self._arrive(tracker, key, tokens(write.after) - tokens(write.before))

    def _arrive(self, tracker: str, key: str, found: set[str]) -> None:
        for token in found:
            self._arrived[tracker, key, token] = self._now()

    def _check_order(self, tracker: str, key: str, patch: Patch) -> None:
        """What one tracker's people wrote arrives at another one in the order in which they wrote it."""
        for path, value in patch.values.items():
            if path in LONG or path in self.unordered or not isinstance(value, str):
                continue
            for token in tokens(value) - self._decided:
                author, order = self._set_by.get(token, (tracker, 0))
                place = (tracker, key, path, author)
                if author != tracker and order < self._applied.get(place, 0):
                    self.out_of_order.append(f"{token} was written to {path} of {key} after something newer")
                self._applied[place] = max(order, self._applied.get(place, 0))


def _at(item: Item | None, patch: Patch) -> set[str]:
    flat = flatten(item) if item else {}
    return {token for path in patch.values for token in tokens(str(flat.get(path)))}
