"""Describing, creating, finding and reading."""

from __future__ import annotations

import pytest

from accord.errors import ItemGone, WriteRefused
from accord.model import Attachment, Comment, flatten, same
from accord.ports import Once, Tracker
from accord.testing.conformance.base import PATHS, Checks, Sample, Somebody, assert_version_told, needs, settled

SUMMARIES = {
    "umlauts": "Überprüfung für Zürich schlägt fehl",
    "emoji": "Deploy 🚀 burns 🔥 for 👩‍💻",
    "scripts": "登录失败 – تسجيل الدخول – ошибка",
    "quotes": "It's \"quoted\" 'twice' and `coded`",
    "heading": "# not a heading",
    "list": "- not a list",
    "colon": "error: key: value # comment",
    "yes": "yes",
    "null": "null",
    "number": "007",
    "float": "1.10",
    "date": "2026-12-24",
    "braces": "{a: [b, c]} *x* &y !z %w @v |u >t",
    "backslash": "C:\\new\\table\\x41",
    "markup": "<b>bold</b> & <script>alert(1)</script>",
    "long": "word " * 45 + "end",
}

DESCRIPTIONS = {
    "table": "| a | b |\n|---|:-:|\n| 1 | `x` |\n| ü | **y** |",
    "code": "Before\n\n```python\ndef f():\n    return '---'\n\n\n# end\n```\n\nAfter",
    "nested list": "- [ ] one\n  - [x] two\n    1. three\n\n- four",
    "dashes": "---\nkey: X-1\n---\n\nnot front matter",
    "rule first": "Title\n---\n\n---\n\n***",
    "crlf": "one\r\ntwo\r\n\r\nthree",
    "html": "<details><summary>More</summary>\n\n&amp; <!-- hidden -->\n\n</details>",
    "hard breaks": "one  \ntwo\\\nthree",
    "emoji": "👩‍💻 – „quoted“ – 😀",
    "tab": "a\tb\n\n    indented code",
    "large": "\n".join(f"{n:05}: The quick brown fox jumps over the lazy dog, ä ö ü." for n in range(1600)),
}


