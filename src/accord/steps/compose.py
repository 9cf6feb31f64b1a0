"""An item as it is told to the other side: the replica with what happened here since the last telling."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from accord.merge.marks import is_copy_of
from accord.merge.observe import observe, overlook
from accord.merge.traces import Remote
from accord.model import (
    AskedThere,
    Change,
    ConflictNote,
    Connection,
    Flat,
    Item,
    Kind,
    LocalChange,
    Message,
    Question,
    Removal,
    Replica,
    Shadow,
    SubItem,
    Trace,
    Twin,
    differing,
    flatten,
    same,
)

SubItemId = tuple[SubItem, str]
NAMES = {kind.plural: kind for kind in SubItem}


@dataclass(frozen=True)
class Chosen:
    """A person's answer to a question: when, whether it `gives_way` to the other side's value, and the paths of the
    replica by which it is told, each with what it would be with that value."""

    at: datetime
    told: Flat
    gives_way: bool = False

    def change(self, version: int, base: JsonValue) -> LocalChange:
        return LocalChange(version=version, at=self.at, base=base, chosen=True, gives_way=self.gives_way)


@dataclass(frozen=True)
class Synced:
    """What sync itself has just written here, so that nobody takes it for a person's change: paths of the item,
    kinds and ids of sub-items, and paths of the replica (labels one by one, as `labels.<name>`).

    `written` are all of the sub-items that were, also those that a person has touched since.
    `overruled` are the other side's values, by path of the replica, that lost against ours, or that a person replaced
    as soon as they were written, and differ from what is here: it holds them, so it must be told, though ours may be
    what was told before.
    `first_told` are paths of the item that rules published since tell for the first time: the other side has not seen
    them, however long they have been here.
    `questions` are all that are open now, by path of the item (None: as they were), `chosen` those that a person here
    has answered."""

    paths: frozenset[str] = frozenset()
    sub_items: frozenset[SubItemId] = frozenset()
    written: frozenset[SubItemId] = frozenset()
    taken: frozenset[str] = frozenset()
    overruled: Flat = field(default_factory=dict)
    first_told: frozenset[str] = frozenset()
    questions: Mapping[str, Question] | None = None
    chosen: Mapping[str, Chosen] = field(default_factory=dict)


@dataclass(frozen=True)
class Told:
    """An item ready to be told: the twin as it is then, and whether a person has said anything new. `missing` are the
    other side's ids of attachments whose bytes it could not give."""

    twin: Twin
    replica: Replica
    news: bool
    missing: tuple[str, ...] = ()


def compose(twin: Twin, item: Item, replica: Replica, now: datetime, synced: Synced) -> Told:
    """Compares `item` (and `replica`, made of it by the outgoing rules) with what was last told.

    The twin in the answer has the next state version and a shadow in which all of `item` is told.
    """
    version, shadow, at = twin.version + 1, twin.shadow, item.updated_at or now
    traces, news = _traces(twin, item, replica, version, synced)
    authors = _authors(shadow.local, item, replica, synced)
    changed = _changes(shadow.sent, replica, version, at, authors)
    changed = {path: change for path, change in changed.items() if path not in synced.taken}
    kept = {path: change for path, change in shadow.unseen_told.items() if path not in synced.taken}
    # Who gave way to a value that another choice has replaced meanwhile, and came first, insists on it.
    kept |= {path: kept[path].model_copy(update={"gives_way": False}) for path in kept.keys() & synced.overruled.keys()}
    changed = _overruled(kept, replica, version, at, synced) | changed
    for chosen in synced.chosen.values():
        former = flatten(shadow.sent) if shadow.sent and chosen.gives_way else chosen.told
        changed |= {path: chosen.change(version, former.get(path)) for path in chosen.told}
    questions = _open(shadow.questions if synced.questions is None else synced.questions, item, version)
    asks = any(path not in shadow.questions and not question.known for path, question in questions.items())
    after = Shadow(
        local=bare_item(item),
        sent=bare_replica(replica),
        traces=traces,
        unseen=_local_changes(shadow, item, version, at, synced),
        unseen_told=kept | changed,
        questions=questions,
        decisions=shadow.decisions,
    )
    told = twin.telling(now).model_copy(
        update={
            "shadow": after,
            "known_version": item.version,
            "local_key": item.key,
            "told_key": item.key,
            "local_identity": item.identity,
            "local_url": item.url,
            "updated_at": now,
        }
    )
    moved = twin.told_key not in (None, item.key)
    return Told(told, named(replica, traces), news=bool(changed or news or moved or asks or shadow.sent is None))


