"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command that ran in this process has pointed the log at a stream that is closed by now."""
    yield
    structlog.reset_defaults()
