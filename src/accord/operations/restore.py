"""Bringing back a value that lost a conflict: it is written here as an edit, and then syncs as any other.

A comment is a field called `comment.<id>`, and its body the value. The bytes of files that lost are kept nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import JsonValue

from accord.errors import NeedsOperator, UnknownThing
from accord.merge.content import DELETED
from accord.model import Decision, Item, SubItem, Twin, same
from accord.model.paths import COMMENT, LABELS, SCALARS, with_bodies
from accord.operations.choose import decided, item_of
from accord.operations.find import twin_called
from accord.ports import HistoryEntry, Ports, Transaction
from accord.rules.values import nearest

SEARCHED = 10_000
FILES = "Sync keeps no bytes of files that lost: their names are in accord history. Attach the file anew."


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
    if field.startswith(COMMENT):
        field = await _comment(ports, found, item, loser)
    before, after = with_bodies(item).get(field), loser.lost
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


async def _comment(ports: Ports, twin: Twin, item: Item, loser: Loser) -> str:
    """The comment that the conflict was about, as a field: some trackers give it another id when it is edited. Raises
    NeedsOperator where it is gone, or can't be edited."""
    by_body = [f"{COMMENT}{one.id}" for one in item.comments if same(one.body, loser.kept)]
    tracker = await ports.store.read(lambda tx: next(c.tracker for c in tx.connections() if c.id == twin.connection))
    if not ports.trackers[tracker].capabilities.comment_edit:
        why = f"Comments can't be edited in {tracker}."
    elif loser.field in with_bodies(item):
        return loser.field
    elif len(by_body) == 1:
        return by_body[0]
    else:
        why = f"The comment is not there any more in {twin.local_key}."
    remedy = f"Say it anew there: its text is in accord history {twin.local_key}."
    raise NeedsOperator(why, remedy=remedy, item=twin.local_key, field=loser.field, value=loser.lost)


def _chosen(tx: Transaction, twin: Twin, field: str, number: int) -> Loser:
    every = _losers(tx, twin, None)
    found = [loser for loser in every if loser.field == field]
    if not found:
        names = sorted({loser.field for loser in every})
        known = f"Fields that have: {', '.join(names)}." if names else None
        file = FILES if field.startswith(SubItem.ATTACHMENT) else None
        raise UnknownThing(
            f"No value of {field} of {twin.local_key} has lost a conflict that is in history.",
            remedy=file or nearest(field, names) or known,
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
        path = _path(entry)
        if entry.step != "conflict" or path is None or field not in (None, path):
            continue
        for lost in _lost(entry):
            counts[path] = counts.get(path, 0) + 1
            winner = str(entry.details.get("winner", ""))
            found.append(Loser(counts[path], entry.at, path, lost, entry.details.get("kept"), winner))
    return found


def _lost(entry: HistoryEntry) -> list[Any]:
    """Merged text lost nothing, nor did a comment that somebody deleted; of a third value that a person chose, both
    have lost."""
    if entry.details.get("field") == SubItem.COMMENT:
        return [lost for lost in [entry.details.get("lost")] if lost not in (None, DELETED)]
    if entry.details.get("winner") == "merged":
        return []
    there = [entry.details["lost_there"]] if "lost_there" in entry.details else []
    return [entry.details.get("lost"), *there]


def _path(entry: HistoryEntry) -> str | None:
    """The field that a conflict was about; None for a file, which has no value to go back to."""
    path = str(entry.details.get("field"))
    if path == SubItem.COMMENT:
        return f"{COMMENT}{entry.details.get('id')}"
    return path if path in SCALARS or path.startswith((LABELS, "fields.")) else None