class CreationChecks(Checks):
    """An item comes about, and reads as it was written."""

    async def test_it_describes_what_items_hold(self, tracker: Tracker, sample: Sample) -> None:
        description = await tracker.describe()
        assert {"summary", "description"} <= description.fields.keys()
        for path, values in sample.values.items():
            assert path in description.fields
            options = description.fields[path].options
            if options:
                assert {one for value in values for one in (value if isinstance(value, list) else [value])} <= set(
                    options
                )

    async def test_it_describes_itself_the_same_way_twice(self, tracker: Tracker) -> None:
        assert await tracker.describe() == await tracker.describe()

    async def test_a_created_item_is_found_by_its_marker(self, tracker: Tracker, sample: Sample) -> None:
        marker = self.marker()
        written = await tracker.create(self.draft(sample), marker)
        assert await self.found(tracker, marker) == written.id

    async def test_a_created_item_shows_its_key_and_marker(self, tracker: Tracker, sample: Sample) -> None:
        marker = self.marker()
        written = await tracker.create(self.draft(sample), marker)
        item = await tracker.read(written.id)
        assert item.key == written.id
        if tracker.capabilities.item_once is Once.MARKER:
            assert item.marker == marker

    async def test_a_marker_outlives_the_edits_of_people(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        marker = self.marker()
        key = (await tracker.create(self.draft(sample, description="First"), marker)).id
        await person.edit(key, "summary", "By hand")
        await person.edit(key, "description", "By hand")
        assert await self.found(tracker, marker) == key

    async def test_a_marker_in_a_text_finds_nothing(self, tracker: Tracker, sample: Sample) -> None:
        quoted = self.marker()
        await self.created(tracker, sample, summary=f"About {quoted}", description=f"{quoted}\n\nmarker: {quoted}")
        assert await self.found(tracker, quoted) is None

    async def test_the_comments_and_files_of_a_draft_are_not_created(self, tracker: Tracker, sample: Sample) -> None:
        parts = {"comments": (Comment(id="1", body="Later"),), "attachments": (Attachment(id="2", name="later"),)}
        written = await tracker.create(self.draft(sample).model_copy(update=parts), self.marker())
        item = await tracker.read(written.id)
        assert (item.comments, item.attachments) == ((), ())

    async def test_an_unknown_marker_finds_nothing(self, tracker: Tracker) -> None:
        assert await tracker.find(self.marker()) is None

    async def test_what_a_person_creates_has_no_marker(self, tracker: Tracker, person: Somebody) -> None:
        key = await person.create("By hand")
        item = await tracker.read(key)
        assert (item.key, item.summary, item.marker) == (key, "By hand", None)

    async def test_equal_drafts_with_two_markers_are_two_items(self, tracker: Tracker, sample: Sample) -> None:
        draft, one, two = self.draft(sample), self.marker(), self.marker()
        first, second = await tracker.create(draft, one), await tracker.create(draft, two)
        assert first.id != second.id
        await settled(tracker)
        assert [await tracker.find(one), await tracker.find(two)] == [first.id, second.id]

    async def test_a_created_item_reads_back_field_by_field(self, tracker: Tracker, sample: Sample) -> None:
        draft = await self.full_draft(tracker, sample)
        written = await tracker.create(draft, self.marker())
        wanted, read = flatten(draft), flatten(await tracker.read(written.id))
        for path in ("summary", "description", *sample.values, *(f"labels.{name}" for name in draft.labels)):
            assert same(read.get(path), wanted[path]), path

    @pytest.mark.parametrize("path", PATHS[:-1])
    async def test_a_field_is_created_with_its_value(self, tracker: Tracker, sample: Sample, path: str) -> None:
        await self.has(tracker, sample, path)
        for value in sample.values[path]:
            item = await self.created(tracker, sample, **{path: value})
            assert same(flatten(item)[path], value)

    async def test_custom_fields_are_created_with_their_values(self, tracker: Tracker, sample: Sample) -> None:
        for path in self.custom_fields(tracker, sample):
            for value in sample.values[path]:
                item = await self.created(tracker, sample, **{path: value})
                assert same(flatten(item)[path], value), path

    @pytest.mark.parametrize("name", SUMMARIES)
    async def test_an_awkward_summary_survives(self, tracker: Tracker, sample: Sample, name: str) -> None:
        item = await self.created(tracker, sample, summary=SUMMARIES[name])
        assert item.summary == SUMMARIES[name]

    @pytest.mark.parametrize("name", DESCRIPTIONS)
    async def test_an_awkward_description_survives(self, tracker: Tracker, sample: Sample, name: str) -> None:
        item = await self.created(tracker, sample, description=DESCRIPTIONS[name])
        assert same(item.description, sample.kept(DESCRIPTIONS[name]))

    async def test_labels_are_created(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.labels, "labels")
        draft = self.draft(sample).model_copy(update={"labels": sample.labels})
        written = await tracker.create(draft, self.marker())
        assert set((await tracker.read(written.id)).labels) == set(sample.labels)

    async def test_creating_tells_the_version_that_is_read_next(self, tracker: Tracker, sample: Sample) -> None:
        written = await tracker.create(self.draft(sample), self.marker())
        await assert_version_told(tracker, written.id, written)

    async def test_two_reads_are_equal(self, tracker: Tracker, sample: Sample) -> None:
        written = await tracker.create(await self.full_draft(tracker, sample), self.marker())
        assert await tracker.read(written.id) == await tracker.read(written.id)

    async def test_times_have_a_time_zone(self, tracker: Tracker, sample: Sample) -> None:
        item = await self.created(tracker, sample)
        assert all(at.tzinfo for at in (item.created_at, item.updated_at) if at is not None)

    @pytest.mark.parametrize("key", ["", ".", "..", "../../etc/passwd", "a/b", "no such\0key", "%2e%2e", "x" * 5000])
    async def test_a_key_that_can_not_be_is_gone(self, tracker: Tracker, key: str) -> None:
        with pytest.raises(ItemGone):
            await tracker.read(key)

    async def test_an_unknown_key_is_gone(self, tracker: Tracker, sample: Sample) -> None:
        with pytest.raises(ItemGone) as gone:
            await tracker.read(sample.unknown_key)
        assert sample.unknown_key in str(gone.value)

    async def test_a_value_that_the_tracker_does_not_know_is_refused(self, tracker: Tracker, sample: Sample) -> None:
        fields = (await tracker.describe()).fields
        path = next((path for path in sample.values if fields[path].options), None)
        if path is None:
            pytest.skip("describe() names no field with options: the tracker takes any value")
        marker = self.marker()
        with pytest.raises(WriteRefused) as refused:
            await tracker.create(self.draft(sample, **{path: "no such value"}), marker)
        assert refused.value.field is not None
        assert await self.found(tracker, marker) is None

    async def test_a_query_finds_what_matches(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.labels and bool(sample.query), "query by label")
        with_label = self.draft(sample).model_copy(update={"labels": sample.labels[:1]})
        other_label = self.draft(sample).model_copy(update={"labels": sample.labels[1:2]})
        keys = [(await tracker.create(draft, self.marker())).id for draft in (with_label, other_label)]
        await settled(tracker)
        assert await tracker.matching(sample.query, [*keys, sample.unknown_key]) == {keys[0]}
        assert await tracker.matching(sample.query, []) == set()

    async def test_a_query_that_is_wrong_is_refused(self, tracker: Tracker, sample: Sample) -> None:
        item = await self.created(tracker, sample)
        with pytest.raises(WriteRefused) as refused:
            await tracker.matching(sample.bad_query, [item.key])
        assert refused.value.message
