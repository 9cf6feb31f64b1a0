"""Whether two folders agree, each in its own words."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from accord.demo.people import Seen
from accord.demo.world import Node, Team
from accord.errors import Unreachable

SECONDS = 25.0


def translated(seen: Seen, mine: Team, theirs: Team) -> tuple[object, ...]:
    """An item of `mine` in the words of `theirs`: what must be equal on both sides."""

    def word(value: str, own: tuple[str, ...], other: tuple[str, ...]) -> str:
        return other[own.index(value)] if value in own else value

    return (
        seen.summary,
        seen.description,
        word(seen.status, mine.statuses, theirs.statuses),
        word(seen.priority, mine.priorities, theirs.priorities),
        word(seen.assignee, mine.people, theirs.people),
        seen.labels,
        tuple(sorted(text.rpartition(" wrote:\n\n")[2] for text in seen.comments)),
        tuple(sorted(file.split()[-1] for file in seen.files)),
    )


def shape(node: Node, other: Node | None = None) -> list[tuple[object, ...]]:
    """All items of a node's folder, in `other`'s words if given, in an order that does not depend on keys."""
    words = (other or node).team
    return sorted((translated(node.items.see(key), node.team, words) for key in node.items.item_keys()), key=repr)


async def until(what: str, holds: Callable[[], bool], seconds: float = SECONDS) -> float:
    """Looks until `holds`; gives the seconds that it took. Raises Unreachable naming `what` was waited for."""
    start = time.monotonic()
    while True:
        try:
            if holds():
                return time.monotonic() - start
        except (OSError, ValueError):
            pass  # a file in the middle of being replaced
        if time.monotonic() - start > seconds:
            raise Unreachable(f"Waited {seconds:g} seconds for this: {what}.")
        await asyncio.sleep(0.05)


def agree(one: Node, other: Node) -> bool:
    """Both folders hold the same, each in its own words."""
    return shape(one, other) == shape(other)
