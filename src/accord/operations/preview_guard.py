"""Whether the guard would stop a run over many items, told before anything is run."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from accord.errors import GuardStopped
from accord.model import Connection
from accord.operations.preview import Preview
from accord.ports import GuardSettings, Ports, Transaction
from accord.steps.guard import lately, lets_pass


@dataclass(frozen=True)
class Stopping:
    """The run would stop before the item `key`, after `done` others; `cause` is the error's `to_json()`."""

    key: str | None
    done: int
    cause: dict[str, Any]


@dataclass
class GuardAhead:
    """Counts as the guard would, over the items of a run in their order, `pace` of them a second (None: all at once).

    `removed` and `overwritten` are what it has counted within its window already; it is taken to keep counting them.
    """

    guard: GuardSettings
    connection: str
    items: int
    removed: int
    overwritten: int
    pace: float | None = None
    stopping: Stopping | None = None
    _seen: int = 0
    _counted: dict[str, deque[int]] = field(default_factory=lambda: {"removed": deque(), "overwrote": deque()})

    def add(self, seen: Preview) -> None:
        """Counts one item, unless the run would have stopped before it."""
        for planned in (seen.here, seen.request):
            if planned is None or self.stopping is not None:
                continue
            for positions in self._counted.values():
                while positions and self._is_past(positions[0]):
                    positions.popleft()
            removed, overwritten = (len(self._counted[name]) for name in ("removed", "overwrote"))
            counts = (self.items, self.removed + removed, self.overwritten + overwritten)
            try:
                planned.damage.check(self.guard, self.connection, seen.key, *counts)
            except GuardStopped as stopped:
                self.stopping = Stopping(seen.key, self._seen, stopped.to_json())
            for name in planned.damage.steps():
                self._counted[name].append(self._seen)
        self._seen += 1

    def _is_past(self, position: int) -> bool:
        """Whether what was done then is no longer in the guard's window."""
        return self.pace is not None and (self._seen - position) / self.pace >= self.guard.window_minutes * 60


async def guard_ahead(ports: Ports, connection: Connection, pace: float | None = None) -> GuardAhead | None:
    """What the guard of a connection counts from; None while a person lets everything pass."""
    guard, now = ports.agreement(connection).guard, ports.clock.now()

    def look(tx: Transaction) -> GuardAhead | None:
        if lets_pass(tx, connection, now):
            return None
        return GuardAhead(guard, connection.name, *lately(tx, connection, guard, now), pace)

    return await ports.store.read(look)
