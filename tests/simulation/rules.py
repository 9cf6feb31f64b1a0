"""Rules of a simulated side: other words on each side, and some fields that may be switched off."""

from __future__ import annotations

from accord.model import Item, Replica
from accord.ports import RuleContext
from tests.pair import PlainRules

WORDS = ("status",)


class SideRules(PlainRules):
    """Sends and takes everything; `loud` sides write their status in capitals. `quiet` are paths that are not sent."""

    def __init__(self, *, loud: bool, header: bool) -> None:
        super().__init__(header=header)
        self.loud = loud
        self.quiet: frozenset[str] = frozenset()

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        replica = await super().outgoing(item, context)
        words = {path: _lower(getattr(replica, path)) for path in WORDS}
        replica = replica.model_copy(update=words)
        kept = {name: getattr(replica, name) for name in replica.model_fields_set if name not in self.quiet}
        return Replica(**kept)

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        draft = await super().incoming(replica, item, context)
        if not self.loud:
            return draft
        return draft.model_copy(update={path: _upper(getattr(draft, path)) for path in WORDS})


def _lower(text: str | None) -> str | None:
    return text.lower() if text is not None else None


def _upper(text: str | None) -> str | None:
    return text.upper() if text is not None else None
