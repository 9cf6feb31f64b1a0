"""What our rules tell of a new item by themselves."""

from __future__ import annotations

from accord.errors import RuleFailed
from accord.model import Flat, Item, Message, Replica, flatten, is_empty, same
from accord.ports import RuleContext, Rules


async def of_our_own(rules: Rules, message: Message, wanted: Replica, actual: Item, context: RuleContext) -> Flat:
    """What our rules tell of a new item whatever is in it, such as its key, and the other side does not hold: paths of
    the replica, and what it holds there. It was not made of what the other side told, so it is news there."""
    try:
        empty = flatten(await rules.outgoing(Item(key=actual.key, url=actual.url), context))
    except RuleFailed:
        return {}
    theirs = flatten(message.replica) if message.replica else Flat()
    own = {p: v for p, v in flatten(wanted).items() if not is_empty(v) and same(v, empty.get(p))}
    return {path: theirs.get(path) for path, value in own.items() if not same(value, theirs.get(path))}
