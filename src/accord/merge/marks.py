"""The marks by which comments, attachments and work logs that sync makes are known again."""

from __future__ import annotations

import hashlib

from accord.model import SubItem

OF_TWIN = 8
OF_SUB_ITEM = 16


def sub_item_mark(twin_id: str, kind: SubItem, remote_id: str) -> str:
    """The mark of the copy that a twin has of the other side's sub-item: 24 hex digits, the same whatever crashed."""
    return _hex(twin_id, OF_TWIN) + _hex(f"{twin_id}\n{kind}\n{remote_id}", OF_SUB_ITEM)


def is_copy_of(twin_id: str, mark: str | None) -> bool:
    """Whether sync made it for this twin, of whatever of the other side's."""
    return mark is not None and len(mark) == OF_TWIN + OF_SUB_ITEM and mark.startswith(_hex(twin_id, OF_TWIN))


def _hex(text: str, digits: int) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:digits]
