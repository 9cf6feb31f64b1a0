"""Links between items, parents and children."""

from __future__ import annotations

import pytest

from accord.errors import AccordError, ItemGone, WriteRefused
from accord.model import Item, Link
from accord.ports import Tracker
from accord.testing.conformance.base import Checks, Sample, assert_same_fields, needs, patch


class LinkChecks(Checks):
    """Items are linked, and links are taken away. Items have parents."""

    async def _linked(self, tracker: Tracker, sample: Sample) -> tuple[Item, Item, str]:
        """Two items, and the first kind of link that the tracker tells of."""
        needs(tracker.capabilities.links, "links")
        told = (await tracker.describe()).fields.get("links")
        assert told is not None, "describe() should tell of links"
        assert told.options, "describe() should tell which kinds of links there are"
        return await self.created(tracker, sample), await self.created(tracker, sample), told.options[0]

    async def test_items_are_linked(self, tracker: Tracker, sample: Sample) -> None:
        item, other, kind = await self._linked(tracker, sample)
        written = await tracker.add_link(item.key, Link(kind=kind, key=other.key))
        after = await tracker.read(item.key)
        assert [(link.id, link.kind, link.key) for link in after.links] == [(written.id, kind, other.key)]
        assert_same_fields(item, after)

    async def test_every_kind_of_link_that_is_told_can_be_made(self, tracker: Tracker, sample: Sample) -> None:
        item, _, _ = await self._linked(tracker, sample)
        for kind in (await tracker.describe()).fields["links"].options:
            other = await self.created(tracker, sample)
            made = await tracker.add_link(item.key, Link(kind=kind, key=other.key))
            links = {link.id: link for link in (await tracker.read(item.key)).links}
            assert (links[made.id].kind, links[made.id].key) == (kind, other.key)

    async def test_what_is_linked_already_stays_one_link(self, tracker: Tracker, sample: Sample) -> None:
        item, other, kind = await self._linked(tracker, sample)
        link = Link(kind=kind, key=other.key)
        first, again = [(await tracker.add_link(item.key, link)).id for _ in range(2)]
        assert first == again
        assert len((await tracker.read(item.key)).links) == 1

    async def test_a_link_is_taken_away_once(self, tracker: Tracker, sample: Sample) -> None:
        item, other, kind = await self._linked(tracker, sample)
        needs(tracker.capabilities.link_delete, "taking links away")
        made = await tracker.add_link(item.key, Link(kind=kind, key=other.key))
        for _ in range(2):
            await tracker.delete_link(item.key, made.id)
            assert (await tracker.read(item.key)).links == ()

    async def test_a_link_that_was_taken_away_can_be_made_again(self, tracker: Tracker, sample: Sample) -> None:
        item, other, kind = await self._linked(tracker, sample)
        needs(tracker.capabilities.link_delete, "taking links away")
        link = Link(kind=kind, key=other.key)
        await tracker.delete_link(item.key, (await tracker.add_link(item.key, link)).id)
        await tracker.add_link(item.key, link)
        assert [one.key for one in (await tracker.read(item.key)).links] == [other.key]

    async def test_a_link_changes_the_version(self, tracker: Tracker, sample: Sample) -> None:
        item, other, kind = await self._linked(tracker, sample)
        await tracker.add_link(item.key, Link(kind=kind, key=other.key))
        assert item.version is None or (await tracker.read(item.key)).version != item.version

    async def test_nothing_is_linked_with_what_is_not_there(self, tracker: Tracker, sample: Sample) -> None:
        item, _, kind = await self._linked(tracker, sample)
        with pytest.raises(ItemGone) as gone:
            await tracker.add_link(item.key, Link(kind=kind, key=sample.unknown_key))
        assert gone.value.item == sample.unknown_key
        with pytest.raises(ItemGone) as gone:
            await tracker.add_link(sample.unknown_key, Link(kind=kind, key=item.key))
        assert gone.value.item == sample.unknown_key
        assert (await tracker.read(item.key)).links == ()

    async def test_a_kind_of_link_that_there_is_not_is_refused(self, tracker: Tracker, sample: Sample) -> None:
        item, other, _ = await self._linked(tracker, sample)
        with pytest.raises(WriteRefused) as refused:
            await tracker.add_link(item.key, Link(kind="no such kind", key=other.key))
        assert (refused.value.item, refused.value.field, refused.value.value) == (item.key, "links", "no such kind")
        assert refused.value.remedy

    async def test_a_link_to_an_address(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.web_links, "links to addresses")
        item = await self.created(tracker, sample)
        await tracker.add_link(item.key, Link(kind="see", url="https://example.net/browse/ACME-9"))
        (link,) = (await tracker.read(item.key)).links
        assert (link.key, link.url) == ("", "https://example.net/browse/ACME-9")

    async def test_a_tracker_without_links_refuses_them(self, tracker: Tracker, sample: Sample) -> None:
        if tracker.capabilities.links:
            pytest.skip("the tracker has links")
        item, other = await self.created(tracker, sample), await self.created(tracker, sample)
        with pytest.raises(AccordError):
            await tracker.add_link(item.key, Link(kind="relates", key=other.key))

    async def test_children_are_found_by_their_parent(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.children, "children")
        parent = await self.created(tracker, sample)
        assert list(await tracker.children(parent.key)) == []
        keys = [(await self.created(tracker, sample)).key for _ in range(2)]
        for key in keys:
            child = await tracker.read(key)
            await tracker.update(key, patch(parent=parent.key), child.version)
            assert (await tracker.read(key)).parent == parent.key
        assert sorted(await tracker.children(parent.key)) == sorted(keys)

    async def test_an_item_leaves_its_parent(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.children, "children")
        parent = await self.created(tracker, sample)
        child = await self.created(tracker, sample)
        await tracker.update(child.key, patch(parent=parent.key), child.version)
        await tracker.update(child.key, patch(parent=None), (await tracker.read(child.key)).version)
        assert (await tracker.read(child.key)).parent is None
        assert list(await tracker.children(parent.key)) == []
