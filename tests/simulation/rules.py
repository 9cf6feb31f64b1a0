"""Rules of a simulated side: other words on each side, and some fields that may be switched off."""

from __future__ import annotations

from accord.model import Item, Replica
from accord.ports import RuleContext
from tests.pair import PlainRules

WORDS = ("status",)


class SideRules(PlainRules):
    """Sends and takes everything, but for the paths that are `quiet`; `loud` sides write their status in capitals."""

    def __init__(self, *, loud: bool, header: bool, quiet: frozenset[str] = frozenset()) -> None:
        super().__init__(header=header)
        self.loud, self.quiet = loud, quiet

    def but(self, quiet: frozenset[str]) -> SideRules:
        """The same with other paths that are kept quiet about."""
        return SideRules(loud=self.loud, header=self.header, quiet=quiet)

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        replica = await super().outgoing(item, context)
        words = {path: _lower(getattr(replica, path)) for path in WORDS}
        replica = replica.model_copy(update=words)
        return self._named(replica)

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        draft = await super().incoming(self._named(replica), item, context)
        if not self.loud:
            return draft
        return draft.model_copy(update={path: _upper(getattr(draft, path)) for path in WORDS})

    def _named(self, replica: Replica) -> Replica:
        return Replica(**{name: getattr(replica, name) for name in replica.model_fields_set if name not in self.quiet})


def _lower(text: str | None) -> str | None:
    return text.lower() if text is not None else None


def _upper(text: str | None) -> str | None:
    return text.upper() if text is not None else None
