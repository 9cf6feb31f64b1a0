"""Bringing back a value that lost a conflict: it is written here as an edit, and then syncs as any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from accord.errors import NeedsOperator, UnknownThing
from accord.model import Decision, SubItem, Twin, flatten, same
from accord.model.paths import LABELS, SCALARS
from accord.operations.choose import decided, item_of
from accord.operations.find import twin_called
from accord.ports import HistoryEntry, Ports, Transaction
from accord.rules.values import nearest

SEARCHED = 10_000


@dataclass(frozen=True)
class Loser:
    """A value that lost a conflict on a field: `number` 1 is the last one. `winner`: which side's value was kept."""

    number: int
    at: datetime
    field: str
    lost: JsonValue
    kept: JsonValue
    winner: str


@dataclass(frozen=True)
class Restored:
    """What was decided: our field goes from `before` to `after`. `edited_since`: what it holds is neither of the two
    values of that conflict, so somebody wrote it later. The item itself is written by the node."""

    key: str
    field: str
    connection: str
    twin_id: str
    before: JsonValue
    after: JsonValue
    lost_at: datetime
    edited_since: bool


async def losers(ports: Ports, key: str, field: str | None = None, connection: str | None = None) -> list[Loser]:
    """The values that lost conflicts of an item, the last first, numbered within each field. Raises UnknownThing."""
    return await ports.store.read(lambda tx: _losers(tx, twin_called(tx, key, connection), field))


async def restore(
    ports: Ports,
    key: str,
    field: str,
    *,
    who: str,
    number: int = 1,
    connection: str | None = None,
    over_edits: bool = True,
    preview: bool = False,
) -> Restored:
    """Writes the value that lost the last conflict on a field (or the `number`th last) into our tracker.

    It is on disk when this returns, and is carried out by the node; where the field is edited before that, nothing is
    written. Without `over_edits` a field that was edited since the conflict is left alone. With `preview` nothing is
    written. Raises UnknownThing (not under sync, no such conflict), NeedsOperator, and the tracker's errors.
    """
    found = await ports.store.read(lambda tx: twin_called(tx, key, connection))
    loser = await ports.store.read(lambda tx: _chosen(tx, found, field, number))
    item = await item_of(ports, found)
    before, after = flatten(item).get(field), loser.lost
    since = not same(before, loser.kept) and not same(before, after)
    name = await ports.store.read(lambda tx: next(c.name for c in tx.connections() if c.id == found.connection))
    made = Restored(found.local_key or "", field, name, found.id, before, after, loser.at, since)
    if preview:
        return made
    if since and not over_edits:
        raise NeedsOperator(
            f"{field} of {made.key} was edited since that conflict.",
            remedy="Look at it with --preview. To write over it nevertheless: --over-edits.",
            item=made.key,
            field=field,
            value=before,
        )
    now = ports.clock.now()
    decision = Decision(value=after, ours=before, who=who, at=now, since=loser.at)
    await decided(ports, found, field, decision, f"{field} was restored")
    return made


def _chosen(tx: Transaction, twin: Twin, field: str, number: int) -> Loser:
    every = _losers(tx, twin, None)
    found = [loser for loser in every if loser.field == field]
    if not found:
        names = sorted({loser.field for loser in every})
        raise UnknownThing(
            f"No value of {field} of {twin.local_key} has lost a conflict that is in history.",
            remedy=nearest(field, names) or (f"Fields that have: {', '.join(names)}." if names else None),
            item=twin.local_key,
            field=field,
        )
    if not 1 <= number <= len(found):
        raise UnknownThing(
            f"{field} of {twin.local_key} has {len(found)} conflicts in history.",
            remedy=f"Choose a number from 1 (the last) to {len(found)}.",
            item=twin.local_key,
            field=field,
            value=number,
        )
    return found[number - 1]


def _losers(tx: Transaction, twin: Twin, field: str | None) -> list[Loser]:
    found: list[Loser] = []
    counts: dict[str, int] = {}
    for entry in tx.history(twin.id, limit=SEARCHED):
        path = str(entry.details.get("field"))
        if entry.step != "conflict" or not is_field(path) or field not in (None, path):
            continue
        for lost in _lost(entry):
            counts[path] = counts.get(path, 0) + 1
            winner = str(entry.details.get("winner", ""))
            found.append(Loser(counts[path], entry.at, path, lost, entry.details.get("kept"), winner))
    return found


def _lost(entry: HistoryEntry) -> list[Any]:
    """Merged text lost nothing; of a third value that a person chose, both have lost."""
    if entry.details.get("winner") == "merged":
        return []
    there = [entry.details["lost_there"]] if "lost_there" in entry.details else []
    return [entry.details.get("lost"), *there]


def is_field(path: str) -> bool:
    """Whether a conflict was about a field: comments and attachments have no place of their own to go back to."""
    kinds = {kind.value for kind in SubItem}
    return path not in kinds and (path in SCALARS or path.startswith((LABELS, "fields.")))
