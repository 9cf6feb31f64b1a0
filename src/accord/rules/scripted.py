"""Rules that are a mapping table with a script after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from accord.errors import RuleFailed
from accord.model import Item, Replica
from accord.ports import Asks, RuleContext, asked, asking, with_asks, with_end
from accord.rules.drafts import asks_for_end, context_values, item_from, item_values, replica_from, replica_values
from accord.rules.engine import Script
from accord.rules.given import GIVEN
from accord.rules.involved import values_involved
from accord.rules.mapped import TableRules, twins_of

T = TypeVar("T")
LOOKUP_ROUNDS = 8
MOST_LOOKUPS = 200

Twins = dict[str, str | None]


@dataclass(frozen=True)
class ScriptRules:
    """Implements `ports.Rules`: the table first, then the script on the table's result.

    A run waits in a thread of its own, so that the node goes on; `inline` where threads are not wanted, as in a
    simulation.
    """

    table: TableRules
    script: Script
    inline: bool = False

    @property
    def heeds_previous(self) -> bool:
        """Whether the table does, or a script that speaks of it."""
        source = self.script.source
        reads = "outgoing" in source.rules and source.takes("outgoing") > 2 and "previous" in source.text
        return reads or self.table.heeds_previous

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        """Raises RuleFailed with file, line, column and the line itself."""
        replica = await self.table.outgoing(item, context)
        source = self.script.source
        if "outgoing" not in source.rules:
            return replica
        arguments = {
            "names": GIVEN,
            "item": item_values(item),
            "replica": replica_values(replica),
            "context": context_values(context, source.text) if source.takes("outgoing") > 2 else None,
        }

        def run() -> Replica:
            made = self.script.call("outgoing", arguments)
            told = replica_from(made, replica, item, source)
            told = asking(told, asked(replica))
            return with_end(told) if asks_for_end(made) else told

        return await self._run(run, item, arguments)

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        """Raises RuleFailed with file, line, column and the line itself.

        A key that the script looks up is found out after the run, and the script run again: so it needs no way out
        of the sandbox, and gives the same for the same.
        """
        draft = await self.table.incoming(replica, item, context)
        source = self.script.source
        if "incoming" not in source.rules:
            return draft
        arguments: dict[str, Any] = {
            "names": GIVEN,
            "replica": replica_values(replica),
            "item": item_values(draft),
            "context": context_values(context, source.text),
        }
        made, twins = await self._with_twins(arguments, item, context)

        def check() -> Item:
            return item_from(made, draft, source, first_sync=context.first_sync)

        result = await self._run(check, item, arguments)
        waits = (*asked(draft).waits_for, *(key for key, ours in twins.items() if ours is None and context.twin_of))
        return with_asks(result, _together(asked(draft), asked(result), waits))

    async def _with_twins(
        self, arguments: dict[str, Any], item: Item, context: RuleContext
    ) -> tuple[dict[str, Any], Twins]:
        twins: Twins = {}
        for _ in range(LOOKUP_ROUNDS):
            call = partial(self.script.call, "incoming", {**arguments, "twins": twins, "looked_up": []})
            made = await self._run(call, item, arguments)
            missing = [key for key in made["looked_up"] if isinstance(key, str) and key not in twins]
            if not missing and "draft" in made:
                return made, twins
            if not missing or len(missing) + len(twins) > MOST_LOOKUPS:
                break
            twins = {**twins, **dict.fromkeys(missing), **await twins_of(missing, context)}
        raise self._looks_up_too_much(item)

    def _looks_up_too_much(self, item: Item) -> RuleFailed:
        source = self.script.source
        return source.failed(
            f"incoming looks up more than {MOST_LOOKUPS} keys, or keys of keys of keys.",
            source.rules["incoming"],
            item=item.key or None,
            step="incoming",
            side="incoming",
            remedy="Look up only keys that the replica names, such as replica.parent.",
        )

    async def _run(self, run: Callable[[], T], item: Item, arguments: dict[str, Any]) -> T:
        try:
            return run() if self.inline else await asyncio.to_thread(run)
        except RuleFailed as failed:
            failed.item = item.key or None
            raise values_involved(failed, self.script.source, arguments) from None


def _together(table: Asks, script: Asks, waits_for: tuple[str, ...]) -> Asks:
    return Asks(
        pair_with=script.pair_with or table.pair_with,
        unsync=table.unsync or script.unsync,
        sync_back=table.sync_back or script.sync_back,
        waits_for=tuple(dict.fromkeys(waits_for)),
    )
