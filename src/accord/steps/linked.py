"""Items that an item names, its parent and those it is linked with, as both sides can know them: by their twins.

Many trackers show a link at both of its ends. It then belongs to one twin, or two lanes would tell of one thing: to
that of the end where sync made it, else to that of the end where people did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from accord.errors import Forbidden, ItemBroken, ItemGone
from accord.model import Item, Link, Replica, ReplicaLink, SubItem, Twin, TwinState
from accord.ports import IsSynced, Store, Tracker, Transaction, TwinOf


@dataclass(frozen=True)
class Tellable:
    """An item and the replica of it, to be told as `twin` stands. `unsure`: of some link it is not known yet whose it
    is, so that the item must be looked at once more; it then has no version, lest a hint of it be taken for known.
    """

    twin: Twin
    item: Item
    replica: Replica
    unsure: bool = False


async def tellable(store: Store, tracker: Tracker, twin: Twin, item: Item, replica: Replica) -> Tellable:
    """The replica with the twins of the items that it names, as far as they are under sync through the connection, and
    without the links that belong to those. Raises what the tracker's `read` does, but ItemGone and Forbidden."""
    twin = await _without_gone(tracker, twin, item)
    keys = sorted({link.key for link in replica.links if link.key} | ({replica.parent} if replica.parent else set()))
    if not keys:
        return Tellable(twin, item, replica)
    others = await store.read(lambda tx: {key: _known(tx, twin, key) for key in keys})
    live = {key: other.id for key, other in others.items() if other and other.state is not TwinState.ENDED}
    told, unsure = replica.links, False
    if tracker.capabilities.mirrored_links:
        owners = {link.id: _owner(twin, link, others) for link in item.links}
        told = tuple(link for link in told if owners.get(link.id, "ours") == "ours")
        unsure = "unsure" in owners.values()
    changes = {"twins": live} | ({"links": told} if len(told) < len(replica.links) else {})
    seen = item.model_copy(update={"version": None}) if unsure else item
    return Tellable(twin, seen, replica.model_copy(update=changes), unsure)


async def _without_gone(tracker: Tracker, twin: Twin, item: Item) -> Twin:
    """The twin without the links that went because the item at their other end did: nobody has taken them away."""
    here = {link.id for link in item.links}
    gone = []
    for trace in twin.shadow.traces:
        if trace.kind is SubItem.LINK and trace.leads_to and not trace.deleted and trace.local_id not in here:
            gone += [trace] if await _is_gone(tracker, trace.leads_to) else []
    if not gone:
        return twin
    left = tuple(trace for trace in twin.shadow.traces if trace not in gone)
    return twin.model_copy(update={"shadow": twin.shadow.model_copy(update={"traces": left})})


async def _is_gone(tracker: Tracker, key: str) -> bool:
    try:
        await tracker.read(key)
    except (ItemGone, Forbidden):
        return True
    except ItemBroken:
        return False
    return False


def _known(tx: Transaction, twin: Twin, key: str) -> Twin | None:
    return tx.live_twin(twin.connection, key) or tx.former_twin(twin.connection, key)


def _owner(twin: Twin, link: Link, others: Mapping[str, Twin | None]) -> str:
    """Whose the link is: "ours", "theirs", the other end's, or that is "unsure" until what was begun there is over."""
    other = others.get(link.key)
    if other is None or other.id == twin.id or _has(twin, link):
        return "ours"
    if link.mirrored or _has(other, link):
        return "theirs"
    begun = any(intent.operation == SubItem.LINK for intent in other.shadow.intents)
    return "unsure" if begun and other.state is not TwinState.ENDED else "ours"


def _has(twin: Twin, link: Link | ReplicaLink) -> bool:
    return any(t.kind is SubItem.LINK and t.local_id == link.id and not t.deleted for t in twin.shadow.traces)


def twin_of(store: Store, connection_id: str, replica: Replica | None) -> TwinOf:
    """Finds our key for one of the other side's, by the twin that `replica` names with it or else by the key itself.
    Each is looked up once, so that it answers the same for as long as it is used."""
    named = replica.twins if replica else {}
    known: dict[str, str | None] = {}

    def look(tx: Transaction, remote_key: str) -> str | None:
        twin = tx.twin(named[remote_key]) if remote_key in named else None
        if twin is not None and twin.connection == connection_id and twin.state is not TwinState.ENDED:
            return twin.local_key
        found = tx.twin_of_remote(connection_id, remote_key)
        return found.local_key if found else None

    async def look_up(remote_key: str) -> str | None:
        if remote_key not in known:
            known[remote_key] = await store.read(lambda tx: look(tx, remote_key))
        return known[remote_key]

    return look_up


def is_synced(store: Store, connection_id: str) -> IsSynced:
    """Tells whether our item of a key is under sync."""

    async def look(key: str) -> bool:
        return await store.read(lambda tx: tx.live_twin(connection_id, key)) is not None

    return look
