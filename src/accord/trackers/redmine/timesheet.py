"""Work logs: time entries of an issue."""

from __future__ import annotations

from datetime import UTC, datetime

from accord.errors import AccordError, Forbidden, ItemGone, VersionMismatch, WriteRefused
from accord.model import Person, WorkLog
from accord.ports import Written
from accord.trackers.http import Answer
from accord.trackers.redmine.names import NameBook
from accord.trackers.redmine.rest import RedmineRest, Row

LONGEST_TEXT = 1024


class Timesheet:
    """Books, corrects and takes back hours. An entry has no place for a mark, so it is known by its content."""

    def __init__(self, rest: RedmineRest, book: NameBook, activity: str | None, *, speak_for_people: bool) -> None:
        self._rest, self._book, self._activity = rest, book, activity
        self._speak_for_people = speak_for_people

    async def add(self, key: str, worklog: WorkLog) -> Written:
        """In the name of its author where that was asked for and Redmine lets them, else in our own."""
        day = {"spent_on": datetime.now(UTC).date().isoformat()}
        values = {"issue_id": key, "activity_id": await self._activity_id(), **day, **self._values(worklog)}
        login = await self._speaker(worklog.author)
        try:
            row = await self._post(key, values, login)
        except (Forbidden, WriteRefused, ItemGone):
            # Who spent it may not book time there; where the issue is gone we hear that again.
            if login is None:
                raise
            row = await self._post(key, values, None)
        return Written(str(row["id"]))

    async def edit(self, key: str, worklog: WorkLog) -> Written:
        """VersionMismatch if it is no longer there."""
        try:
            await self._call(key, "PUT", f"time_entries/{worklog.id}.json", {"time_entry": self._values(worklog)})
        except ItemGone:
            raise VersionMismatch(f"Work log {worklog.id} is not there any more.", item=key) from None
        return Written(worklog.id)

    async def delete(self, key: str, worklog_id: str) -> Written:
        """Deleting what is not there is done already."""
        try:
            await self._call(key, "DELETE", f"time_entries/{worklog_id}.json", None)
        except ItemGone:
            await self._rest.still_known()
        return Written(worklog_id)

    def _values(self, worklog: WorkLog) -> Row:
        """Where nobody knows the day, that of a new entry is today, and another keeps its own."""
        day = worklog.started_at
        return {
            # Redmine keeps hours; a second is less than what it rounds to.
            "hours": round(worklog.seconds / 3600, 4),
            "comments": as_text(worklog)[:LONGEST_TEXT],
            **({"spent_on": day.astimezone(UTC).date().isoformat()} if day else {}),
        }

    async def _post(self, key: str, values: Row, login: str | None) -> Row:
        answer = await self._call(key, "POST", "time_entries.json", {"time_entry": values}, login)
        row = answer.data.get("time_entry") if isinstance(answer.data, dict) else None
        if not isinstance(row, dict) or "id" not in row:
            raise Forbidden(
                f"{self._rest.http.tracker} took time booked on issue {key}, and does not show it.",
                item=key,
                remedy="The account's role needs the permissions 'Log spent time' and 'View spent time'.",
            )
        return row

    async def _call(self, key: str, method: str, path: str, body: Row | None, login: str | None = None) -> Answer:
        headers = {"X-Redmine-Switch-User": login} if login else None
        try:
            return await self._rest.http.json(method, path, body=body, headers=headers)
        except AccordError as error:
            error.item = error.item or key
            raise

    async def _activity_id(self) -> int:
        """The activity that is set, or else Redmine's default one, or else the first."""
        found = await self._rest.group("enumerations/time_entry_activities.json", "time_entry_activities")
        active = [row for row in found if row.get("active", True)]
        if self._activity is not None:
            named = [row for row in active if str(row["name"]).casefold() == self._activity.casefold()]
            if not named:
                raise WriteRefused(
                    f"Redmine has no activity {self._activity!r} to book time on.",
                    field="activity",
                    value=self._activity,
                    remedy=f"Set activity to one of: {', '.join(str(row['name']) for row in active)}.",
                )
            return int(named[0]["id"])
        if not active:
            raise WriteRefused(
                "Redmine has no activities to book time on.",
                remedy="An administrator adds them under Enumerations, Activities (time tracking).",
            )
        return int(next((row for row in active if row.get("is_default")), active[0])["id"])

    async def _speaker(self, author: Person | None) -> str | None:
        if not self._speak_for_people or author is None:
            return None
        try:
            id_ = await self._book.user_id(author, "worklogs")
        except WriteRefused:
            return None
        return (await self._book.people())[id_].username


def as_text(worklog: WorkLog) -> str:
    """Header and text as one: there is but a line for it on the page."""
    return f"{worklog.header} {worklog.body}".strip() if worklog.header else worklog.body
