"""Work logs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from accord.errors import AccordError, VersionMismatch
from accord.model import Item, WorkLog
from accord.ports import Tracker
from accord.testing.conformance.base import Checks, Sample, assert_same_fields, needs

DAY = datetime(2026, 11, 2, tzinfo=UTC)
HOUR = 3600


def spent(seconds: int = HOUR, body: str = "Reading", header: str = "") -> WorkLog:
    return WorkLog(seconds=seconds, body=body, header=header, started_at=DAY)


class WorkLogChecks(Checks):
    """Time is booked, corrected and taken back."""

    async def _keeping_time(self, tracker: Tracker, sample: Sample) -> Item:
        needs(tracker.capabilities.worklogs, "work logs")
        return await self.created(tracker, sample)

    async def test_time_is_booked(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._keeping_time(tracker, sample)
        written = await tracker.add_worklog(item.key, spent(5400), self.marker())
        after = await tracker.read(item.key)
        assert [(log.id, log.seconds, log.body) for log in after.worklogs] == [(written.id, 5400, "Reading")]
        assert after.worklogs[0].started_at is not None
        assert after.worklogs[0].started_at.date() == DAY.date()
        assert_same_fields(item, after)

    async def test_time_is_booked_without_a_text(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._keeping_time(tracker, sample)
        await tracker.add_worklog(item.key, spent(body=""), self.marker())
        assert [(log.seconds, log.body) for log in (await tracker.read(item.key)).worklogs] == [(HOUR, "")]

    @pytest.mark.parametrize("minutes", [1, 20, 50, 450, 60 * 100])
    async def test_minutes_are_kept(self, tracker: Tracker, sample: Sample, minutes: int) -> None:
        item = await self._keeping_time(tracker, sample)
        await tracker.add_worklog(item.key, spent(minutes * 60), self.marker())
        (log,) = (await tracker.read(item.key)).worklogs
        assert log.seconds == minutes * 60

    async def test_equal_times_are_two(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._keeping_time(tracker, sample)
        ids = [(await tracker.add_worklog(item.key, spent(), self.marker())).id for _ in range(2)]
        assert [log.id for log in (await tracker.read(item.key)).worklogs] == ids
        assert len(set(ids)) == 2

    async def test_awkward_text_of_a_work_log_survives(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._keeping_time(tracker, sample)
        text = 'Größe 🚀 <b>&amp; "quoted" | #12'
        await tracker.add_worklog(item.key, spent(body=text), self.marker())
        assert [log.body for log in (await tracker.read(item.key)).worklogs] == [text]

    async def test_a_header_comes_before_the_text_of_a_work_log(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._keeping_time(tracker, sample)
        await tracker.add_worklog(item.key, spent(header="Alice Ö.:"), self.marker())
        (log,) = (await tracker.read(item.key)).worklogs
        shown = f"{log.header} {log.body}"
        assert shown.strip().startswith("Alice Ö.:")
        assert shown.endswith("Reading")

    async def test_a_work_log_is_corrected(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.worklog_edit, "correcting work logs")
        item = await self._keeping_time(tracker, sample)
        first = await tracker.add_worklog(item.key, spent(), self.marker())
        await tracker.add_worklog(item.key, spent(body="Another"), self.marker())
        await tracker.edit_worklog(item.key, spent(1800, "Less").model_copy(update={"id": first.id}))
        logs = (await tracker.read(item.key)).worklogs
        assert [(log.seconds, log.body) for log in logs] == [(1800, "Less"), (HOUR, "Another")]

    async def test_a_work_log_that_is_gone_is_not_corrected(self, tracker: Tracker, sample: Sample) -> None:
        can = tracker.capabilities
        needs(can.worklog_edit and can.worklog_delete, "correcting and deleting work logs")
        item = await self._keeping_time(tracker, sample)
        made = await tracker.add_worklog(item.key, spent(), self.marker())
        await tracker.delete_worklog(item.key, made.id)
        with pytest.raises(VersionMismatch):
            await tracker.edit_worklog(item.key, spent().model_copy(update={"id": made.id}))

    async def test_a_work_log_is_deleted_once(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.worklog_delete, "deleting work logs")
        item = await self._keeping_time(tracker, sample)
        made = await tracker.add_worklog(item.key, spent(), self.marker())
        for _ in range(2):
            await tracker.delete_worklog(item.key, made.id)
            assert (await tracker.read(item.key)).worklogs == ()

    async def test_no_time_is_booked_on_what_is_not_there(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.worklogs, "work logs")
        with pytest.raises(AccordError):
            await tracker.add_worklog(sample.unknown_key, spent(), self.marker())
