"""Rules: functions of their inputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from accord.model import Item, Person, Replica
from accord.ports.trackers import FieldInfo


@dataclass(frozen=True)
class RuleContext:
    """What rules are told besides item and replica. They have no clock of their own: `now` is given."""

    connection: str
    now: datetime
    first_sync: bool
    people: tuple[Person, ...] = ()
    fields: dict[str, FieldInfo] = field(default_factory=dict)


class Rules(Protocol):
    """One side's rules of one connection: functions of their inputs, so they may be run as often as one likes.

    Both raise RuleFailed, with file, line and column where a script failed.
    """

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        """What leaves this side: only what the rules name."""
        ...

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        """A draft: `item` as it should be. Its comments and attachments are the replica's, as they should look here:
        their ids are the other side's."""
        ...
