"""Links and parents: what people do with them, and what must hold of them when a run has come to rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from accord.model import Item, Link, Twin
from accord.testing.memory import MemoryTracker
from accord.testing.memory.links import REVERSED
from tests.simulation.plan import Act

if TYPE_CHECKING:
    from tests.simulation.node import Node
    from tests.simulation.world import World

KINDS = ("blocks", "relates to", "duplicates", "blocked by")
FORWARDS = ("blocks", "duplicates")
# Two items by something that tells them apart, and what ties them, read from the first one.
Tie = tuple[str, str, str]


class LinkingPeople:
    """Link items, take links away, and put items under others. `made` and `taken` count what they did to each tie, by
    the origins of its ends."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.made: Counter[Tie] = Counter()
        self.taken: Counter[Tie] = Counter()

    def link(self, act: Act) -> str | None:
        """What was done, if anything was."""
        tracker, item, other = self._two(act)
        kind = KINDS[act.number % len(KINDS)]
        if item is None or other is None or any((one.kind, one.key) == (kind, other.key) for one in item.links):
            return None
        tracker.person_links(item.key, kind, other.key)
        self.made[tie(_origin(item), kind, _origin(other))] += 1
        return f"links {item.key} ({kind} {other.key})"

    def link_page(self, act: Act) -> str | None:
        tracker, item, _ = self._two(act)
        if item is None:
            return None
        tracker.person_links(item.key, "", "", f"https://wiki.example/v{act.number}")
        return f"links {item.key} with the page v{act.number}"

    def unlink(self, act: Act) -> str | None:
        tracker = self.world.trackers[act.where]
        linked = [item for item in tracker.items.values() if item.links]
        if not linked:
            return None
        item = linked[act.pick % len(linked)]
        gone = item.links[act.number % len(item.links)]
        other = tracker.items.get(gone.key)
        if other is not None:
            self.taken[tie(_origin(item), gone.kind, _origin(other))] += 1
        tracker.person_unlinks(item.key, gone.id)
        return f"takes the link ({gone.kind} {gone.key or gone.url}) from {item.key}"

    def put_under(self, act: Act) -> str | None:
        tracker, item, other = self._two(act)
        if item is None or other is None or item.parent == other.key:
            return None
        tracker.person_edits(item.key, parent=other.key)
        return f"puts {item.key} under {other.key}"

    def take_out(self, act: Act) -> str | None:
        tracker, item, _ = self._two(act)
        if item is None or item.parent is None:
            return None
        tracker.person_edits(item.key, parent=None)
        return f"takes {item.key} out from under {item.parent}"

    def _two(self, act: Act) -> tuple[MemoryTracker, Item | None, Item | None]:
        """The item that an act means, and another one."""
        tracker = self.world.trackers[act.where]
        items = list(tracker.items.values())
        if not items:
            return tracker, None, None
        item, other = items[act.pick % len(items)], items[int(act.field or 0) % len(items)]
        return tracker, item, other if other is not item else None


def tie(one: str, kind: str, other: str) -> Tie:
    """A link as it is read from one certain end, whichever shows it."""
    if kind == REVERSED.get(kind):
        one, other = sorted((one, other))
        return one, kind, other
    return (one, kind, other) if kind in FORWARDS or kind not in REVERSED else (other, REVERSED[kind], one)


def ties(node: Node, twins: dict[str, Twin]) -> dict[str, set[Tie]]:
    """By twin, the links and the parent of its item that lead to twins, and links to pages."""
    ours = {twin.local_key: twin_id for twin_id, twin in twins.items()}
    found = {}
    for twin_id, twin in twins.items():
        item = node.tracker.items.get(twin.local_key or "")
        if item is not None:
            found[twin_id] = {
                *(tie(twin_id, link.kind, ours[link.key]) for link in item.links if link.key in ours),
                *(tie(twin_id, "page", link.url or "") for link in item.links if not link.key),
                *({(twin_id, "under", ours[item.parent])} if item.parent in ours else set()),
            }
    return found


def untied(
    one: Node, two: Node, ours: dict[str, Twin], theirs: dict[str, Twin], aside: set[str]
) -> Iterator[tuple[str, str]]:
    """The ties between live twins of a connection that only one side has: at which of its items, and what. Those of
    items of the origins `aside` do not count, nor the parent of what the other side has put under one of its own."""
    both = set(ours.keys() & theirs.keys())
    first, second = ties(one, {t: ours[t] for t in both}), ties(two, {t: theirs[t] for t in both})
    parted = {t for t in both for node, twins in ((one, ours), (two, theirs)) if _is_aside(node, twins[t], aside)}
    for node, twins, mine, others in ((one, ours, first, second), (two, theirs, second, first)):
        all_of_others = set().union(*others.values())
        away = _away(two, theirs) if node is one else _away(one, ours)
        for here in sorted(set().union(*mine.values()) - all_of_others):
            if not {here[0], here[2]} & parted and (here[1] != "under" or here[0] not in away):
                names = [twins[end].local_key or "" if end in twins else end for end in (here[0], here[2])]
                yield node.name, f"{names[0]} {here[1]} {names[1]}"


def _away(node: Node, twins: dict[str, Twin]) -> set[str]:
    """The twins whose item was put under one that is not under sync: nobody on the other side can follow them there,
    so that its item stays where it was."""
    shared = {twin.local_key for twin in twins.values()}
    items = ((twin_id, node.tracker.items.get(twin.local_key or "")) for twin_id, twin in twins.items())
    return {twin_id for twin_id, item in items if item and item.parent and item.parent not in shared}


def _is_aside(node: Node, twin: Twin, aside: set[str]) -> bool:
    item = node.tracker.items.get(twin.local_key or "")
    return item is None or _origin(item) in aside


def doubled(item: Item) -> list[str]:
    """Links that an item has twice."""
    there = Counter((link.kind, link.key or link.url) for link in item.links)
    return [f"{kind} {end}" for (kind, end), n in there.items() if n > 1]


def by_origin(tracker: MemoryTracker) -> set[Tie]:
    """All links between the items of a tracker."""
    items = tracker.items
    return {_named(items, item, link) for item in items.values() for link in item.links if link.key in items}


def _named(items: dict[str, Item], item: Item, link: Link) -> Tie:
    return tie(_origin(item), link.kind, _origin(items[link.key]))


def _origin(item: Item) -> str:
    return str(item.fields.get("origin"))
