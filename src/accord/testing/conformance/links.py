"""Links between items, parents and children."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from accord.errors import AccordError, ItemGone, WriteRefused
from accord.model import Item, Link
from accord.ports import Tracker
from accord.testing.conformance.base import (
    Checks,
    Sample,
    Somebody,
    assert_same_fields,
    assert_version_told,
    assert_versions_differ,
    needs,
    patch,
)

PAGE = "https://wiki.example/a%20page?of=it#part"


def between(item: Item, other: str) -> list[Link]:
    """The links of an item to another one."""
    return [link for link in item.links if link.key == other]


class LinkChecks(Checks):
    """Items are linked, and the links taken away."""

    async def _kinds(self, tracker: Tracker) -> Sequence[str]:
        """The kinds of links; skips the check where there are none."""
        needs(tracker.capabilities.links, "links")
        described = (await tracker.describe()).fields.get("links")
        assert described is not None, "describe() should tell of links, their kinds as options"
        return described.options or ("relates",)

    async def _two(self, tracker: Tracker, sample: Sample) -> tuple[Item, Item]:
        return await self.created(tracker, sample), await self.created(tracker, sample)

    async def test_what_keeps_no_links_says_so(self, tracker: Tracker) -> None:
        can, fields = tracker.capabilities, (await tracker.describe()).fields
        assert can.links == ("links" in fields)
        assert can.links or not (can.web_links or can.mirrored_links)

    async def test_items_are_linked(self, tracker: Tracker, sample: Sample) -> None:
        kind = (await self._kinds(tracker))[0]
        item, other = await self._two(tracker, sample)
        written = await tracker.add_link(item.key, Link(kind=kind, key=other.key))
        after = await tracker.read(item.key)
        assert [(link.id, link.kind, link.key) for link in after.links] == [(written.id, kind, other.key)]
        assert_same_fields(item, after)
        await assert_version_told(tracker, item.key, written)

    async def test_every_kind_that_is_described_can_be_made(self, tracker: Tracker, sample: Sample) -> None:
        kinds = await self._kinds(tracker)
        item = await self.created(tracker, sample)
        for kind in kinds:
            other = await self.created(tracker, sample)
            written = await tracker.add_link(item.key, Link(kind=kind, key=other.key))
            found = between(await tracker.read(item.key), other.key)
            assert [(link.id, link.kind) for link in found] == [(written.id, kind)]

    async def test_a_link_is_there_once(self, tracker: Tracker, sample: Sample) -> None:
        kind = (await self._kinds(tracker))[0]
        item, other = await self._two(tracker, sample)
        ids = {(await tracker.add_link(item.key, Link(kind=kind, key=other.key))).id for _ in range(2)}
        assert [link.id for link in (await tracker.read(item.key)).links] == list(ids)

    async def test_links_to_several_items_are_apart(self, tracker: Tracker, sample: Sample) -> None:
        kind = (await self._kinds(tracker))[0]
        item, one = await self._two(tracker, sample)
        two = await self.created(tracker, sample)
        for other in (one, two):
            await tracker.add_link(item.key, Link(kind=kind, key=other.key))
        (gone,) = between(await tracker.read(item.key), one.key)
        await tracker.delete_link(item.key, gone.id)
        assert [link.key for link in (await tracker.read(item.key)).links] == [two.key]

    async def test_a_link_is_deleted_once(self, tracker: Tracker, sample: Sample) -> None:
        kind = (await self._kinds(tracker))[0]
        needs(tracker.capabilities.link_delete, "deleting links")
        item, other = await self._two(tracker, sample)
        made = await tracker.add_link(item.key, Link(kind=kind, key=other.key))
        for _ in range(2):
            await tracker.delete_link(item.key, made.id)
            for key in (item.key, other.key):
                assert (await tracker.read(key)).links == ()

    async def test_a_link_that_was_taken_away_is_made_again(self, tracker: Tracker, sample: Sample) -> None:
        kind = (await self._kinds(tracker))[0]
        needs(tracker.capabilities.link_delete, "deleting links")
        item, other = await self._two(tracker, sample)
        link = Link(kind=kind, key=other.key)
        await tracker.delete_link(item.key, (await tracker.add_link(item.key, link)).id)
        await tracker.add_link(item.key, link)
        assert [one.key for one in (await tracker.read(item.key)).links] == [other.key]

    async def test_a_link_changes_the_version(self, tracker: Tracker, sample: Sample) -> None:
        kind = (await self._kinds(tracker))[0]
        item, other = await self._two(tracker, sample)
        await tracker.add_link(item.key, Link(kind=kind, key=other.key))
        assert_versions_differ(tracker, item.version, (await tracker.read(item.key)).version)

    async def test_a_tracker_without_links_refuses_them(self, tracker: Tracker, sample: Sample) -> None:
        if tracker.capabilities.links:
            pytest.skip("the tracker has links")
        item, other = await self._two(tracker, sample)
        with pytest.raises(AccordError):
            await tracker.add_link(item.key, Link(kind="relates", key=other.key))

    async def test_a_link_shows_at_both_ends_or_at_one(self, tracker: Tracker, sample: Sample) -> None:
        for kind in await self._kinds(tracker):
            item, other = await self._two(tracker, sample)
            made = await tracker.add_link(item.key, Link(kind=kind, key=other.key))
            found = [between(await tracker.read(a), b) for a, b in ((item.key, other.key), (other.key, item.key))]
            ends = [link for links in found for link in links]
            assert len(ends) == (2 if tracker.capabilities.mirrored_links else 1)
            assert {link.id for link in ends} == {made.id}
            assert sum(not link.mirrored for link in ends) == 1

    async def test_a_link_goes_from_both_ends(self, tracker: Tracker, sample: Sample) -> None:
        kind = (await self._kinds(tracker))[0]
        can = tracker.capabilities
        needs(can.mirrored_links and can.link_delete, "links that show at both ends, to be deleted")
        item, other = await self._two(tracker, sample)
        made = await tracker.add_link(item.key, Link(kind=kind, key=other.key))
        await tracker.delete_link(other.key, made.id)
        assert [(await tracker.read(key)).links for key in (item.key, other.key)] == [(), ()]

    async def test_a_kind_that_there_is_not_is_refused(self, tracker: Tracker, sample: Sample) -> None:
        await self._kinds(tracker)
        if not (await tracker.describe()).fields["links"].options:
            pytest.skip("every kind of link may be made")
        item, other = await self._two(tracker, sample)
        with pytest.raises(WriteRefused) as refused:
            await tracker.add_link(item.key, Link(kind="is the aunt of", key=other.key))
        assert refused.value.field == "links"
        assert "is the aunt of" in refused.value.message
        assert (await tracker.read(item.key)).links == ()

    async def test_a_link_needs_both_its_ends(self, tracker: Tracker, sample: Sample) -> None:
        kind = (await self._kinds(tracker))[0]
        item = await self.created(tracker, sample)
        for ends in ((item.key, sample.unknown_key), (sample.unknown_key, item.key)):
            with pytest.raises(ItemGone) as gone:
                await tracker.add_link(ends[0], Link(kind=kind, key=ends[1]))
            assert gone.value.item == sample.unknown_key
        assert (await tracker.read(item.key)).links == ()

    async def test_a_link_is_a_change_of_the_item(self, tracker: Tracker, sample: Sample) -> None:
        kind = (await self._kinds(tracker))[0]
        item, other = await self._two(tracker, sample)
        cursor = await self.quiet(tracker)
        made = await tracker.add_link(item.key, Link(kind=kind, key=other.key))
        hints, _ = await self.watch_out(tracker, sample, cursor, item.key)
        assert hints
        cursor = await self.quiet(tracker)
        await tracker.delete_link(item.key, made.id)
        hints, _ = await self.watch_out(tracker, sample, cursor, item.key)
        assert hints

    async def test_links_go_with_the_item_that_they_lead_to(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        kind = (await self._kinds(tracker))[0]
        item = await self.created(tracker, sample)
        other = await person.create(f"Item {self.marker()}")
        await tracker.add_link(item.key, Link(kind=kind, key=other))
        await person.delete(other)
        left = (await tracker.read(item.key)).links
        assert left == () or not tracker.capabilities.mirrored_links

    async def test_an_address_is_linked(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.web_links, "links to addresses")
        item = await self.created(tracker, sample)
        made = [await tracker.add_link(item.key, Link(url=PAGE)) for _ in range(2)]
        after = await tracker.read(item.key)
        assert [(link.id, link.key, link.url) for link in after.links] == [(made[0].id, "", PAGE)]
        await tracker.delete_link(item.key, made[0].id)
        assert (await tracker.read(item.key)).links == ()


class FamilyChecks(Checks):
    """Parents and children."""

    async def _parents(self, tracker: Tracker) -> None:
        described = (await tracker.describe()).fields.get("parent")
        if described is None or not described.writable:
            pytest.skip("the tracker has no parent that can be written")

    async def test_a_child_has_a_parent(self, tracker: Tracker, sample: Sample) -> None:
        await self._parents(tracker)
        parent = await self.created(tracker, sample)
        child = await self.created(tracker, sample, parent=parent.key)
        assert child.parent == parent.key
        other = await self.created(tracker, sample)
        await tracker.update(child.key, patch(parent=other.key), child.version)
        assert (await tracker.read(child.key)).parent == other.key
        await tracker.update(child.key, patch(parent=None), (await tracker.read(child.key)).version)
        assert (await tracker.read(child.key)).parent is None

    async def test_a_parent_must_be_there(self, tracker: Tracker, sample: Sample) -> None:
        await self._parents(tracker)
        child = await self.created(tracker, sample)
        with pytest.raises(AccordError):
            await tracker.update(child.key, patch(parent=sample.unknown_key), child.version)
        assert (await tracker.read(child.key)).parent is None

    async def test_children_are_found(self, tracker: Tracker, sample: Sample) -> None:
        await self._parents(tracker)
        needs(tracker.capabilities.children, "finding children")
        parent = await self.created(tracker, sample)
        assert list(await tracker.children(parent.key)) == []
        keys = [(await self.created(tracker, sample, parent=parent.key)).key for _ in range(2)]
        grandchild = await self.created(tracker, sample, parent=keys[0])
        assert sorted(await tracker.children(parent.key)) == sorted(keys)
        assert list(await tracker.children(keys[0])) == [grandchild.key]

    async def test_what_finds_children_has_parents(self, tracker: Tracker) -> None:
        assert not tracker.capabilities.children or "parent" in (await tracker.describe()).fields
