from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accord.testing.roundup import RoundupPerson, RoundupServer
from accord.testing.roundup.fixtures import roundup_server
from accord.trackers.roundup import RoundupSettings, RoundupTracker

__all__ = ["roundup_server"]


def connect(server: RoundupServer, login: str = "syncbot", **settings: object) -> RoundupTracker:
    """The connector, signed in as someone."""
    known = {"url": server.url, "user": login, "password": server.password(login), "sweep": 0}
    return RoundupTracker("roundup", RoundupSettings.model_validate({**known, **settings}))


@pytest.fixture
async def tracker(roundup_server: RoundupServer) -> AsyncIterator[RoundupTracker]:
    tracker = connect(roundup_server)
    yield tracker
    await tracker.close()


@pytest.fixture
def alice(roundup_server: RoundupServer) -> RoundupPerson:
    return roundup_server.user("alice")


@pytest.fixture
def admin(roundup_server: RoundupServer) -> RoundupPerson:
    return roundup_server.user("admin")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "content"
    path.write_bytes(b"\0\xff\r\n bytes \n")
    return path
