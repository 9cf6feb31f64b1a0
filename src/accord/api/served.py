"""What of a running node the API works with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from accord.config import Config, load
from accord.errors import NeedsOperator
from accord.operations.preview_here import AgreementOf
from accord.peers.invitations import Greeter
from accord.peers.keys import NodeIdentity
from accord.peers.tally import Tally
from accord.ports import Ports

RUNS_AT_ONCE = 4


@dataclass(frozen=True)
class Served:
    """`drafts` gives the rules of a configuration's files, published or not; `wake` is called after each act, so that
    the node's worker looks at once. `tally` counts who was turned away; `runs` are the places for what goes through
    many items."""

    config: Config
    ports: Ports
    identity: NodeIdentity
    client: Greeter
    drafts: Callable[[Config], AgreementOf]
    wake: Callable[[], None] = lambda: None
    tally: Tally = field(init=False)
    runs: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tally", Tally(self.ports.store))
        object.__setattr__(self, "runs", asyncio.Semaphore(RUNS_AT_ONCE))

    async def files(self) -> Config:
        """The configuration as its files stand now: rules in them may be newer than the running node. Raises
        ConfigurationInvalid, and NeedsOperator where they name a tracker that the node has not started with."""
        config = await asyncio.to_thread(load, self.config.path, drafts=True)
        new = sorted(config.trackers.keys() - self.ports.trackers.keys())
        if new:
            raise NeedsOperator(
                f"{config.path.name} names {', '.join(new)}, which this node has not started with.",
                remedy="Start the node anew.",
                field="trackers",
                value=new[0],
            )
        return config

    async def draft(self) -> AgreementOf:
        """The rules in the files. Raises what `files` raises."""
        return self.drafts(await self.files())
