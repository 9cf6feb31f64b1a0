"""These checks wait in simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import pytest

from accord.testing.simulated_loop import SimulatedLoop


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"simulated": SimulatedLoop}
