"""What a tracker makes of what it is given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import JsonValue

from accord.model import Comment, Item, is_empty
from accord.model.paths import LABELS, SCALARS
from accord.ports import FieldInfo
from accord.testing.memory.behaviour import Behaviour
from accord.testing.memory.deeds import value_at

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TRAILING_BLANKS = re.compile(r"[ \t]+$", re.MULTILINE)
BLANK_LINES = re.compile(r"\n{3,}")
TEXTS = ("text", "rich_text")


class Shaping:
    """Applies a tracker's behaviour to items before they are stored."""

    def __init__(self, behaviour: Behaviour, fields: Mapping[str, FieldInfo]) -> None:
        self._behaviour = behaviour
        self._texts = [path for path, info in fields.items() if info.kind in TEXTS and not info.options]
        self._rewrites_texts = behaviour.tidy_text or any(path != "comments" for path in behaviour.longest)

    def item(self, item: Item, before: Item | None) -> Item:
        """`item` as it is stored in place of `before`; None: it is new."""
        if before is None:
            item = self._filled(item)
        if item.status and item.status in self._behaviour.workflow and (not before or before.status != item.status):
            item = with_values(item, self._behaviour.workflow[item.status])
        if self._rewrites_texts:
            item = self._rewritten(item)
        if self._behaviour.tidy_labels:
            item = item.model_copy(update={"labels": tuple(sorted({label.lower() for label in item.labels}))})
        return item

    def comment(self, comment: Comment) -> Comment:
        kept = comment.model_copy(update={"body": self._text("comments", comment.body)})
        return kept if self._behaviour.sub_item_markers else kept.model_copy(update={"marker": None})

    def _filled(self, item: Item) -> Item:
        defaults = self._behaviour.defaults.items()
        return with_values(item, {path: value for path, value in defaults if is_empty(value_at(item, path))})

    def _rewritten(self, item: Item) -> Item:
        values = {path: value_at(item, path) for path in dict.fromkeys([*self._texts, *self._behaviour.longest])}
        texts = {path: (text, self._text(path, text)) for path, text in values.items() if isinstance(text, str)}
        return with_values(item, {path: kept for path, (text, kept) in texts.items() if text != kept})

    def _text(self, path: str, text: str) -> str:
        text = text[: self._behaviour.longest.get(path)]
        return tidy(text) if self._behaviour.tidy_text else text


def tidy(text: str) -> str:
    """Without trailing blanks on lines, carriage returns at their ends, and more than one blank line in a row."""
    text = text.replace("\r\n", "\n")
    return BLANK_LINES.sub("\n\n", TRAILING_BLANKS.sub("", text))


def cut(at: datetime, resolution: float) -> datetime:
    """A stamp, cut to whole multiples of `resolution` seconds."""
    return at - (at - EPOCH) % timedelta(seconds=resolution) if resolution else at


def with_values(item: Item, values: Mapping[str, JsonValue]) -> Item:
    """The item with these values by path, labels among them; only they are validated."""
    if not values:
        return item
    scalars = {path: value for path, value in values.items() if path in SCALARS}
    others = {path.removeprefix("fields."): value for path, value in values.items() if path not in SCALARS}
    given = Item.model_validate(scalars)
    changes: dict[str, Any] = {path: getattr(given, path) for path in scalars}
    if any(path.startswith(LABELS) for path in others):
        labels = {path.removeprefix(LABELS): others.pop(path) for path in list(others) if path.startswith(LABELS)}
        kept = [label for label in item.labels if labels.get(label, True)]
        changes["labels"] = (*kept, *(label for label, there in labels.items() if there and label not in kept))
    return item.model_copy(update={**changes, "fields": {**item.fields, **others}})
