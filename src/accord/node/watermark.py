"""How far this node has got, kept beside its database: one that is behind it was brought back from an older copy."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from accord.ports import Transaction
from accord.steps.amnesia import stop_all

FACT = "watermark"
EVERY = timedelta(seconds=10)


class Watermark:
    """A number that grows while the node works: first in the database, then in the file `path`.

    What was lost with less than ten seconds of work is noticed by the messages of the other nodes only, as is a copy
    that was brought back together with the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._raised_at: datetime | None = None

    def check(self, tx: Transaction, now: datetime) -> bool:
        """Before a node starts to work: stops all its connections if its database has forgotten something, and says
        whether it has."""
        there, reached = self._read(), _number(tx.fact(FACT))
        if reached >= there:
            return False
        tx.put_fact(FACT, str(there))
        stop_all(tx, now)
        return True

    def raised(self, tx: Transaction, now: datetime) -> int | None:
        """Together with other work in the database: the new number, if it is time for one."""
        if self._raised_at is not None and now - self._raised_at < EVERY:
            return None
        number = _number(tx.fact(FACT)) + 1
        tx.put_fact(FACT, str(number))
        return number

    def keep(self, number: int | None, now: datetime) -> None:
        """Once that is committed: takes it down in the file."""
        if number is None:
            return
        self._raised_at = now
        with suppress(OSError):  # a full disk: what is older there only notices less
            draft = self._path.with_name(f"{self._path.name}.new")
            draft.write_text(str(number))
            os.replace(draft, self._path)

    def _read(self) -> int:
        try:
            return _number(self._path.read_text())
        except OSError:
            return 0


def _number(text: str | None) -> int:
    return int(text) if text and text.strip().isdecimal() else 0
