"""Work logs: minutes that come with a comment."""

from __future__ import annotations

from datetime import UTC, datetime

from accord.errors import WriteRefused
from accord.model import WorkLog
from accord.ports import Written
from accord.trackers.rt.rest import RTRest

LONGEST_TEXT = 10_000


class Timesheet:
    """Books time, as an internal comment whose subject names the day. One is known by its content."""

    def __init__(self, rest: RTRest) -> None:
        self._rest = rest

    async def add(self, key: str, worklog: WorkLog) -> Written:
        minutes = round(worklog.seconds / 60)
        if minutes <= 0:
            raise WriteRefused(
                f"RT keeps no time of less than a minute ({worklog.seconds} s).",
                item=key,
                field="worklogs",
                value=worklog.seconds,
                remedy="Leave such work logs out of the rules.",
            )
        day = (worklog.started_at or datetime.now(UTC)).astimezone(UTC).date()
        text = as_text(worklog)[:LONGEST_TEXT]
        content = {"Content": f"{text}\n" if text == "0" else text} if text.strip() else {}
        message = {**content, "ContentType": "text/plain", "Subject": f"Time spent on {day}", "TimeTaken": minutes}
        return Written(await self._rest.say(key, "comment", message))


def as_text(worklog: WorkLog) -> str:
    """Header and text as one line."""
    return f"{worklog.header} {worklog.body}".strip() if worklog.header else worklog.body
