"""An item that can't be found: deleted, moved out of reach, or just away for a moment."""

from __future__ import annotations

from datetime import timedelta

from accord.errors import ItemGone
from accord.steps.situation import Situation


async def is_gone_for_good(situation: Situation, gone: ItemGone) -> bool:
    """Whether it was not there the time before either; if it was, the lane waits a moment and looks again: editors and
    checkouts remove a file and put it back."""
    if (situation.lane.cause or {}).get("error") == "ItemGone":
        return True
    entry = situation.entry
    due = situation.now() + timedelta(seconds=situation.ports.settings.deletion_grace)
    gone.item, gone.step = situation.twin.local_key, gone.step or "read"
    cause = gone.to_json()
    await situation.checkpoint(lambda tx: tx.lane_retrying(entry.twin_id, entry.direction, due, cause))
    return False
