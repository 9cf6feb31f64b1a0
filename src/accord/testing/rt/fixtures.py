"""For pytest: put `from accord.testing.rt.fixtures import rt_server` into a conftest.py."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator

import pytest

from accord.testing.rt.packages import RTMissing
from accord.testing.rt.server import RTServer


@pytest.fixture(scope="session")
def rt_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RTServer]:
    """One RT for all tests of a session (of each worker, under pytest-xdist).

    Where RT can't be had the tests are skipped, with a warning that the summary shows; with ACCORD_REQUIRE_RT set
    they fail.
    """
    try:
        server = RTServer.start(tmp_path_factory.mktemp("rt"))
    except RTMissing as missing:
        if os.environ.get("ACCORD_REQUIRE_RT"):
            pytest.fail(f"No real RT, though one is required: {missing}")
        warnings.warn(f"Nothing was tested with a real RT: {missing}", stacklevel=1)
        pytest.skip(f"no real RT: {missing}")
    with server:
        yield server
