"""For pytest: put `from accord.testing.redmine.fixtures import redmine_server` into a conftest.py."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

import pytest

from accord.testing.redmine.packages import RedmineMissing
from accord.testing.redmine.server import RedmineServer


@pytest.fixture(scope="session")
def redmine_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedmineServer]:
    """One Redmine for all tests of a session (of each worker, under pytest-xdist).

    Where Redmine can't be had the tests are skipped, with a warning that the summary shows; with
    ACCORD_REQUIRE_REDMINE set they fail.
    """
    try:
        server = RedmineServer.start(tmp_path_factory.mktemp("redmine"))
    except RedmineMissing as missing:
        if os.environ.get("ACCORD_REQUIRE_REDMINE"):
            pytest.fail(f"No real Redmine, though one is required: {missing}")
        warnings.warn(f"Nothing was tested with a real Redmine: {missing}", stacklevel=1)
        pytest.skip(f"no real Redmine: {missing}")
    with server:
        yield server
