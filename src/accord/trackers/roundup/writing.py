"""From an item's paths to Roundup's properties."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import JsonValue

from accord.errors import WriteRefused
from accord.model import Item, Patch, flatten, is_empty
from accord.trackers.roundup.reading import Layout
from accord.trackers.roundup.rest import Row
from accord.trackers.roundup.schema import Property, nearest
from accord.trackers.roundup.values import ValueWriter


def property_of(layout: Layout, path: str) -> Property | None:
    """The property that an item's path is written to; None where the tracker has no place for it."""
    roles = {
        "summary": "title",
        "status": layout.status,
        "priority": layout.priority,
        "assignee": layout.assignee,
        "due": layout.due,
    }
    name = roles.get(path)
    if name is not None:
        return layout.properties.get(name)
    return layout.free().get(path.removeprefix("fields.")) if path.startswith("fields.") else None


class PropertyWriter:
    """Raises WriteRefused naming the field, the value and what would do."""

    def __init__(self, layout: Layout, values: ValueWriter) -> None:
        self._layout, self._values = layout, values

    async def properties(self, values: dict[str, JsonValue]) -> Row:
        """What to put for values by path. The description is a message and not among them."""
        row: Row = {}
        for path, value in values.items():
            if path == "description":
                continue
            prop = property_of(self._layout, path)
            if prop is None:
                raise self._unknown(path, value)
            row[prop.name] = await self._values.raw(prop, value, path)
        return row

    async def labels(self, added: Iterable[str], removed: Iterable[str]) -> Row:
        """Adds and removes keywords without touching others, whoever else writes."""
        changes: list[Any] = [f"+{await self._label(label)}" for label in added]
        for label in removed:
            try:
                changes.append(f"-{await self._label(label, existing=True)}")
            except WriteRefused:
                continue  # a keyword that is gone is on no issue
        return {self._layout.labels: changes} if self._layout.labels and changes else {}

    async def new(self, draft: Item) -> Row:
        """All that a new issue starts with, besides its description."""
        start = Patch.of({path: value for path, value in flatten(draft).items() if not is_empty(value)})
        row = await self.properties(start.values)
        if start.labels_added:
            name = self._layout.labels or ""
            row[name] = [await self._label(label) for label in start.labels_added]
        return row

    async def _label(self, label: str, *, existing: bool = False) -> str:
        if self._layout.labels is None:
            raise WriteRefused(
                "The tracker has no labels.",
                field="labels",
                value=label,
                remedy="Set labels_property to a Multilink property, or leave labels out of the incoming rules.",
            )
        prop = self._layout.properties[self._layout.labels]
        return await self._values.link(prop, label, "labels", create=not existing)

    def _unknown(self, path: str, value: JsonValue) -> WriteRefused:
        free = [f"fields.{name}" for name in self._layout.free()]
        known = [
            path for path in ("summary", "status", "priority", "assignee", "due") if property_of(self._layout, path)
        ]
        return WriteRefused(
            f"The class {self._layout.classname} has no {path} to write to.",
            field=path,
            value=value,
            remedy=nearest(path, [*known, "description", "labels", *free]),
        )
