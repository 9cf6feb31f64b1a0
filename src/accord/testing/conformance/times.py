"""Time zones: a moment is that moment, and a day is that day."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accord.model import Comment, flatten, same
from accord.ports import Tracker
from accord.testing.conformance.base import Checks, Sample, Somebody, needs

# No two time zones are nearer to each other than a quarter of an hour.
NEAR = timedelta(minutes=10)
# In Europe clocks change on the second and on the fourth of them.
DAYS = ("2031-01-01", "2031-03-30", "2031-06-30", "2031-10-26", "2031-12-31", "2032-02-29")


class TimeChecks(Checks):
    """Wherever node, tracker and people are."""

    async def test_an_item_was_created_just_now(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        keys = [(await self.created(tracker, sample)).key, await person.create("By hand")]
        for item in [await tracker.read(key) for key in keys]:
            for at in (item.created_at, item.updated_at):
                assert at is None or (at.tzinfo and abs(at - sample.now()) < NEAR), at

    async def test_a_comment_was_written_just_now(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        needs(tracker.capabilities.comments, "comments")
        item = await self.created(tracker, sample)
        await tracker.add_comment(item.key, Comment(body="By sync"), self.marker())
        await person.comment(item.key, "By hand")
        for comment in (await tracker.read(item.key)).comments:
            assert comment.created_at is None or abs(comment.created_at - sample.now()) < NEAR

    @pytest.mark.parametrize("day", DAYS)
    async def test_a_day_stays_that_day(self, tracker: Tracker, sample: Sample, day: str) -> None:
        await self.has(tracker, sample, "due")
        item = await self.created(tracker, sample, due=day)
        assert same(flatten(item)["due"], day)

    async def test_a_day_of_a_person_is_that_day(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        await self.has(tracker, sample, "due")
        item = await self.created(tracker, sample)
        await person.edit(item.key, "due", "2031-12-31")
        assert same(flatten(await tracker.read(item.key))["due"], "2031-12-31")
