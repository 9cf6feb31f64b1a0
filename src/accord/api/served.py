"""What of a running node the API works with."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from accord.config import Config, load
from accord.errors import NeedsOperator
from accord.operations.preview_here import AgreementOf
from accord.peers.invitations import Greeter
from accord.peers.keys import NodeIdentity
from accord.ports import Ports


@dataclass(frozen=True)
class Served:
    """`drafts` gives the rules of a configuration's files, published or not; `wake` is called after each act, so that
    the node's worker looks at once."""

    config: Config
    ports: Ports
    identity: NodeIdentity
    client: Greeter
    drafts: Callable[[Config], AgreementOf]
    wake: Callable[[], None] = lambda: None

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
