"""Rules that are a mapping table with a script after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from accord.errors import RuleFailed
from accord.model import Item, Replica
from accord.ports import RuleContext
from accord.rules.drafts import GIVEN, context_values, item_from, item_values, replica_from, replica_values
from accord.rules.engine import Script
from accord.rules.mapped import TableRules

T = TypeVar("T")


@dataclass(frozen=True)
class ScriptRules:
    """Implements `ports.Rules`: the table first, then the script on the table's result.

    A run waits in a thread of its own, so that the node goes on; `inline` where threads are not wanted, as in a
    simulation.
    """

    table: TableRules
    script: Script
    inline: bool = False

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        """Raises RuleFailed with file, line, column and the line itself."""
        replica = await self.table.outgoing(item, context)
        if "outgoing" not in self.script.source.rules:
            return replica

        def run() -> Replica:
            arguments = {"names": GIVEN, "item": item_values(item), "replica": replica_values(replica)}
            return replica_from(self.script.call("outgoing", arguments), replica, item, self.script.source)

        return await self._run(run, item)

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        """Raises RuleFailed with file, line, column and the line itself."""
        draft = await self.table.incoming(replica, item, context)
        if "incoming" not in self.script.source.rules:
            return draft

        def run() -> Item:
            arguments = {
                "names": GIVEN,
                "replica": replica_values(replica),
                "item": item_values(draft),
                "context": context_values(context, self.script.source.text),
            }
            return item_from(self.script.call("incoming", arguments), draft, self.script.source)

        return await self._run(run, item)

    async def _run(self, run: Callable[[], T], item: Item) -> T:
        try:
            return run() if self.inline else await asyncio.to_thread(run)
        except RuleFailed as failed:
            failed.item = item.key or None
            raise
