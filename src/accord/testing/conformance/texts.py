"""Texts at their limits: control characters, length, nothing at all."""

from __future__ import annotations

import unicodedata

import pytest

from accord.errors import WriteRefused
from accord.model import Comment, flatten, is_empty, same
from accord.ports import Tracker
from accord.testing.conformance.base import Checks, Sample, assert_same_fields, needs, patch, text_of

CONTROL = {
    "nul": "a\0b",
    "bell": "ring \a\b\v\f",
    "escape": "\x1b[31mred\x1b[0m",
    "delete": "a\x7fb",
    "upper": "next\x85line \x9f",
    "separators": "one\u2028two\u2029three",
    "mark": "\ufeffmark",
    "directions": "\u202egpj.exe\u202c",
    "zero width": "a\u200bb\u2060c\u00ad",
    "no character": "a\ufffeb\U0001ffff",
}
KILOBYTES_100 = {
    "lines": "".join(f"{n:06} ä quick brown fox jumps over the lazy 🦊.\n" for n in range(2000)),
    "one word": "x" * 100_000,
    "three bytes each": "語" * 34_000,
}


class TextChecks(Checks):
    """Whatever people paste is kept, cleaned or refused, and breaks nothing."""

    @pytest.mark.parametrize("name", CONTROL)
    async def test_a_control_character_in_a_summary_does_no_harm(
        self, tracker: Tracker, sample: Sample, name: str
    ) -> None:
        item, text = await self.created(tracker, sample), f"Before {CONTROL[name]} after"
        try:
            await tracker.update(item.key, patch(summary=text), item.version)
        except WriteRefused:
            assert await tracker.read(item.key) == item
        else:
            assert legible((await tracker.read(item.key)).summary) == legible(text)

    @pytest.mark.parametrize("name", CONTROL)
    async def test_a_control_character_in_a_description_does_no_harm(
        self, tracker: Tracker, sample: Sample, name: str
    ) -> None:
        text, marker = f"Before {CONTROL[name]} after\n\nSecond paragraph.", self.marker()
        draft = self.draft(sample, description=text)
        try:
            written = await tracker.create(draft, marker)
        except WriteRefused:
            assert await self.found(tracker, marker) is None
        else:
            item = await tracker.read(written.id)
            assert item.summary == draft.summary
            assert legible(item.description) == legible(sample.kept(text))
            assert await tracker.read(written.id) == item

    @pytest.mark.parametrize("name", CONTROL)
    async def test_a_control_character_in_a_comment_does_no_harm(
        self, tracker: Tracker, sample: Sample, name: str
    ) -> None:
        needs(tracker.capabilities.comments, "comments")
        item, text = await self.created(tracker, sample), f"Before {CONTROL[name]} after"
        try:
            await tracker.add_comment(item.key, Comment(body=text), self.marker())
        except WriteRefused:
            assert (await tracker.read(item.key)).comments == ()
        else:
            (comment,) = (await tracker.read(item.key)).comments
            assert legible(text_of(comment)) == legible(text)

    @pytest.mark.parametrize("name", KILOBYTES_100)
    async def test_a_description_of_100_kilobytes_survives(self, tracker: Tracker, sample: Sample, name: str) -> None:
        item = await self.created(tracker, sample, description=KILOBYTES_100[name])
        assert same(item.description, sample.kept(KILOBYTES_100[name]))
        await tracker.update(item.key, patch(description=KILOBYTES_100[name] + "\nend"), item.version)
        after = await tracker.read(item.key)
        assert same(after.description, sample.kept(KILOBYTES_100[name] + "\nend"))
        assert_same_fields(item, after, without=["description"])

    async def test_an_item_without_a_description_reads_as_empty(self, tracker: Tracker, sample: Sample) -> None:
        for nothing in (None, ""):
            assert is_empty((await self.created(tracker, sample, description=nothing)).description)

    async def test_a_field_without_a_value_is_created_as_empty(self, tracker: Tracker, sample: Sample) -> None:
        for path in sample.clearable:
            if path != "summary" and path not in sample.required:
                item = await self.created(tracker, sample, **{path: None})
                assert_same_fields(await self.created(tracker, sample), item, without=["summary"])

    @pytest.mark.parametrize("nothing", [None, ""], ids=["null", "empty"])
    async def test_null_and_empty_both_clear(self, tracker: Tracker, sample: Sample, nothing: str | None) -> None:
        item = await self.created(tracker, sample, description="First")
        await tracker.update(item.key, patch(description=nothing), item.version)
        after = await tracker.read(item.key)
        assert is_empty(after.description)
        assert_same_fields(item, after, without=["description"])

    async def test_clearing_what_is_empty_changes_nothing(self, tracker: Tracker, sample: Sample) -> None:
        item = await self.created(tracker, sample)
        paths = [path for path in sample.clearable if is_empty(flatten(item).get(path))]
        for path in paths:
            await tracker.update(item.key, patch(**{path: None}), None)
        assert_same_fields(item, await tracker.read(item.key))

    @pytest.mark.parametrize("nothing", [None, "", "   "], ids=["null", "empty", "blank"])
    async def test_a_summary_of_nothing_is_kept_or_refused(
        self, tracker: Tracker, sample: Sample, nothing: str | None
    ) -> None:
        item = await self.created(tracker, sample)
        try:
            await tracker.update(item.key, patch(summary=nothing), item.version)
        except WriteRefused:
            assert await tracker.read(item.key) == item
        else:
            assert_same_fields(item, await tracker.read(item.key), without=["summary"])

    async def test_an_empty_comment_is_kept_or_refused(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.comments, "comments")
        item = await self.created(tracker, sample)
        try:
            made = await tracker.add_comment(item.key, Comment(body=""), self.marker())
        except WriteRefused:
            assert (await tracker.read(item.key)).comments == ()
        else:
            assert [(c.id, text_of(c)) for c in (await tracker.read(item.key)).comments] == [(made.id, "")]


def legible(text: str | None) -> str:
    """What a reader sees: without spaces, and without what has no shape."""
    shapeless = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp", "Zs")
    return "".join(one for one in text or "" if unicodedata.category(one) not in shapeless and one != "\ufffd")
