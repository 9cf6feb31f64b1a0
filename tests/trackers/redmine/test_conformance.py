"""The checks that every connector passes, on a real Redmine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import JsonValue, SecretStr

from accord.markup import spelled
from accord.testing.conformance import Sample, TrackerAt, TrackerConformance
from accord.testing.redmine import RedminePerson, RedmineServer
from accord.trackers.redmine import RedmineSettings, RedmineTracker
from accord.trackers.redmine.rest import PAGE
from tests.trackers.redmine.conftest import connect

ATTRIBUTES = {"summary": "subject", "description": "description", "due": "due_date"}


class Alice:
    """Somebody at Redmine, who may delete."""

    def __init__(self, alice: RedminePerson) -> None:
        self._alice = alice

    async def create(self, summary: str) -> str:
        return await self._alice.create(summary, "As seen by Alice.")

    async def edit(self, key: str, path: str, value: JsonValue) -> None:
        await self._alice.set(key, **{ATTRIBUTES[path]: value})

    async def delete(self, key: str) -> None:
        await self._alice.delete(key)

    async def comment(self, key: str, body: str) -> str:
        return await self._alice.comment(key, body)

    async def edit_comment(self, key: str, comment_id: str, body: str) -> None:
        await self._alice.edit_comment(comment_id, body)

    async def delete_comment(self, key: str, comment_id: str) -> None:
        await self._alice.delete_comment(comment_id)

    async def attach(self, key: str, name: str, content: bytes) -> None:
        await self._alice.attach(key, name, content)


SAMPLE = Sample(
    values={
        "type": ("Bug", "Feature"),
        "status": ("In Progress", "Closed"),
        "priority": ("High", "Low"),
        "assignee": ({"username": "bob"}, {"username": "alice"}),
        "due": ("2026-12-24", "2027-01-01"),
        "fields.project": ("alpha", "beta"),
        "fields.start_date": ("2026-12-01", "2026-12-02"),
        "fields.estimated_hours": (2.5, 8),
        "fields.done_ratio": (10, 50),
        "fields.private": (False, True),
        "fields.Severity": ("High", "Low"),
        "fields.Platforms": (["Linux", "macOS"], ["Windows"]),
        "fields.points": (3, 0),
        "fields.Effort": (0.5, 8),
        "fields.Go-live": ("2026-12-24", "2027-01-01"),
        "fields.Customer visible": (True, False),
        "fields.Remarks": ("One\n\ntwo", "# Three"),
        "fields.Reviewer": ("bob", "carol"),
        "fields.Ticket": ("https://example.net/1", "https://example.net/2"),
    },
    labels=("red", "green", "blue"),
    clearable=("description", "assignee", "due", "fields.start_date", "fields.Severity", "fields.Effort"),
    query="Labels=red",
    bad_query="Lables=red",
    page=PAGE,
    start={"type": "Support", "status": "New"},
    unreachable={"status": "Testing"},
)


class TestRedmine(TrackerConformance):
    """With a custom field for the mark, and one for labels."""

    @pytest.fixture
    def person(self, alice: RedminePerson) -> Alice:
        return Alice(alice)

    @pytest.fixture
    def sample(self) -> Sample:
        return SAMPLE

    @pytest.fixture
    def tracker_at(self) -> TrackerAt:
        def at(url: str) -> RedmineTracker:
            return RedmineTracker("elsewhere", RedmineSettings(url=url, api_key=SecretStr("secret")))

        return at


class TestRedmineInTextile(TestRedmine):
    """Texts are converted: they come back as they were, but for their spelling."""

    @pytest.fixture
    async def tracker(self, redmine_server: RedmineServer) -> AsyncIterator[RedmineTracker]:
        tracker = connect(redmine_server, text_formatting="textile")
        yield tracker
        await tracker.close()

    @pytest.fixture
    def sample(self) -> Sample:
        return replace(SAMPLE, kept=spelled)
