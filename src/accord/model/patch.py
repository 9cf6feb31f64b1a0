"""What is to be written to one item: only what differs."""

from __future__ import annotations

from typing import Any

from pydantic import Field, JsonValue

from accord.model.item import Item, Value
from accord.model.paths import LABELS, SCALARS


class Patch(Value):
    """Field values by path (None clears), and labels to add and to remove."""

    values: dict[str, JsonValue] = Field(default_factory=dict)
    labels_added: tuple[str, ...] = ()
    labels_removed: tuple[str, ...] = ()

    @classmethod
    def of(cls, values: dict[str, JsonValue]) -> Patch:
        """From paths as `flatten` gives them, labels among them."""
        labels = {path.removeprefix(LABELS): bool(value) for path, value in values.items() if path.startswith(LABELS)}
        return cls(
            values={path: value for path, value in values.items() if not path.startswith(LABELS)},
            labels_added=tuple(label for label, there in labels.items() if there),
            labels_removed=tuple(label for label, there in labels.items() if not there),
        )

    def paths(self) -> dict[str, JsonValue]:
        """The reverse of `of`."""
        added: dict[str, JsonValue] = {f"{LABELS}{label}": True for label in self.labels_added}
        return self.values | added | {f"{LABELS}{label}": None for label in self.labels_removed}

    def __bool__(self) -> bool:
        return bool(self.values or self.labels_added or self.labels_removed)

    def labels(self, current: tuple[str, ...]) -> tuple[str, ...]:
        """The labels that `current` becomes: order kept, additions last."""
        kept = tuple(label for label in current if label not in self.labels_removed)
        return kept + tuple(label for label in self.labels_added if label not in kept)

    def apply(self, item: Item) -> Item:
        """The item as it would be if a tracker took the patch to the letter."""
        data: dict[str, Any] = item.model_dump(mode="json")
        fields = dict(item.fields)
        for path, value in self.values.items():
            if path in SCALARS:
                data[path] = value
            else:
                fields[path.removeprefix("fields.")] = value
        data["fields"] = fields
        data["labels"] = self.labels(item.labels)
        return Item.model_validate(data)
