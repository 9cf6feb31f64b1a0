"""An item as it is told to the other side: the replica with what happened here since the last telling."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from accord.merge.observe import observe
from accord.model import (
    ConflictNote,
    Connection,
    Item,
    Kind,
    LocalChange,
    Message,
    Replica,
    Shadow,
    SubItem,
    Taken,
    Trace,
    Twin,
    differing,
    flatten,
)
from accord.model.paths import Flat

SUB_ITEMS = (SubItem.COMMENT, SubItem.ATTACHMENT)


@dataclass(frozen=True)
class Synced:
    """What sync itself has just written here, so that nobody takes it for a person's change: paths of the item,
    ids of comments and attachments; and, by path of the replica, what the other side need not take back."""

    paths: frozenset[str] = frozenset()
    sub_items: frozenset[str] = frozenset()
    taken: dict[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """An item ready to be told: the twin as it is then, and whether a person has said anything new."""

    twin: Twin
    replica: Replica
    news: bool


def compose(twin: Twin, item: Item, replica: Replica, now: datetime, synced: Synced) -> Told:
    """Compares `item` (and `replica`, made of it by the outgoing rules) with what was last told.

    The twin in the answer has the next state version and a shadow in which all of `item` is told.
    """
    version = twin.version + 1
    shadow = twin.shadow
    replica = with_twin_ids(replica, shadow.traces)
    at = item.updated_at or now

    traces, sub_news = _traces(shadow.traces, item, replica, version, synced)
    local = _local_changes(shadow, item, version, at, synced)
    told, label_members = _replica_changes(shadow.sent, replica, synced)
    base = flatten(shadow.sent) if shadow.sent else {}
    unseen_told = _added(shadow.unseen_told, told, base, version, at)
    members_changed = {
        "labels": label_members,
        "comments": _edited_sub_items(traces, SubItem.COMMENT, version),
        "attachments": _edited_sub_items(traces, SubItem.ATTACHMENT, version),
    }
    after = Shadow(
        local=bare_item(item),
        received=shadow.received,
        sent=bare_replica(replica),
        traces=traces,
        unseen=local,
        unseen_told=unseen_told,
        taken=_taken(shadow.taken, synced.taken, told, members_changed, version),
    )
    news = bool(told or label_members or sub_news or shadow.sent is None)
    twin = twin.model_copy(
        update={
            "version": version,
            "shadow": after,
            "known_version": item.version,
            "local_key": item.key,
            "local_url": item.url,
            "updated_at": now,
        }
    )
    return Told(twin, replica, news)


def message(
    told: Told, connection: Connection, kind: Kind, sequence: int, conflicts: Iterable[ConflictNote] = ()
) -> Message:
    """The message that tells it."""
    twin, shadow = told.twin, told.twin.shadow
    return Message(
        kind=kind,
        connection=connection.id,
        twin=twin.id,
        sequence=sequence,
        version=twin.version,
        seen=twin.peer_version,
        replica=told.replica,
        key=twin.local_key,
        url=twin.local_url,
        pair_with=twin.pair_with if twin.remote_key is None else None,
        taken={path: taken.members for path, taken in shadow.taken.items()},
        changed={path: change.at for path, change in shadow.unseen_told.items()},
        conflicts=tuple(conflicts),
        hops=twin.hops,
    )


def peer_saw(twin: Twin, seen: int) -> Twin:
    """Forgets what the other side has seen by now."""
    shadow = twin.shadow
    kept: dict[str, Any] = {
        name: {path: change for path, change in getattr(shadow, name).items() if change.version > seen}
        for name in ("unseen", "unseen_told", "taken")
    }
    return twin.model_copy(update={"shadow": shadow.model_copy(update=kept)})


def bare_item(item: Item) -> Item:
    """Without sub-items, which traces remember."""
    return item.model_copy(update={"comments": (), "attachments": (), "worklogs": (), "links": ()})


def bare_replica(replica: Replica) -> Replica:
    """Without sub-items, which traces remember; what was absent stays absent."""
    bare = replica.dump()
    for name in ("comments", "attachments", "worklogs", "links"):
        bare.pop(name, None)
    return Replica.model_validate(bare)


def with_twin_ids(replica: Replica, traces: tuple[Trace, ...]) -> Replica:
    """Comments and attachments with the other side's ids of them, so that it knows its own again."""
    remote = {(t.kind, t.local_id): t.remote_id for t in traces if not t.deleted}
    update: dict[str, Any] = {}
    for name, kind in (("comments", SubItem.COMMENT), ("attachments", SubItem.ATTACHMENT)):
        if name in replica.model_fields_set:
            subs = getattr(replica, name)
            update[name] = tuple(s.model_copy(update={"twin_id": remote.get((kind, s.id))}) for s in subs)
    return replica.model_copy(update=update)


def _traces(
    traces: tuple[Trace, ...], item: Item, replica: Replica, version: int, synced: Synced
) -> tuple[tuple[Trace, ...], bool]:
    news = False
    for kind in SUB_ITEMS:
        current = item.comments if kind is SubItem.COMMENT else item.attachments
        shown = replica.comments if kind is SubItem.COMMENT else replica.attachments
        seen = observe(kind, traces, current, {sub.id for sub in shown}, version, synced.sub_items)
        traces, news = seen.traces, news or seen.news
    return traces, news


def _local_changes(
    shadow: Shadow, item: Item, version: int, at: datetime, synced: Synced
) -> dict[str, LocalChange]:  # fmt: skip
    before = flatten(shadow.local) if shadow.local else {}
    changed = differing(before, flatten(item)) - synced.paths
    kept = {path: change for path, change in shadow.unseen.items() if path not in synced.paths}
    return _added(kept, changed, before, version, at)


def _added(
    changes: dict[str, LocalChange], paths: Iterable[str], before: Flat, version: int, at: datetime
) -> dict[str, LocalChange]:
    """The first unseen change of a path tells its base, the last one its time and version."""
    after = dict(changes)
    for path in paths:
        base: JsonValue = changes[path].base if path in changes else before.get(path)
        after[path] = LocalChange(version=version, at=at, base=base)
    return after


def _replica_changes(sent: Replica | None, replica: Replica, synced: Synced) -> tuple[set[str], set[str]]:
    """Replica paths, and labels, that a person has changed since the last telling."""
    paths = differing(flatten(sent) if sent else {}, flatten(replica)) - synced.taken.keys()
    labels = set(sent.labels if sent else ()) ^ set(replica.labels)
    return paths, labels - set(synced.taken.get("labels", ()))


def _taken(
    before: dict[str, Taken],
    now: dict[str, tuple[str, ...]],
    changed: set[str],
    members_changed: dict[str, set[str]],
    version: int,
) -> dict[str, Taken]:
    """A person's change of what was taken makes it theirs."""
    after = {path: taken for path, taken in before.items() if path not in changed}
    for path, members in members_changed.items():
        if path in after:
            kept = tuple(member for member in after[path].members if member not in members)
            after[path] = Taken(version=after[path].version, members=kept)
    for path, taken in now.items():
        earlier = after[path].members if path in after else ()
        after[path] = Taken(version=version, members=tuple(dict.fromkeys((*earlier, *taken))))
    return after


def _edited_sub_items(traces: tuple[Trace, ...], kind: SubItem, version: int) -> set[str]:
    return {t.local_id for t in traces if t.kind is kind and t.version == version and t.local_id}
