"""Time spent, booked, corrected and taken back on either side."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.errors import Unreachable
from tests.pair import Pair, pair


@pytest.fixture
async def two(tmp_path: Path) -> AsyncIterator[Pair]:
    async with pair(tmp_path) as both:
        both.red.trigger = None
        both.blue.tracker.person_creates(summary="one")
        await both.settle()
        yield both


def spent(two: Pair) -> list[list[tuple[int, str]]]:
    return [sorted((log.seconds, log.body) for log in side.only.worklogs) for side in two.sides]


async def test_time_that_is_booked_on_either_side_is_on_both(two: Pair) -> None:
    two.blue.tracker.person_logs_time("BLUE-1", 3600, "Reading")
    two.red.tracker.person_logs_time("RED-1", 1800, "Writing")
    await two.settle()
    assert spent(two) == [[(1800, "Writing"), (3600, "Reading")]] * 2


async def test_time_is_corrected_and_taken_back_from_the_other_side(two: Pair) -> None:
    two.blue.tracker.person_logs_time("BLUE-1", 3600, "Reading")
    two.blue.tracker.person_logs_time("BLUE-1", 60, "Oops")
    await two.settle()
    copies = {log.body: log.id for log in two.red.only.worklogs}
    two.red.tracker.person_edits_worklog("RED-1", copies["Reading"], 5400)
    two.red.tracker.person_deletes_worklog("RED-1", copies["Oops"])
    await two.settle()
    assert spent(two) == [[(5400, "Reading")]] * 2


async def test_of_two_corrections_that_of_the_side_counts_on_which_it_was_booked(two: Pair) -> None:
    ours = two.blue.tracker.person_logs_time("BLUE-1", 3600, "Reading")
    await two.settle()
    (copy,) = two.red.only.worklogs
    two.blue.tracker.person_edits_worklog("BLUE-1", ours, 7200)
    two.red.tracker.person_edits_worklog("RED-1", copy.id, 60)
    await two.settle()
    assert spent(two) == [[(7200, "Reading")]] * 2
    assert "1 min: Reading" in str([await side.conflicts() for side in two.sides])


async def test_a_comment_and_a_work_log_of_one_number_are_not_taken_for_each_other(two: Pair) -> None:
    two.blue.tracker.person_comments("BLUE-1", "Hello")
    two.blue.tracker.person_logs_time("BLUE-1", 3600, "Hello")
    await two.settle()
    item = two.red.only
    (comment,), (log,) = item.comments, item.worklogs
    alike = item.model_copy(update={"worklogs": (log.model_copy(update={"id": comment.id}),)})
    two.red.tracker.items[item.key] = alike
    two.red.tracker.person_edits_worklog(item.key, comment.id, 1800)
    await two.settle()
    assert [one.body for one in two.blue.only.comments] == ["Hello"]


@pytest.mark.parametrize("after", [True, False])
async def test_time_is_booked_once_though_the_answer_is_lost(two: Pair, *, after: bool) -> None:
    two.red.tracker.fail_next("add_worklog", Unreachable("time-out"), after=after)
    two.blue.tracker.person_logs_time("BLUE-1", 3600, "Reading")
    await two.settle(seconds=100)
    assert spent(two) == [[(3600, "Reading")]] * 2
