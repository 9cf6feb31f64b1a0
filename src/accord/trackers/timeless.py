"""Trackers that keep no time."""

from __future__ import annotations

from accord.errors import WriteRefused
from accord.model import WorkLog
from accord.ports import Written


class KeepsNoTime:
    """Refuses work logs, for connectors whose `Capabilities` say that there are none."""

    name: str

    async def add_worklog(self, key: str, worklog: WorkLog, marker: str) -> Written:  # noqa: ARG002
        raise self._refused(key)

    async def edit_worklog(self, key: str, worklog: WorkLog) -> Written:  # noqa: ARG002
        raise self._refused(key)

    async def delete_worklog(self, key: str, worklog_id: str) -> Written:  # noqa: ARG002
        raise self._refused(key)

    def _refused(self, key: str) -> WriteRefused:
        return WriteRefused(
            f"{self.name} has no place for time spent.",
            item=key,
            field="worklogs",
            remedy="Leave worklogs out of the map here, or take hours as text in a field.",
        )
