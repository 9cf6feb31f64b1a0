"""What people wrote and what became of it, kept outside of Accord."""

from __future__ import annotations

from accord.model import Item, Patch, flatten
from tests.simulation.tokens import number_of, tokens

LONG = frozenset({"description"})


class Ledger:
    """Accounts for every token that a person wrote.

    `replaced`: a person who had it before their eyes wrote something else or deleted it. `tracker_made`: a tracker's
    own workflow or limit did. `blind`: sync wrote over it before it could know of it, at a tracker (or for a comment)
    that takes every write: nobody can help that.
    """

    def __init__(self) -> None:
        self.written: dict[str, str] = {}
        self.replaced: set[str] = set()
        self.tracker_made: set[str] = set()
        self.blind: set[str] = set()
        self.overwritten: set[str] = set()
        self.edits = self.writes = 0
        self.out_of_order: list[str] = []
        self._seen: dict[tuple[str, str], set[str]] = {}
        self._set_by: dict[str, tuple[str, int]] = {}
        self._applied: dict[tuple[str, str, str, str], int] = {}

    def person_wrote(self, tracker: str, key: str, number: int, before: Item | None, after: Item | None) -> None:
        """A person made `after` of `before`."""
        self.edits += 1
        was, now = tokens(before), tokens(after)
        self.replaced |= was - now
        for token in now - was:
            self._set_by[token] = (tracker, number)
            self.written.setdefault(token, f"{tracker} {key}")

    def set_again(self, tracker: str, token: str, number: int) -> None:
        """A person went back to a value of theirs."""
        self._set_by[token] = (tracker, number)

    def sync_read(self, tracker: str, item: Item) -> None:
        self._seen[tracker, item.key] = tokens(item)

    def sync_wrote(
        self, tracker: str, key: str, before: Item | None, after: Item | None, patch: Patch | None, *, versioned: bool
    ) -> None:
        """Sync made `after` of `before`, by a patch where it was the fields. A tracker that is not `versioned` also
        takes what comes too late."""
        self.writes += 1
        gone = tokens(before) - tokens(after)
        overwritten = gone & _at(before, patch) if patch and before else gone
        self.tracker_made |= gone - overwritten
        self.overwritten |= overwritten
        self.blind |= overwritten - self._seen.get((tracker, key), set())
        if patch and versioned:
            self._check_order(tracker, key, patch)

    def _check_order(self, tracker: str, key: str, patch: Patch) -> None:
        """What one tracker's people wrote arrives at another one in the order in which they wrote it."""
        for path, value in patch.values.items():
            if path in LONG or not isinstance(value, str):
                continue
            for token in tokens(value):
                author, number = self._set_by.get(token, (tracker, number_of(token)))
                place = (tracker, key, path, author)
                if author != tracker and number < self._applied.get(place, -1):
                    self.out_of_order.append(f"{token} was written to {path} of {key} after something newer")
                self._applied[place] = max(number, self._applied.get(place, -1))


def _at(item: Item | None, patch: Patch) -> set[str]:
    flat = flatten(item) if item else {}
    return {token for path in patch.values for token in tokens(str(flat.get(path)))}
