from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.testing.redmine import RedminePerson, RedmineServer
from accord.testing.redmine.fixtures import redmine_server
from accord.trackers.redmine import RedmineSettings, RedmineTracker

__all__ = ["redmine_server"]


def connect(server: RedmineServer, login: str = "syncbot", **settings: object) -> RedmineTracker:
    """The connector, signed in as someone."""
    known = {
        "url": server.url,
        "api_key": server.key(login),
        "default_project": "alpha",
        "marker_field": "Sync mark",
        "labels_field": "Labels",
        "sweep": 0,
        "looks": 2,
    }
    return RedmineTracker("redmine", RedmineSettings.model_validate({**known, **settings}))


@pytest.fixture
async def tracker(redmine_server: RedmineServer) -> AsyncIterator[RedmineTracker]:
    tracker = connect(redmine_server)
    yield tracker
    await tracker.close()


@pytest.fixture
def alice(redmine_server: RedmineServer) -> RedminePerson:
    return redmine_server.user("alice")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.write_bytes(b"\0\xff\r\n bytes \n")
    return path