def message(
    told: Told,
    connection: Connection,
    kind: Kind,
    sequence: int,
    conflicts: Iterable[ConflictNote] = (),
    *,
    tell_who: bool = False,
) -> Message:
    """The message that tells it; with `tell_who` also the names of those who made the changes."""
    twin, shadow = told.twin, told.twin.shadow
    asked = {p: AskedThere(other=v) for question in shadow.questions.values() for p, v in question.told.items()}
    body = Message(
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
        changed={path: _change(change, tell_who) for path, change in sorted(shadow.unseen_told.items())},
        removed=_removed(shadow.traces),
        conflicts=tuple(conflicts),
        hops=twin.hops,
        told_at=twin.told_at,
        told_before=twin.told_before,
    )
    more = ({"questions": asked} if asked else {}) | ({"missing": told.missing} if told.missing else {})
    return body.model_copy(update=more) if more else body


def _change(change: LocalChange, tell_who: bool) -> Change:
    told = Change(at=change.at, version=change.version, base=change.base)
    marks: dict[str, Any] = {"by": change.by} if tell_who and change.by else {}
    if change.chosen:
        marks |= {"chosen": True} | ({"gives_way": True} if change.gives_way else {})
    return told.model_copy(update=marks) if marks else told


def _open(questions: Mapping[str, Question], item: Item, version: int) -> dict[str, Question]:
    """Those whose two values differ still; what is open for the first time is told in our state `version`."""
    current = flatten(item)
    return {
        path: question if question.version else question.model_copy(update={"version": version})
        for path, question in questions.items()
        if not same(current.get(path), question.theirs)
    }


def peer_saw(twin: Twin, seen: int) -> Twin:
    """Forgets what the other side has seen by now."""
    shadow = twin.shadow
    kept: dict[str, Any] = {
        name: {path: change for path, change in getattr(shadow, name).items() if change.version > seen}
        for name in ("unseen", "unseen_told")
    }
    kept["traces"] = tuple(t for t in shadow.traces if not t.deleted or t.version > seen)
    return twin.model_copy(update={"shadow": shadow.model_copy(update=kept), "peer_seen": max(twin.peer_seen, seen)})


def bare_item(item: Item) -> Item:
    """Without sub-items, which traces remember, and without who changed what."""
    parts = {"comments": (), "attachments": (), "worklogs": (), "links": ()}
    return item.model_copy(update={**parts, "updated_by": None, "changed_by": {}})


def bare_replica(replica: Replica) -> Replica:
    """Without sub-items, which traces remember; what was absent stays absent."""
    bare = replica.dump()
    for name in ("comments", "attachments", "worklogs", "links"):
        bare.pop(name, None)
    return Replica.model_validate(bare)


def named(replica: Replica, traces: tuple[Trace, ...]) -> Replica:
    """Sub-items with the other side's ids of them, so that it knows its own again, and with the state
    version that told their last change."""
    known = {(t.kind, t.local_id): t for t in traces if not t.deleted}
    update: dict[str, Any] = {}
    for name, kind in NAMES.items():
        if name in replica.model_fields_set:
            update[name] = tuple(_named(sub, known.get((kind, sub.id))) for sub in getattr(replica, name))
    return replica.model_copy(update=update)


