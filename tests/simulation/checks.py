"""What must hold when a run has come to rest, seen from outside: from the trackers, and from what people wrote."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accord.model import Item, Twin, flatten, same
from accord.ports import HistoryEntry
from tests.simulation.linking import Tie, by_origin, doubled, untied
from tests.simulation.rules import LINKS, made_before
from tests.simulation.tokens import tokens
from tests.simulation.trackers import REFUSED, shaped

if TYPE_CHECKING:
    from tests.simulation.node import Node
    from tests.simulation.world import World


@dataclass(frozen=True)
class Failure:
    """A promise that was broken: which, and how."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


async def check_agreement(world: World, but: Collection[str] = ()) -> list[Failure]:
    """Both items of each live twin agree, and both nodes know the twin alike; items of the origins `but` aside, and
    those of which a person skipped something."""
    found = []
    for connection_id, one, two in _connections(world):
        ours, theirs = await _live(one, connection_id), await _live(two, connection_id)
        for twin_id in sorted(ours.keys() | theirs.keys()):
            a, b = ours.get(twin_id), theirs.get(twin_id)
            if a and b:
                found += _pair(one, two, a, b, but)
            elif not but and (a is None or b is None):
                found += _half(world, one if a else two, a or b)
        found += [] if but or world.restored else _ties(world, one, two, (ours, theirs))
    return found


def _ties(world: World, one: Node, two: Node, twins: tuple[dict[str, Twin], dict[str, Twin]]) -> list[Failure]:
    """Links and parents lead to the same twins on both sides, but where a value waits for a person."""
    people = world.people
    aside = people.parted | people.skipped | set(people.connected)
    asked = {
        str(item.fields.get("origin"))
        for node, known in zip((one, two), twins, strict=True)
        for twin in known.values()
        if "parent" in twin.shadow.questions and (item := node.tracker.items.get(twin.local_key or ""))
    }
    found = untied(one, two, *twins, aside | asked)
    return [Failure("no agreement", f"only {where} has: {what}") for where, what in found]


def _half(world: World, node: Node, known: Twin | None) -> list[Failure]:
    """A twin that only one node knows of; a person may have skipped the event that would have told the other."""
    item = node.tracker.items.get((known and known.local_key) or "")
    if item is None and world.restored:
        # It was deleted since the copy was made, and nobody has anything to tell of it.
        return []
    # A twin that ended and came back with an old database ends again when there is something to tell.
    aside = world.people.skipped | (world.people.parted if world.restored else set())
    skipped = item is not None and item.fields.get("origin") in aside
    return [] if skipped else [Failure("half a twin", f"{known and known.local_key} has no live twin elsewhere")]


def _pair(one: Node, two: Node, a: Twin, b: Twin, but: Collection[str]) -> list[Failure]:
    if (a.local_key, b.local_key) != (b.remote_key, a.remote_key) and not but:
        return [Failure("twins disagree", f"{a.local_key}/{a.remote_key} against {b.local_key}/{b.remote_key}")]
    x, y = one.tracker.items.get(a.local_key or ""), two.tracker.items.get(b.local_key or "")
    if x is None or y is None or {str(i.fields.get("origin")) for i in (x, y)} & (set(but) | one.world.people.skipped):
        return []
    if but and REFUSED in ((x.status or "").lower(), (y.status or "").lower()):
        # It was refused under another origin, before it was paired.
        return []
    first, second = _seen(one, two, x), _seen(one, two, y)
    # What a tracker's workflow empties looks just like what it did not take.
    ruled = {"priority", "fields"} if one.tracker.behaviour.workflow or two.tracker.behaviour.workflow else set()
    if {(one.name, x.key), (two.name, y.key)} & one.world.ledger.unsure:
        ruled.add("labels")
    ruled |= {path.partition(".")[0] for twin in (a, b) for path in twin.shadow.questions}
    return [
        Failure("no agreement", f"{name} of {x.key} is {first[name]!r}, of {y.key} {second[name]!r}")
        for name in first
        if first[name] != second[name] and name not in ruled
    ]


async def check_questions(world: World) -> list[Failure]:
    """Each question is asked on both sides, and is one: the two values differ."""
    found = []
    for connection_id, one, two in _connections(world):
        ours, theirs = await _live(one, connection_id), await _live(two, connection_id)
        for twin_id in sorted(ours.keys() & theirs.keys()):
            a, b = ours[twin_id], theirs[twin_id]
            x, y = one.tracker.items.get(a.local_key or ""), two.tracker.items.get(b.local_key or "")
            if x is None or y is None or x.fields.get("origin") in world.people.skipped:
                continue
            asked = (set(a.shadow.questions), set(b.shadow.questions))
            world.coverage["asked at rest"] += len(asked[0] | asked[1])
            if asked[0] != asked[1]:
                found.append(Failure("half a question", f"{x.key} asks {sorted(asked[0])}, {y.key} {sorted(asked[1])}"))
            first, second = flatten(x), flatten(y)
            alike = [path for path in asked[0] & asked[1] if same(first.get(path), second.get(path))]
            found += [Failure("no question", f"{path} of {x.key} and {y.key} is the same") for path in sorted(alike)]
    return found


