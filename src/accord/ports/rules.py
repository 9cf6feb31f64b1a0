"""Rules: functions of their inputs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal, Protocol

from pydantic import PrivateAttr

from accord.model import Item, Person, Replica
from accord.model.item import Value
from accord.ports.trackers import FieldInfo

# Our key of the item that is paired with the other side's key; None: it is not under sync through the connection.
TwinOf = Callable[[str], Awaitable[str | None]]
# Whether our item of a key is under sync through the connection.
IsSynced = Callable[[str], Awaitable[bool]]


@dataclass(frozen=True)
class RuleContext:
    """What rules are told besides item and replica. They have no clock of their own: `now` is given.

    `remote_key` and `remote_url` are those of the other side's item, as last told. `previous` is the replica that it
    told before the one at hand (outgoing: the last one that it told, where the rules heed it), None where it told none.
    `twin_of` must answer the same for as long as the context is used; without it no key is known. `is_synced` is asked
    by the engine alone. `speaks_for_people`:
    the tracker lets sync write comments in the name of others.
    """

    connection: str
    now: datetime
    first_sync: bool
    people: tuple[Person, ...] = ()
    fields: dict[str, FieldInfo] = field(default_factory=dict)
    remote_key: str | None = None
    remote_url: str | None = None
    previous: Replica | None = None
    twin_of: TwinOf | None = None
    speaks_for_people: bool = False
    is_synced: IsSynced | None = None

    def while_waiting(self, keys: Collection[str]) -> RuleContext:
        """The context as it was while these of the other side's keys were not under sync."""
        twin_of = self.twin_of
        if not keys or twin_of is None:
            return self

        async def look_up(key: str) -> str | None:
            return None if key in keys else await twin_of(key)

        return replace(self, twin_of=look_up)


class Asks(Value):
    """What rules ask for beyond the item itself: outgoing ones only for `unsync` and `bring`.

    `pair_with`: on the first sync, the key of an item here with which to pair, instead of making one. `unsync`: end
    the sync of the item once this is done. `sync_back`: tell the other side anew once this is done. `waits_for`: keys
    of the other side's that were looked up and are not under sync; the rules give more once one of them is.
    `bring`: these relatives of the item are to come under sync, up to `depth` steps away from one that came by itself.
    """

    pair_with: str | None = None
    unsync: bool = False
    sync_back: bool = False
    waits_for: tuple[str, ...] = ()
    bring: Literal["parent", "children"] | None = None
    depth: int = 0

    def __bool__(self) -> bool:
        return self != Asks()


class Draft(Item):
    """An item as it should be, and beside it what the rules ask for: to all who do not ask, an item like any other."""

    _asks: Asks = PrivateAttr(default_factory=Asks)


class AskingReplica(Replica):
    """A replica, and beside it what the rules ask for. That does not travel."""

    _asks: Asks = PrivateAttr(default_factory=Asks)


def asked(made: Item | Replica) -> Asks:
    """What the rules asked for with a draft or a replica; nothing, where it is no more than that."""
    return made._asks if isinstance(made, Draft | AskingReplica) else Asks()


def asking(replica: Replica, asks: Asks) -> Replica:
    """The replica, asking for that beside it; the replica itself where nothing is asked for."""
    if not asks:
        return replica
    parts = {name: getattr(replica, name) for name in replica.model_fields_set}
    made = AskingReplica.model_construct(_fields_set=set(replica.model_fields_set), **parts)
    made._asks = asks
    return made


def with_end(replica: Replica) -> Replica:
    """The replica, asking to end the sync of its item once it is told, besides what it asks for already."""
    return asking(replica, asked(replica).model_copy(update={"unsync": True}))


def with_asks(item: Item, asks: Asks) -> Item:
    """The item as a draft that asks for something, or the item itself where nothing is asked for."""
    if not asks and not isinstance(item, Draft):
        return item
    parts = {name: getattr(item, name) for name in Item.model_fields}
    if not asks:
        return Item.model_construct(**parts)
    draft = Draft.model_construct(**parts)
    draft._asks = asks
    return draft


class Rules(Protocol):
    """One side's rules of one connection: functions of their inputs, so they may be run as often as one likes.

    Both raise RuleFailed, with file, line and column where a script failed.
    """

    @property
    def heeds_previous(self) -> bool:
        """Whether what `outgoing` makes of an item may depend on what the other side told last: only then is that
        looked up, and the item told anew when it has changed."""
        ...

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        """What leaves this side: only what the rules name."""
        ...

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        """A draft: `item` as it should be. Its comments and attachments are the replica's, as they should look here:
        their ids are the other side's. `asked` tells what the rules ask for besides."""
        ...
