"""Rules of a simulated side: other words on each side, and some fields that may be switched off."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from accord.model import Item, Replica
from accord.ports import Asks, RuleContext, asked, with_asks, with_end
from tests.pair import PlainRules

WORDS = ("status",)
ANEW, LINKS, END = "(asks: tell anew)", "(asks: links)", "(asks: end what is done)"
ASKS = (ANEW, LINKS, END)


@dataclass(frozen=True)
class Manner:
    """How a side writes, whatever its rules: a `loud` one its status in capitals, with a `header` before comments.
    `linking`: every item names the one that was made before it. `families`: parents are told. `leaves` is told of each
    item whose sync rules end."""

    loud: bool
    header: bool
    linking: bool = False
    families: bool = False
    leaves: Callable[[Item], None] = lambda item: None
    done: str = "done"


class SideRules(PlainRules):
    """Sends and takes everything, but for the paths that are `quiet`; asks for those of `ASKS` that are among them."""

    def __init__(self, manner: Manner, quiet: frozenset[str] = frozenset()) -> None:
        super().__init__(header=manner.header)
        self.manner, self.quiet = manner, quiet

    def but(self, quiet: frozenset[str]) -> SideRules:
        """The same with other paths that are kept quiet about."""
        return SideRules(self.manner, quiet)

    async def outgoing(self, item: Item, context: RuleContext) -> Replica:
        replica = await super().outgoing(item, context)
        update: dict[str, Any] = {path: _lower(getattr(replica, path)) for path in WORDS}
        if self.manner.linking:
            update["custom"] = {"link": made_before(item.key)}
            update["fields"] = {name: value for name, value in replica.fields.items() if name != "link"}
        if self.manner.families:
            update["parent"] = item.parent
        replica = self._named(replica.model_copy(update=update))
        return with_end(replica) if self._ends(item) else replica

    async def incoming(self, replica: Replica, item: Item, context: RuleContext) -> Item:
        draft = await super().incoming(self._named(replica), item, context)
        if self.manner.loud:
            draft = draft.model_copy(update={path: _upper(getattr(draft, path)) for path in WORDS})
        link: Any = replica.custom.get("link")
        ours = await context.twin_of(link) if link and context.twin_of and LINKS in self.quiet else None
        if ours:
            draft = draft.model_copy(update={"fields": {**draft.fields, "link": ours}})
        waits = (link,) if link and LINKS in self.quiet and not ours else ()
        draft, awaited = await self._under(replica, draft, context)
        waits += awaited
        return with_asks(
            draft,
            Asks(sync_back=ANEW in self.quiet, unsync=self._ends(draft), waits_for=(*asked(draft).waits_for, *waits)),
        )

    async def _under(self, replica: Replica, draft: Item, context: RuleContext) -> tuple[Item, tuple[str, ...]]:
        """The draft under our item for their parent, once that is under sync; else for whom it waits."""
        if not self.manner.families or "parent" not in replica.model_fields_set:
            return draft, ()
        ours = await context.twin_of(replica.parent) if replica.parent and context.twin_of else None
        if replica.parent and not ours:
            return draft, (replica.parent,)
        return draft.model_copy(update={"parent": ours}), ()

    def _ends(self, item: Item) -> bool:
        ends = END in self.quiet and (item.status or "").lower() == self.manner.done
        if ends:
            self.manner.leaves(item)
        return ends

    def _named(self, replica: Replica) -> Replica:
        return Replica(**{name: getattr(replica, name) for name in replica.model_fields_set if name not in self.quiet})


def made_before(key: str | None) -> str | None:
    """The key of the item that was made before this one, if it is not the first."""
    found = re.fullmatch(r"(.*-)(\d+)", key or "")
    return f"{found[1]}{int(found[2]) - 1}" if found and int(found[2]) > 1 else None


def _lower(text: str | None) -> str | None:
    return text.lower() if text is not None else None


def _upper(text: str | None) -> str | None:
    return text.upper() if text is not None else None
