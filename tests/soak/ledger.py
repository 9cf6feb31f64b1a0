"""What people wrote, and what became of it by people's hands: the base for telling what sync lost."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from tests.soak.tokens import Token, tokens_in


@dataclass
class Fate:
    """One value. `replaced` holds the places where a person replaced or deleted it, having it in sight."""

    token: Token
    place: str
    replaced: set[str] = field(default_factory=set)

    @property
    def must_be_there(self) -> bool:
        return not self.replaced


class Ledger:
    """All values by token, and the journal: one line of JSON for each thing that happened."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fates: dict[Token, Fate] = {}
        self.edits = 0
        self._started = time.monotonic()
        self._file: TextIO = path.open("a", encoding="utf-8")

    def next_edit(self) -> int:
        self.edits += 1
        return self.edits

    def wrote(self, place: str, text: str | None) -> None:
        """A person put this text somewhere. What they had replaced there themselves counts again: they restored it."""
        for token in tokens_in(text):
            fate = self.fates.setdefault(token, Fate(token, place))
            fate.replaced.discard(place)

    def replaced(self, place: str, text: str | None) -> None:
        """A person replaced or deleted this text."""
        for token in tokens_in(text):
            self.fates.setdefault(token, Fate(token, place)).replaced.add(place)

    def uncertain(self, text: str | None) -> None:
        """A write failed, and nobody knows whether it took place."""
        self.replaced("nobody knows", text)

    def note(self, what: str, **details: Any) -> None:
        """A line of the journal, seconds since the start before it."""
        line = {"t": round(time.monotonic() - self._started, 3), "what": what, **details}
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()
