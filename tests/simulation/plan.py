"""What happens in a run, as data: it can be kept, told as a story, and cut down."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from typing import Any

DAY = 86400.0


@dataclass(frozen=True)
class Act:
    """Somebody does `what` at the tracker or node `where`, `at` seconds after the start.

    `number` makes the value that is written unique, and stays when other acts are left out; `pick` chooses among the
    items, comments and lines that are there; `seconds` is how long it lasts.
    """

    number: int
    at: float
    where: str
    what: str
    pick: int = 0
    field: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Fault:
    """The `nth` time that the node `where` passes a `place` (commit, call, send ...), `what` happens to it."""

    where: str
    place: str
    nth: int
    what: str
    seconds: float = 0.0


@dataclass(frozen=True)
class Plan:
    """One run: the world that it happens in, what people do, and what breaks.

    `chain`: three nodes in a row instead of two. `trackers` gives each tracker's behaviours by name, `skew` how wrong
    each node's clock is and `delay` how long a call or message takes at most, in seconds. `on_disk`: databases are
    files, and a backup of one may be brought back; otherwise they are in memory, and outlive their process. `policies`
    are those of single fields, by path of the replica.
    """

    seed: int
    chain: bool = False
    policy: str = "latest"
    policies: tuple[tuple[str, str], ...] = ()
    trackers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    skew: tuple[tuple[str, float], ...] = ()
    delay: float = 0.5
    poll: float = 20.0
    on_disk: bool = False
    both_ways: bool = True
    acts: tuple[Act, ...] = ()
    faults: tuple[Fault, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The nodes, and the tracker beside each."""
        return ("blue", "red", "green") if self.chain else ("blue", "red")

    def behaviours(self, name: str) -> tuple[str, ...]:
        return dict(self.trackers).get(name, ())

    def skew_of(self, name: str) -> float:
        return dict(self.skew).get(name, 0.0)

    def asks_for(self, what: str) -> bool:
        """Whether rules that are published meanwhile ask for this."""
        return any(act.what == "republish" and act.field == what for act in self.acts)

    @property
    def has_families(self) -> bool:
        """Whether items are put under others."""
        return any(act.what == "put under" for act in self.acts)

    def with_acts(self, acts: tuple[Act, ...]) -> Plan:
        return replace(self, acts=acts)

    def with_faults(self, faults: tuple[Fault, ...]) -> Plan:
        return replace(self, faults=faults)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=1)

    @classmethod
    def from_json(cls, text: str) -> Plan:
        data: dict[str, Any] = json.loads(text)
        data["acts"] = tuple(Act(**act) for act in data["acts"])
        data["faults"] = tuple(Fault(**fault) for fault in data["faults"])
        data["trackers"] = tuple((name, tuple(names)) for name, names in data["trackers"])
        data["policies"] = tuple((path, policy) for path, policy in data.get("policies", ()))
        data["skew"] = tuple((name, seconds) for name, seconds in data["skew"])
        return cls(**data)
