"""Links: which of them leave and come in, and to which item here they lead."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fnmatch import fnmatchcase

from accord.model import Item, Link, Replica, ReplicaLink
from accord.rules.entries import LinksEntry, Outside

Twins = Mapping[str, str | None]


def sent_links(entry: LinksEntry, item: Item, kinds: Collection[str]) -> tuple[ReplicaLink, ...]:
    """Those that leave. `kinds` are all that can be made here, if the tracker tells them: others follow from something
    else, as children do from their parent, and stay."""
    made = (link for link in item.links if not kinds or not link.key or link.kind in kinds)
    leaving = (link for link in made if _passes(entry, link.kind))
    return tuple(ReplicaLink(id=link.id, kind=_told(entry, link.kind), key=link.key, url=link.url) for link in leaving)


def _told(entry: LinksEntry, kind: str) -> str:
    return entry.sent.get(kind, kind if entry.send_default is None else entry.send_default)


def received_links(entry: LinksEntry, replica: Replica, twins: Twins, kinds: Collection[str]) -> tuple[Link, ...]:
    """Those that come in, each to our item, or to an address. What is of no kind that there is here does not."""
    return tuple(link for theirs in replica.links if (link := _here(entry, theirs, twins, kinds)))


def looked_up(entry: LinksEntry, replica: Replica, kinds: Collection[str]) -> Iterator[str]:
    """The other side's keys to which links lead that could be made here."""
    yield from (link.key for link in replica.links if link.key and _kind_here(entry, link, kinds) is not None)


def _kind_here(entry: LinksEntry, theirs: ReplicaLink, kinds: Collection[str]) -> str | None:
    """What the link is called here; None: it does not come in."""
    kind = entry.pairs.get(theirs.kind, theirs.kind if entry.default is None else entry.default)
    return kind if _passes(entry, kind) and (not kinds or not theirs.key or kind in kinds) else None


def _here(entry: LinksEntry, theirs: ReplicaLink, twins: Twins, kinds: Collection[str]) -> Link | None:
    kind = _kind_here(entry, theirs, kinds)
    ours = twins.get(theirs.key) if theirs.key else None
    if kind is None:
        return None
    if ours:
        return Link(id=theirs.id, kind=kind, key=ours)
    if theirs.url and (not theirs.key or entry.outside is Outside.WEB):
        return Link(id=theirs.id, kind=entry.web_kind, url=theirs.url)
    return None


def _passes(entry: LinksEntry, kind: str) -> bool:
    if entry.only and not any(fnmatchcase(kind, pattern) for pattern in entry.only):
        return False
    return not any(fnmatchcase(kind, pattern) for pattern in entry.never)