def _named(sub: Remote, trace: Trace | None) -> Remote:
    return sub.model_copy(update={"twin_id": trace.remote_id, "version": trace.version} if trace else {})


def _removed(traces: tuple[Trace, ...]) -> dict[str, tuple[Removal, ...]]:
    removed = {
        name: tuple(
            Removal(id=t.local_id, twin_id=t.remote_id) for t in traces if t.kind is kind and (t.deleted or t.withdrawn)
        )
        for name, kind in NAMES.items()
    }
    return {name: removals for name, removals in removed.items() if removals}


def _traces(twin: Twin, item: Item, replica: Replica, version: int, synced: Synced) -> tuple[tuple[Trace, ...], bool]:
    traces, news = twin.shadow.traces, False
    for name, kind in NAMES.items():
        as_written, written = ({id_ for of, id_ in ids if of is kind} for ids in (synced.sub_items, synced.written))
        if name not in replica.model_fields_set:
            traces = overlook(kind, traces, getattr(item, name), as_written, twin.peer_seen)
            continue
        let_out = {sub.id for sub in getattr(replica, name)}
        current = getattr(item, name)
        copies = {sub.id for sub in current if is_copy_of(twin.id, sub.marker)}
        seen = observe(kind, traces, current, let_out, version, as_written, written, copies)
        traces, news = seen.traces, news or seen.news
    return traces, news


def _local_changes(shadow: Shadow, item: Item, version: int, at: datetime, synced: Synced) -> dict[str, LocalChange]:
    """Changes of the item's own paths. The first unseen one tells the base, for three-way merges of text."""
    before = flatten(shadow.local) if shadow.local else {}
    after = {path: change for path, change in shadow.unseen.items() if path not in synced.paths}
    for path in sorted(differing(before, flatten(item)) - synced.paths):
        base = after[path].base if path in after else before.get(path)
        after[path] = LocalChange(version=version, at=at, by=item.who_changed(path), base=base)
    for path in sorted(synced.first_told - synced.paths):
        after[path] = LocalChange(version=version, at=at)
    for path, chosen in synced.chosen.items():
        after[path] = chosen.change(version, before.get(path))
    return after


def _overruled(
    kept: dict[str, LocalChange], replica: Replica, version: int, at: datetime, synced: Synced
) -> dict[str, LocalChange]:
    """Changes that tell the other side what it does not hold; what is told already tells it, unless it was a change
    to what was there before: in that the other side would see none."""
    ours = flatten(replica)
    found = {}
    for path, theirs in synced.overruled.items():
        if path not in kept:
            found[path] = LocalChange(version=version, at=at, base=theirs)
        elif same(kept[path].base, ours.get(path)):
            found[path] = kept[path].model_copy(update={"version": version, "base": theirs})
    return found


def _authors(local: Item | None, item: Item, replica: Replica, synced: Synced) -> Callable[[str], str | None]:
    """Who made the change that shows in a path of the replica: who changed the field of that name, where it is told as
    it is, or else whoever made all changes of the item. What rules made of several people's changes is nobody's."""
    ours, told = flatten(item), flatten(replica)
    edited = differing(flatten(local) if local else {}, ours) - synced.paths
    everybody = {item.who_changed(path) for path in edited}
    only = next(iter(everybody)) if len(everybody) == 1 else None

    def author(path: str) -> str | None:
        return item.who_changed(path) if path in edited and same(ours.get(path), told.get(path)) else only

    return author


def _changes(
    sent: Replica | None, replica: Replica, version: int, at: datetime, author: Callable[[str], str | None]
) -> dict[str, LocalChange]:
    """Paths of the replica that differ from what was last told, each with what it was then. What is absent now says
    nothing."""
    before = flatten(sent) if sent else {}
    told = replica.model_fields_set
    changed = {path for path in differing(before, flatten(replica)) if path.partition(".")[0] in told}
    return {
        path: LocalChange(version=version, at=at, by=author(path), base=before.get(path)) for path in sorted(changed)
    }
