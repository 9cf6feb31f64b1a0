"""Links of an item: a list in its front matter, each as people say it, the item or the address last.

links: [blocks OPS-2, relates to OPS-3, "see https://wiki.example/door"]
"""

from __future__ import annotations

from accord.errors import ItemGone, WriteRefused
from accord.model import Link
from accord.ports import Written
from accord.trackers.markdown.editing import Edit
from accord.trackers.markdown.fields import LINKS, read_links
from accord.trackers.markdown.index import Index
from accord.trackers.markdown.nearest import nearest
from accord.trackers.markdown.reading import Reader
from accord.trackers.markdown.schema import Schema
from accord.trackers.markdown.writing import ItemWriter


class LinkWriter:
    """Writes links into the files of the items that they lead from. A link is known by what it says."""

    def __init__(self, index: Index, reader: Reader, items: ItemWriter) -> None:
        self._index, self._reader, self._items = index, reader, items

    def add(self, key: str, link: Link) -> Written:
        """Raises ItemGone, which names the key, where there is no item at either end."""
        document, schema = self._reader.source(key).document(), self._reader.schema()
        known = next((one for one in read_links(document, schema) if _alike(one, link)), None)
        if known:
            return Written(known.id)
        _refuse_undeclared(key, link, schema)
        if link.key and not self._index.paths_of(link.key):
            self._index.look()
        if link.key and not self._index.paths_of(link.key):
            raise ItemGone(f"There is no item {link.key}.", item=link.key)
        text = f"{link.kind} {link.key or link.url}".strip()
        return Written(text, self._items.change(key, lambda _: Edit(added_to={LINKS: [text]})).version)

    def delete(self, key: str, link_id: str) -> Written:
        """Deleting what is not there is done already."""
        return Written(link_id, self._items.change(key, lambda _: Edit(removed_from={LINKS: [link_id]})).version)


def _alike(one: Link, other: Link) -> bool:
    return (one.kind, one.key or one.url) == (other.kind, other.key or other.url)


def _refuse_undeclared(key: str, link: Link, schema: Schema) -> None:
    if link.key and not link.kind:
        raise WriteRefused("A link needs a kind.", item=key, field=LINKS, remedy="Name a default for links in the map.")
    if link.key and schema.links and link.kind not in schema.links:
        raise WriteRefused(
            f"tracker.yaml declares no link {link.kind!r}.",
            item=key,
            field=LINKS,
            value=link.kind,
            remedy=nearest(link.kind, schema.links),
        )