def _entering(one: Node, two: Node, item: Item) -> Item:
    """An item as both trackers could hold it."""
    for tracker in (one.tracker, two.tracker, one.tracker, two.tracker):
        item = shaped(tracker, item)
    return item


def _seen(one: Node, two: Node, item: Item) -> dict[str, Any]:
    item = _entering(one, two, item)
    comments = Counter(c.body.rpartition("\n\n")[2] for c in item.comments)
    return {
        "summary": item.summary or None,
        "description": item.description or None,
        "status": (item.status or "").lower() or None,
        "priority": item.priority or None,
        "labels": sorted({label.casefold() for label in item.labels}),
        "fields": {name: value for name, value in item.fields.items() if value is not None and name != "link"},
        "comments": dict(sorted(comments.items())),
        "worklogs": dict(sorted(Counter((w.seconds, w.body) for w in item.worklogs).items())),
        "attachments": dict(sorted(Counter((a.name, a.sha256) for a in item.attachments).items())),
    }


async def check_rest(world: World) -> list[Failure]:
    """Queues are empty, and what the syncs left is cleaned."""
    found = []
    for node in world.nodes.values():
        lanes = await node.inspect(lambda tx: tx.lanes())
        for lane in lanes:
            cause = (lane.cause or {}).get("message", "")
            found.append(Failure("not settled", f"{node.name}: {lane.twin_id} {lane.direction} {lane.state} {cause}"))
        for hold in await node.inspect(lambda tx: tx.holds()):
            found.append(Failure("still held", f"{node.name}: {hold.scope} {hold.name} {hold.cause.get('message')}"))
        for twin in await node.inspect(lambda tx: tx.twins()):
            if twin.shadow.intents:
                found.append(Failure("an intent is left", f"{node.name}: {twin.local_key} {twin.shadow.intents}"))
            if await node.inspect(lambda tx, t=twin: tx.entries(t.id)):
                found.append(Failure("an entry is left", f"{node.name}: {twin.local_key}"))
    return found


async def check_end(world: World) -> list[Failure]:
    """Nothing is there twice, nothing is lost, nothing was written out of order or without end."""
    lost_in_conflict = losers(await _history(world))
    return [
        *_twice(world),
        *_missing(world),
        *_lost(world, lost_in_conflict),
        *_lost_links(world),
        *await _false_conflicts(world),
        *await _links(world),
        *(Failure("out of order", what) for what in world.ledger.out_of_order),
        *_too_many_writes(world),
    ]


def _twice(world: World) -> list[Failure]:
    found = []
    for name, tracker in world.trackers.items():
        origins = Counter(str(item.fields.get("origin")) for item in tracker.items.values())
        # What was out of reach when a person brought its pair back under sync is a stranger.
        aside = world.people.parted | set(world.people.connected) if world.restored else set()
        strangers = world.people.anew | world.people.hidden | world.people.passed_on | aside
        found += [
            Failure("twice", f"{n} items {o} in {name}") for o, n in origins.items() if n > 1 and o not in strangers
        ]
        for item in tracker.items.values():
            for what, values in (
                ("comment", [t for c in item.comments for t in sorted(tokens(c.body))]),
                ("attachment", [a.name for a in item.attachments]),
                ("work log", [w.body for w in item.worklogs]),
                ("link", [name for name in doubled(item) for _ in range(2)]),
            ):
                found += [Failure("twice", f"{what} {v} on {item.key}") for v, n in Counter(values).items() if n > 1]
    return found


def _missing(world: World) -> list[Failure]:
    """What was shared and never parted is on every tracker."""
    found = []
    for name, tracker in world.trackers.items():
        for item in tracker.items.values():
            origin = str(item.fields.get("origin"))
            if "shared" not in item.labels or origin in world.people.parted or not _goes(world, name):
                continue
            for other in world.trackers.values():
                if not any(o.fields.get("origin") == origin for o in other.items.values()):
                    found.append(Failure("missing", f"{item.key} ({origin}) never came to {other.name}"))
    return found


def _goes(world: World, name: str) -> bool:
    """Whether the triggers bring what is created there everywhere."""
    return world.plan.both_ways or name == world.plan.names[0]


