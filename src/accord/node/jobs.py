"""Jobs in the background, as long as the node is up."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from accord.errors import AccordError
from accord.operations.jobs import TICK, advance
from accord.ports import Ports

log = structlog.get_logger("accord.node")


async def run_jobs(ports: Ports, found: Callable[[], None]) -> None:
    """Goes on with all jobs until cancelled. `found` is called when sync events were registered."""
    while True:
        try:
            if await advance(ports):
                found()
        except AccordError as away:
            log.warning("jobs.away", error=str(away))
        except Exception:  # the node goes on without its jobs
            log.exception("jobs.bug")
        await ports.clock.sleep(TICK)
