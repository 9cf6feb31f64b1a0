"""Rules that have versions, for a side of `tests.pair`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from accord.model import Item, Replica
from accord.ports import Agreement, RuleContext, RulesSource, RulesVersion
from tests.pair import CONNECTION, PlainRules, SideUnderTest


class Some(PlainRules):
    """Plain rules that keep some fields to themselves, in both directions; `priority` by a table of words."""

    def __init__(self, *without: str, comments: bool = True, **values: dict[str, str]) -> None:
        super().__init__(values)
        self.without, self.comments = without, comments

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        replica = await super().outgoing(item, context)
        return Replica.model_validate({k: v for k, v in replica.dump().items() if k not in self.without})

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        told = {k: v for k, v in replica.dump().items() if k not in self.without}
        if not self.comments:
            told.pop("comments", None)
        return await super().incoming(Replica.model_validate(told), item, context)


class Versioned:
    """A side whose rules have versions, in its database as in a real node."""

    def __init__(self, side: SideUnderTest, *, keep_syncs: int = 0) -> None:
        self.side = side
        self.versions: dict[int, Any] = {}
        side.ports = replace(
            side.ports,
            settings=replace(side.ports.settings, keep_syncs=keep_syncs),
            agreement=lambda c: Agreement(self.versions[c.rules_version], side.guard, side.trigger, True),
        )
        side.worker._ports = side.ports

    async def publish(self, rules: PlainRules) -> None:
        number = len(self.versions) + 1
        version = RulesVersion(CONNECTION, number, self.side.clock.now(), "anna", "a test", RulesSource(str(number)))
        self.versions[number] = rules
        assert await self.side.ports.store.run(lambda tx: tx.publish_rules(version))

    async def sync(self, key: str) -> None:
        await self.side.sync(key)
