"""Updates: exactly the patch, and never over what was not seen."""

from __future__ import annotations

import pytest

from accord.errors import ItemGone, VersionMismatch, WriteRefused
from accord.model import Comment, Patch, flatten, is_empty, same
from accord.ports import Tracker
from accord.testing.conformance.base import (
    PATHS,
    Checks,
    Sample,
    Somebody,
    assert_same_fields,
    assert_version_told,
    assert_versions_differ,
    needs,
    patch,
)
from accord.testing.conformance.creating import DESCRIPTIONS


class UpdateChecks(Checks):
    """An item changes."""

    async def test_a_summary_is_updated_and_nothing_else(self, tracker: Tracker, sample: Sample) -> None:
        written = await tracker.create(await self.full_draft(tracker, sample), self.marker())
        before = await tracker.read(written.id)
        await tracker.update(written.id, patch(summary="Another: 'summary' – 🚀"), before.version)
        after = await tracker.read(written.id)
        assert after.summary == "Another: 'summary' – 🚀"
        assert_same_fields(before, after, without=["summary"])
        assert after.marker == before.marker

    async def test_a_description_is_updated_and_nothing_else(self, tracker: Tracker, sample: Sample) -> None:
        written = await tracker.create(await self.full_draft(tracker, sample), self.marker())
        before = await tracker.read(written.id)
        await tracker.update(written.id, patch(description="# New\n\n- text\n- more"), before.version)
        after = await tracker.read(written.id)
        assert same(after.description, "# New\n\n- text\n- more")
        assert_same_fields(before, after, without=["description"])

    @pytest.mark.parametrize("path", PATHS[:-1])
    async def test_a_field_is_updated_and_nothing_else(self, tracker: Tracker, sample: Sample, path: str) -> None:
        await self.has(tracker, sample, path)
        await self._updated(tracker, sample, path)

    async def test_custom_fields_are_updated_and_nothing_else(self, tracker: Tracker, sample: Sample) -> None:
        for path in self.custom_fields(tracker, sample):
            await self._updated(tracker, sample, path)

    async def _updated(self, tracker: Tracker, sample: Sample, path: str) -> None:
        written = await tracker.create(await self.full_draft(tracker, sample), self.marker())
        before = await tracker.read(written.id)
        value = sample.values[path][1]
        await tracker.update(written.id, Patch(values={path: value}), before.version)
        after = await tracker.read(written.id)
        assert same(flatten(after)[path], value), path
        assert_same_fields(before, after, without=[path, *sample.besides.get(path, ())])

    @pytest.mark.parametrize("name", DESCRIPTIONS)
    async def test_a_description_becomes_an_awkward_one(self, tracker: Tracker, sample: Sample, name: str) -> None:
        item = await self.created(tracker, sample, description="First")
        await tracker.update(item.key, patch(description=DESCRIPTIONS[name]), item.version)
        assert same((await tracker.read(item.key)).description, sample.kept(DESCRIPTIONS[name]))

    async def test_writing_what_is_there_changes_nothing(self, tracker: Tracker, sample: Sample) -> None:
        item = await self.created(tracker, sample, summary="Same", description="Same text")
        await tracker.update(item.key, patch(summary="Same", description="Same text"), item.version)
        assert_same_fields(item, await tracker.read(item.key))

    async def test_several_fields_are_updated_at_once(self, tracker: Tracker, sample: Sample) -> None:
        written = await tracker.create(await self.full_draft(tracker, sample), self.marker())
        before = await tracker.read(written.id)
        values = {path: second for path, (_, second) in sample.values.items()} | {"summary": "Everything is new"}
        await tracker.update(written.id, Patch(values=values), before.version)
        after = flatten(await tracker.read(written.id))
        assert {path: after[path] for path in values if not same(after[path], values[path])} == {}

    async def test_fields_are_cleared(self, tracker: Tracker, sample: Sample) -> None:
        written = await tracker.create(await self.full_draft(tracker, sample), self.marker())
        for path in sample.clearable:
            before = await tracker.read(written.id)
            await tracker.update(written.id, Patch(values={path: None}), before.version)
            after = await tracker.read(written.id)
            assert is_empty(flatten(after).get(path)), path
            assert_same_fields(before, after, without=[path])

    async def test_a_cleared_field_can_be_set_again(self, tracker: Tracker, sample: Sample) -> None:
        item = await self.created(tracker, sample, description="First")
        for text in (None, "Second"):
            item = await tracker.read(item.key)
            await tracker.update(item.key, patch(description=text), item.version)
        assert same((await tracker.read(item.key)).description, "Second")

    async def test_labels_come_and_go_one_by_one(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.labels, "labels")
        one, two, three = sample.labels[:3]
        draft = self.draft(sample).model_copy(update={"labels": (one, two)})
        before = await tracker.read((await tracker.create(draft, self.marker())).id)
        await tracker.update(before.key, Patch(labels_added=(three,), labels_removed=(one,)), before.version)
        after = await tracker.read(before.key)
        assert set(after.labels) == {two, three}
        assert_same_fields(before, after, without=[f"labels.{one}", f"labels.{three}"])

    async def test_a_label_is_there_once(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.labels, "labels")
        item = await self.created(tracker, sample)
        for _ in range(2):
            item = await tracker.read(item.key)
            await tracker.update(item.key, Patch(labels_added=sample.labels[:1]), item.version)
        assert (await tracker.read(item.key)).labels == sample.labels[:1]

    async def test_the_last_label_goes(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.labels, "labels")
        draft = self.draft(sample).model_copy(update={"labels": sample.labels[:1]})
        item = await tracker.read((await tracker.create(draft, self.marker())).id)
        await tracker.update(item.key, Patch(labels_removed=(*sample.labels[:1], "not there")), item.version)
        assert (await tracker.read(item.key)).labels == ()

    async def test_a_stale_version_is_refused(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        needs(tracker.capabilities.versioned_writes, "versioned writes")
        item = await self.created(tracker, sample)
        await person.edit(item.key, "summary", "By hand")
        with pytest.raises(VersionMismatch):
            await tracker.update(item.key, patch(summary="By sync", description="By sync"), item.version)
        after = await tracker.read(item.key)
        assert after.summary == "By hand"
        assert is_empty(after.description)

    async def test_a_persons_edit_of_another_field_is_kept(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        needs(tracker.capabilities.versioned_writes, "versioned writes")
        item = await self.created(tracker, sample)
        await person.edit(item.key, "description", "By hand")
        try:
            await tracker.update(item.key, patch(summary="By sync"), item.version)
        except VersionMismatch:
            item = await tracker.read(item.key)
            await tracker.update(item.key, patch(summary="By sync"), item.version)
        after = await tracker.read(item.key)
        assert after.summary == "By sync"
        assert same(after.description, "By hand")

    async def test_without_an_expected_version_it_is_written(self, tracker: Tracker, sample: Sample) -> None:
        item = await self.created(tracker, sample)
        await tracker.update(item.key, patch(summary="New"), None)
        assert (await tracker.read(item.key)).summary == "New"

    async def test_updating_tells_the_version_that_is_read_next(self, tracker: Tracker, sample: Sample) -> None:
        item = await self.created(tracker, sample)
        written = await tracker.update(item.key, patch(summary="New"), item.version)
        assert written.id == item.key
        await assert_version_told(tracker, item.key, written)

    async def test_every_write_that_changes_something_changes_the_version(
        self, tracker: Tracker, sample: Sample
    ) -> None:
        item = await self.created(tracker, sample)
        changes = [patch(summary="New"), patch(description="New")]
        changes += [Patch(labels_added=sample.labels[:1])] if tracker.capabilities.labels else []
        versions = [item.version]
        for change in changes:
            await tracker.update(item.key, change, versions[-1])
            versions.append((await tracker.read(item.key)).version)
        assert_versions_differ(tracker, *versions)

    async def test_a_persons_edit_changes_the_version(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        item = await self.created(tracker, sample)
        await person.edit(item.key, "summary", "By hand")
        after = await tracker.read(item.key)
        assert after.summary == "By hand"
        assert_versions_differ(tracker, item.version, after.version)

    async def test_a_refused_value_leaves_the_item_as_it_was(self, tracker: Tracker, sample: Sample) -> None:
        fields = (await tracker.describe()).fields
        path = next((path for path in sample.values if fields[path].options), None)
        if path is None:
            pytest.skip("describe() names no field with options: the tracker takes any value")
        item = await self.created(tracker, sample)
        with pytest.raises(WriteRefused) as refused:
            await tracker.update(item.key, Patch(values={"summary": "New", path: "no such value"}), item.version)
        assert refused.value.field is not None
        assert await tracker.read(item.key) == item

    async def test_writing_to_an_unknown_item_says_that_it_is_gone(self, tracker: Tracker, sample: Sample) -> None:
        with pytest.raises(ItemGone):
            await tracker.update(sample.unknown_key, patch(summary="New"), None)
        if tracker.capabilities.comments:
            with pytest.raises(ItemGone):
                await tracker.add_comment(sample.unknown_key, Comment(body="Hello"), self.marker())

    async def test_what_a_person_deleted_is_gone(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        item = await self.created(tracker, sample)
        await person.delete(item.key)
        with pytest.raises(ItemGone):
            await tracker.read(item.key)
        with pytest.raises(ItemGone):
            await tracker.update(item.key, patch(summary="New"), item.version)
