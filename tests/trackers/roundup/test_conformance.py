"""The checks that every connector passes, on a real Roundup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pydantic import JsonValue, SecretStr

from accord.testing.conformance import Sample, TrackerAt, TrackerConformance
from accord.testing.roundup import RoundupPerson, RoundupRefused
from accord.trackers.roundup import RoundupSettings, RoundupTracker
from accord.trackers.roundup.messages import DESCRIPTION, message_id

PROPERTIES = {"summary": "title", "assignee": "assignedto", "due": "duedate"}
ATTEMPTS = 20


@contextmanager
def suppress_collision() -> Iterator[None]:
    """Roundup on SQLite may fail to write while it is being read: people press the button once more."""
    try:
        yield
    except RoundupRefused as refused:
        if "check the server log" not in str(refused):
            raise


class Alice:
    """Somebody at Roundup, who may delete."""

    def __init__(self, alice: RoundupPerson, admin: RoundupPerson) -> None:
        self._alice, self._admin = alice, admin

    async def create(self, summary: str) -> str:
        for _ in range(ATTEMPTS):
            with suppress_collision():
                return await self._alice.create(summary, "As seen by Alice.", status="in-progress")
        raise AssertionError("Roundup is always busy")

    async def edit(self, key: str, path: str, value: JsonValue) -> None:
        if path == "description":
            await self._describe(key, str(value))
        else:
            for _ in range(ATTEMPTS):
                with suppress_collision():
                    await self._alice.set(key, **{PROPERTIES.get(path, path.removeprefix("fields.")): value})
                    return
            raise AssertionError("Roundup is always busy")

    async def _describe(self, key: str, text: str) -> None:
        messages = await self._alice.comments(key)
        if messages:
            await self._alice.edit_comment(messages[0]["id"], text)
            return
        # To an issue that began without a message people can only add comments: this is what sync would do.
        mark = message_id(DESCRIPTION, f"issue{key}")
        made = await self._alice.new("msg", content=text, author="alice", messageid=mark)
        await self._alice.put("issue", key, messages=[f"+{made}"])

    async def delete(self, key: str) -> None:
        await self._admin.retire(key)

    async def comment(self, key: str, body: str) -> str:
        return await self._alice.comment(key, body)

    async def edit_comment(self, key: str, comment_id: str, body: str) -> None:
        await self._alice.edit_comment(comment_id, body)

    async def delete_comment(self, key: str, comment_id: str) -> None:
        await self._alice.delete_comment(key, comment_id)

    async def attach(self, key: str, name: str, content: bytes) -> None:
        await self._alice.attach(key, name, content)


class TestRoundup(TrackerConformance):
    """With a status that comments do not change, and people who are on the nosy list already."""

    @pytest.fixture
    def person(self, alice: RoundupPerson, admin: RoundupPerson) -> Alice:
        return Alice(alice, admin)

    @pytest.fixture
    def sample(self) -> Sample:
        return Sample(
            values={
                "status": ("in-progress", "resolved"),
                "priority": ("urgent", "wish"),
                "assignee": ({"username": "bob"}, {"username": "syncbot"}),
                "due": ("2026-12-24", "2027-01-01"),
                "fields.project": ("alpha", "beta"),
                "fields.severity": ("high", "low"),
                "fields.storypoints": (2.5, 8),
                "fields.points": (3, 0),
                "fields.visible": (True, False),
                "fields.estimate": ("+ 2d 3:00", "+ 7d"),
                "fields.nosy": (["bob", "carol", "syncbot"], ["alice", "bob", "syncbot"]),
            },
            labels=("red", "green", "brand new"),
            required={"status": "in-progress"},
            clearable=("description", "summary", "priority", "assignee", "due", "fields.project", "fields.storypoints"),
            query="keyword=red",
            bad_query="keywrd=red",
        )

    @pytest.fixture
    def tracker_at(self) -> TrackerAt:
        def connect(url: str) -> RoundupTracker:
            return RoundupTracker("elsewhere", RoundupSettings(url=url, user="syncbot", password=SecretStr("secret")))

        return connect
