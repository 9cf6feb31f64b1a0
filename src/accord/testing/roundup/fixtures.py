"""For pytest: put `from accord.testing.roundup.fixtures import roundup_server` into a conftest.py."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accord.testing.roundup.server import RoundupServer


@pytest.fixture(scope="session")
def roundup_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RoundupServer]:
    """One Roundup for all tests of a session (of each worker, under pytest-xdist)."""
    with RoundupServer.start(tmp_path_factory.mktemp("roundup")) as server:
        yield server
