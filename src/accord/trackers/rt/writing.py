"""From an item's paths to what RT takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from accord.errors import WriteRefused
from accord.trackers.rt.layout import CORE, MINUTES, WATCHERS, Layout
from accord.trackers.rt.lifecycle import Lifecycle
from accord.trackers.rt.names import NOBODY, CustomField, NameBook, nearest
from accord.trackers.rt.rest import Row, name_of
from accord.trackers.rt.texts import Texts
from accord.trackers.rt.values import Values, minutes, someone

LONGEST_SUBJECT = 200  # letters; RT cuts off what is more
ROLES = ("summary", "description", "status", "priority", "assignee", "reporter", "due")


@dataclass(frozen=True)
class Now:
    """What is written to: the ticket as it is, and what its custom fields hold, by number; nothing of a new one."""

    row: Row
    custom: Mapping[str, list[object]]


class FieldWriter:
    """Raises WriteRefused naming the field, the value and what would do."""

    def __init__(self, layout: Layout, book: NameBook, values: Values, texts: Texts, lifecycle: Lifecycle) -> None:
        self._layout, self._book, self._values = layout, book, values
        self._texts, self._lifecycle = texts, lifecycle

    async def row(self, values: Mapping[str, JsonValue], labels: tuple[str, ...] | None, now: Now) -> Row:
        """What to put for values by path, and for all labels that there shall be (None: they are left alone). A
        description is put only where a custom field holds it."""
        row: Row = {}
        custom: dict[str, str | list[str] | None] = {}
        for path, value in values.items():
            field = self._layout.free.get(path.removeprefix("fields.")) if path.startswith("fields.") else None
            if field:
                custom[field.id] = self._values.raw(field, value, path, now.custom.get(field.id, []))
            elif path == "description" and self._layout.description:
                custom[self._layout.description.id] = await self._description(self._layout.description, value, now)
            elif path != "description":
                row |= await self._own(path, value, now)
        if labels is not None:
            field = self._labels_field(labels)
            custom[field.id] = self._values.raw(field, [*labels], "labels", now.custom.get(field.id, []))
        return row | ({"CustomFields": custom} if custom else {})

    @property
    def describes_in_messages(self) -> bool:
        return self._layout.description is None

    async def _description(self, field: CustomField, value: JsonValue, now: Now) -> str:
        """An empty one is kept as such: without any, the first message would show again."""
        text = str(value or "")
        if field.kind != "HTML" or not text:
            return text
        put = now.custom.get(field.id) or [""]
        return await self._texts.rewrite(str(put[0] or ""), text)

    async def _own(self, path: str, value: JsonValue, now: Now) -> Row:
        empty = value in (None, "")
        match path:
            case "summary":
                return {"Subject": str(value or "")[:LONGEST_SUBJECT]}
            case "status":
                self._lifecycle.check(str(value))
                return {"Status": str(value)}
            case "priority":
                return {"Priority": self._values.raw_priority(value)}
            case "assignee":
                return {"Owner": NOBODY if empty else await self._book.login(someone(value, path), path)}
            case "reporter":
                others = [name_of(one) for one in now.row.get("Requestor") or ()][1:]
                first = [] if empty else [await self._watcher(value, path)]
                return {"Requestor": list(dict.fromkeys([*first, *others]))}
            case "due":
                return {"Due": self._values.raw_date(value, path)}
        name = path.removeprefix("fields.")
        if name not in CORE or name == path:
            raise self._unknown(path, value)
        return {CORE[name]: await self._core(name, value, path)}

    async def _core(self, name: str, value: JsonValue, path: str) -> JsonValue:
        if name == "queue":
            return await self._book.queue(str(value or ""), path)
        if name in WATCHERS:
            many = value if isinstance(value, list) else [] if value in (None, "") else [value]
            return [await self._watcher(one, path) for one in many]
        return minutes(value, path) if name in MINUTES else self._values.raw_date(value, path)

    async def _watcher(self, value: JsonValue, path: str) -> str:
        """A login, or the address of a person whom RT does not know yet."""
        person = someone(value, path)
        try:
            return await self._book.login(person, path)
        except WriteRefused:
            if person.email:
                return person.email
            raise

    def _labels_field(self, labels: tuple[str, ...]) -> CustomField:
        if self._layout.labels is None:
            raise WriteRefused(
                "The tracker has no labels.",
                field="labels",
                value=", ".join(labels),
                remedy="Set labels_field to a custom field of several values, or leave labels out of the rules.",
            )
        return self._layout.labels

    def _unknown(self, path: str, value: JsonValue) -> WriteRefused:
        free = [f"fields.{name}" for name in (*CORE, *self._layout.free)]
        remedy = nearest(path, [*ROLES, "labels", *free])
        return WriteRefused(f"RT has no {path} to write to.", field=path, value=value, remedy=remedy)
