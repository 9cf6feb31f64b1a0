from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.testing.rt import RTPerson, RTServer
from accord.testing.rt.fixtures import rt_server
from accord.trackers.rt import RTSettings, RTTracker

__all__ = ["rt_server"]


def connect(server: RTServer, login: str = "syncbot", **settings: object) -> RTTracker:
    """The connector, signed in as someone."""
    known = {
        "url": server.url,
        "token": server.token(login),
        "default_queue": "Alpha",
        "description_field": "Description",
        "labels_field": "Labels",
        "sweep": 0,
    }
    return RTTracker("rt", RTSettings.model_validate({**known, **settings}))


@pytest.fixture
async def tracker(rt_server: RTServer) -> AsyncIterator[RTTracker]:
    tracker = connect(rt_server)
    yield tracker
    await tracker.close()


@pytest.fixture
def alice(rt_server: RTServer) -> RTPerson:
    return rt_server.user("alice")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.write_bytes(b"\0\xff\r\n bytes \n")
    return path
