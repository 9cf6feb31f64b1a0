"""Links between the items of the pretend server."""

from __future__ import annotations

from collections.abc import Iterator

from accord.errors import WriteRefused
from accord.model import Item, Link
from accord.testing.memory import parts
from accord.testing.memory.deeds import By
from accord.testing.memory.server import Server

REVERSED = {
    "relates to": "relates to",
    "blocks": "blocked by",
    "blocked by": "blocks",
    "duplicates": "duplicated by",
    "duplicated by": "duplicates",
}


class Linked(Server):
    """What becomes of an item's links, and of those that lead to it."""

    def _link(self, by: By, item: Item, link: Link) -> Link:
        """The link, which may have been there already."""
        known = next((one for one in item.links if _alike(one, link)), None)
        if known is not None:
            return known
        if link.key and link.kind not in REVERSED:
            raise WriteRefused(
                f"There is no kind of link {link.kind!r}.",
                item=item.key,
                field="links",
                value=link.kind,
                remedy=f"One of {', '.join(REVERSED)}.",
            )
        other = (self.items[link.key] if by == "person" else self._reach(link.key)) if link.key else None
        made = link.model_copy(update={"id": self._next_id(), "mirrored": False})
        if other is not None:
            made = made.model_copy(update={"key": other.key, "url": other.url})
        self._write(by, item.model_copy(update={"links": (*item.links, made)}), parts.linked(made))
        if other is not None and self.behaviour.mirrored_links:
            self._mirror(by, self.items[other.key], made, self.items[item.key])
        return made

    def _mirror(self, by: By, other: Item, link: Link, item: Item) -> None:
        mirrored = Link(id=link.id, kind=REVERSED[link.kind], key=item.key, url=item.url, mirrored=True)
        if not any(_alike(one, mirrored) for one in other.links):
            self._write(by, other.model_copy(update={"links": (*other.links, mirrored)}), parts.linked(mirrored))

    def _unlink(self, by: By, item: Item, link_id: str) -> Item:
        """The item without the link; what is not there needs no deleting."""
        gone = next((link for link in item.links if link.id == link_id), None)
        if gone is None:
            return item
        after = self._without(by, item, gone)
        other = self.items.get(gone.key)
        if other is not None and self.behaviour.mirrored_links:
            for link in [one for one in other.links if one.id == link_id]:
                self._without(by, other, link)
        return after

    def _without(self, by: By, item: Item, link: Link) -> Item:
        kept = tuple(one for one in item.links if one.id != link.id)
        return self._write(by, item.model_copy(update={"links": kept}), parts.unlinked(link))

    def _renamed(self, old: str, new: str | None) -> None:
        """Links and parents that lead to an item go with it to its new key, or with None away."""
        for item in list(self._leading_to(old)):
            links = [link.model_copy(update={"key": new}) if link.key == old else link for link in item.links]
            kept = tuple(link for link in links if link.key or link.url)
            parent = new if item.parent == old else item.parent
            self._store(item.model_copy(update={"links": kept, "parent": parent}), self.now())

    def _leading_to(self, key: str) -> Iterator[Item]:
        return (i for i in self.items.values() if i.parent == key or any(link.key == key for link in i.links))


def _alike(one: Link, other: Link) -> bool:
    return (one.kind, one.key, None if one.key else one.url) == (
        other.kind,
        other.key,
        None if other.key else other.url,
    )