def _lost(world: World, lost_in_conflict: set[str]) -> list[Failure]:
    ledger = world.ledger
    shown = {token for tracker in world.trackers.values() for item in tracker.items.values() for token in tokens(item)}
    known = shown | ledger.replaced | ledger.tracker_made | ledger.blind | ledger.rolled_back | lost_in_conflict
    return [
        Failure("lost", f"{token} (at {where}) is nowhere, and nobody took it away")
        for token, where in ledger.written.items()
        if token not in known
    ]


def _lost_links(world: World) -> list[Failure]:
    """A link that people made and nobody took away is on every tracker that has both its ends; one that was taken away
    for good is on none."""
    people, linking = world.people, world.people.linking
    aside = people.parted | people.skipped | set(people.connected) | people.deleted
    found = []
    for name, tracker in world.trackers.items() if not world.restored else ():
        origins = Counter(str(item.fields.get("origin")) for item in tracker.items.values())
        there = by_origin(tracker)
        for made in sorted(linking.made):
            if {made[0], made[2]} & aside or not origins[made[0]] or not origins[made[2]]:
                continue
            what = f"{made[1]} between {made[0]} and {made[2]}"
            if not linking.taken[made] and made not in there and _shared(world, made):
                found.append(Failure("lost", f"the link ({what}) is not in {name}"))
            if linking.made[made] == 1 and linking.taken[made] and made in there and not _moves(world):
                found.append(Failure("came back", f"the link ({what}), taken away, is in {name}"))
    return found


def _shared(world: World, made: Tie) -> bool:
    """Whether both ends are on every tracker."""
    ends = {made[0], made[2]}
    return all(
        ends <= {str(item.fields.get("origin")) for item in tracker.items.values()}
        for tracker in world.trackers.values()
    )


def _moves(world: World) -> bool:
    """A link whose other end got another key looks edited, and is kept against being taken away."""
    return any(tracker.behaviour.moves for tracker in world.trackers.values())


def losers(history: Iterable[HistoryEntry]) -> set[str]:
    """Tokens that history keeps as the losers of conflicts, or as skipped by a person."""
    found: set[str] = set()
    for entry in history:
        if entry.step == "conflict":
            found |= tokens(str(entry.details.get("lost"))) | tokens(str(entry.details.get("lost_there")))
        found |= {token for note in entry.details.get("conflicts_there") or () for token in tokens(str(note["lost"]))}
        if entry.step in ("skipped", "undecided", "restored"):
            found |= tokens(str(entry.details))
    return found


async def _false_conflicts(world: World) -> list[Failure]:
    return [
        Failure("false conflict", f"{entry.summary}: {entry.details}")
        for entry in await _history(world)
        if entry.step == "conflict" and entry.details.get("kept") == entry.details.get("lost")
    ]


async def _links(world: World) -> list[Failure]:
    """Where rules ask for it, each item names ours for the one that theirs names, as soon as that is under sync. What
    is paired anew meanwhile is aside, and so is what has moved here, to a key of which nobody tells the tracker."""
    found = []
    for node in world.nodes.values() if not world.restored else ():
        for connection_id, rules in node.rules.items():
            if LINKS not in rules[-1].quiet:
                continue
            twins = [twin for twin in (await _live(node, connection_id)).values() if twin.local_key and twin.remote_key]
            ours = {twin.remote_key: twin.local_key for twin in twins}
            for twin in twins:
                item, named = node.tracker.items.get(twin.local_key or ""), ours.get(made_before(twin.remote_key))
                other = node.tracker.items.get(named or "")
                aside = world.people.parted | world.people.skipped | set(world.people.connected)
                if item is None or other is None or not other.key.startswith(f"{node.name.upper()}-"):
                    continue
                if {str(i.fields.get("origin")) for i in (item, other)} & aside:
                    continue
                if item.fields.get("link") != named:
                    link = item.fields.get("link")
                    found.append(Failure("no link", f"{item.key} ({twin.remote_key}) names {link}, not {named}"))
    return found


def _too_many_writes(world: World) -> list[Failure]:
    ledger = world.ledger
    ways = len(world.plan.names)
    most = 3 * ways * (ledger.edits + world.acts + world.faults) + 20
    return [Failure("too many writes", f"{ledger.writes} for {ledger.edits} edits")] if ledger.writes > most else []


async def _history(world: World) -> list[HistoryEntry]:
    return [e for node in world.nodes.values() for e in await node.inspect(lambda tx: tx.history(limit=100_000))]


def _connections(world: World) -> list[tuple[str, Node, Node]]:
    found: dict[str, list[Node]] = {}
    for node in world.nodes.values():
        for connection_id in node.connections:
            found.setdefault(connection_id, []).append(node)
    return [(connection_id, *nodes) for connection_id, nodes in found.items()]  # type: ignore[misc]


async def _live(node: Node, connection_id: str) -> dict[str, Twin]:
    return {twin.id: twin for twin in await node.inspect(lambda tx: tx.twins(connection_id))}
