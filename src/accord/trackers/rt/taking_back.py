"""What a write took from somebody who wrote the same at the same instant, and how it is put back.

RT compares versions before it writes, but not in one transaction with the write. Its history tells what came between.
"""

from __future__ import annotations

from collections.abc import Sequence

from accord.trackers.rt.changers import path_of
from accord.trackers.rt.layout import Layout
from accord.trackers.rt.names import SYSTEM
from accord.trackers.rt.rest import Row, name_of


def others(history: Sequence[Row], me: str) -> list[Row]:
    """The transactions of people; what RT did by itself belongs to ours."""
    return [one for one in history if name_of(one.get("Creator")) not in {me, SYSTEM}]


def contested(history: Sequence[Row], me: str, layout: Layout) -> dict[str, Row]:
    """By path, the last transaction of somebody else that ours wrote over. `history` begins where we had looked."""
    theirs: dict[str, Row] = {}
    lost: dict[str, Row] = {}
    for one in history:
        path = path_of(one, layout)
        if path is None:
            continue
        if name_of(one.get("Creator")) == me:
            if path in theirs:
                lost[path] = theirs[path]
        else:
            theirs[path] = one
            lost.pop(path, None)
    return lost


def restoring(lost: dict[str, Row], layout: Layout) -> Row:
    """What puts theirs back, as far as a transaction tells it: long texts and fields of several values it does not."""
    row: Row = {}
    custom: Row = {}
    single = {field.id for field in [*layout.free.values(), layout.description] if field and not field.multiple}
    for transaction in lost.values():
        field, new = str(transaction.get("Field")), transaction.get("NewValue")
        if transaction.get("Type") != "CustomField" and transaction.get("Type") in {"Set", "Status"}:
            row[field] = new
        elif field in single and new not in (None, ""):
            custom[field] = new
    return row | ({"CustomFields": custom} if custom else {})
