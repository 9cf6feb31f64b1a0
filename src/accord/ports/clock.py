"""Time, as the steps may ask for it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """The only source of time. Times are aware and in UTC; seconds are floats."""

    def now(self) -> datetime: ...

    async def sleep(self, seconds: float) -> None: ...
