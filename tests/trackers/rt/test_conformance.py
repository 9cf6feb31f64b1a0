"""The checks that every connector passes, on a real Request Tracker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from pydantic import JsonValue

from accord.markup import spelled
from accord.ports import Tracker
from accord.testing.conformance import Sample, TrackerConformance
from accord.testing.conformance.creating import SUMMARIES
from accord.testing.rt import RTPerson, RTServer
from accord.trackers.rt import RTTracker
from tests.trackers.rt.conftest import connect

ATTRIBUTES = {"summary": "Subject"}
UNCHANGING = "RT keeps comments as they were said: nobody can edit or delete one"


class Alice:
    """Somebody at RT, who may delete. A description is the field of that name, or a comment with that subject."""

    def __init__(self, alice: RTPerson, *, describes: str | None) -> None:
        self._alice, self._describes = alice, describes

    async def create(self, summary: str) -> str:
        return await self._alice.create(summary, "As seen by Alice.")

    async def edit(self, key: str, path: str, value: JsonValue) -> None:
        if path != "description":
            await self._alice.set(key, **{ATTRIBUTES[path]: value})
        elif self._describes:
            await self._alice.set(key, custom={self._describes: value})
        else:
            await self._alice.comment(key, str(value), internal=True, Subject="Description")

    async def delete(self, key: str) -> None:
        await self._alice.delete(key)

    async def comment(self, key: str, body: str) -> str:
        return await self._alice.comment(key, body)

    async def edit_comment(self, key: str, comment_id: str, body: str) -> None:
        pytest.skip(UNCHANGING)

    async def delete_comment(self, key: str, comment_id: str) -> None:
        pytest.skip(UNCHANGING)

    async def attach(self, key: str, name: str, content: bytes) -> None:
        await self._alice.attach(key, name, content)


SAMPLE = Sample(
    values={
        "status": ("open", "resolved"),
        "priority": ("High", "Medium"),
        "assignee": ({"username": "bob"}, {"username": "alice"}),
        "due": ("2026-12-24", "2027-01-01"),
        "reporter": ({"username": "carol"}, {"username": "alice"}),
        "fields.queue": ("Alpha", "Beta"),
        "fields.cc": (["alice"], ["bob", "carol"]),
        "fields.admin_cc": (["alice"], ["bob"]),
        "fields.starts": ("2026-12-01", "2026-12-02"),
        "fields.time_estimated": (30, 90),
        "fields.time_left": (15, 20),
        "fields.Severity": ("High", "Low"),
        "fields.Platforms": (["Linux", "macOS"], ["Windows"]),
        "fields.points": (3, 0.5),
        "fields.External ID": ("EXT-1", "EXT 2"),
        "fields.Notes": ("One\n\ntwo", "# Three"),
        "fields.Go-live": ("2026-12-24", "2027-01-01"),
        "fields.When": ("2026-12-24T09:30:00Z", "2027-01-01T00:00:00Z"),
        "fields.Aliases": (["a", "b"], ["c"]),
        "fields.Host": ("10.0.0.1", "10.0.0.2"),
        "fields.Article": ("= Wiki =", "'''bold'''"),
        "fields.Story": ("Some **bold** text", "- a\n- b"),
    },
    clearable=("description", "assignee", "due", "fields.starts", "fields.Severity", "fields.Notes", "fields.Aliases"),
    query="'CF.{Labels}' = 'shared'",
    bad_query="'CF.{Lables}' = 'shared'",
)


class TestRT(TrackerConformance):
    """With custom fields for descriptions and labels; texts as they are."""

    @pytest.fixture
    async def tracker(self, rt_server: RTServer) -> AsyncIterator[RTTracker]:
        tracker = connect(rt_server, text_format="plain")
        yield tracker
        await tracker.close()

    @pytest.fixture
    def person(self, alice: RTPerson) -> Alice:
        return Alice(alice, describes="Description")

    @pytest.fixture
    def sample(self) -> Sample:
        return SAMPLE

    @pytest.mark.parametrize("name", SUMMARIES)
    async def test_an_awkward_summary_survives(self, tracker: Tracker, sample: Sample, name: str) -> None:
        """RT keeps 200 letters of a subject."""
        item = await self.created(tracker, sample, summary=SUMMARIES[name])
        assert item.summary == SUMMARIES[name][:200]


class TestRTInHtml(TestRT):
    """Without a field for descriptions, and all texts converted: they come back as they were, but for spelling."""

    @pytest.fixture
    async def tracker(self, rt_server: RTServer) -> AsyncIterator[RTTracker]:
        tracker = connect(rt_server, description_field=None)
        yield tracker
        await tracker.close()

    @pytest.fixture
    def person(self, alice: RTPerson) -> Alice:
        return Alice(alice, describes=None)

    @pytest.fixture
    def sample(self) -> Sample:
        return replace(SAMPLE, kept=spelled)
