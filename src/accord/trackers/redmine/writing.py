"""From an item's paths to what Redmine takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from accord.errors import WriteRefused
from accord.trackers.redmine.layout import CORE, Layout
from accord.trackers.redmine.marks import MARK, marked
from accord.trackers.redmine.names import CustomField, NameBook, Project, chosen, nearest
from accord.trackers.redmine.rest import Row
from accord.trackers.redmine.texts import Texts
from accord.trackers.redmine.values import Raw, Values, boolean, day, number, refused, someone

# How Redmine's complaints begin, in English, and the path that each is about.
COMPLAINTS = {
    "Subject": "summary",
    "Assignee": "assignee",
    "Due date": "due",
    "Parent task": "parent",
    "Status": "status",
    "Tracker": "type",
    "Priority": "priority",
    "Project": "fields.project",
    "Target version": "fields.version",
    "Category": "fields.category",
    "Start date": "fields.start_date",
    "Estimated time": "fields.estimated_hours",
    "% Done": "fields.done_ratio",
}
MAKE_PRIVATE = ("set_issues_private", "set_own_issues_private")
ROLES = ("summary", "description", "type", "status", "priority", "assignee", "due", "parent")


@dataclass(frozen=True)
class Target:
    """What is written to: the project that the issue is in or shall be in, the mark that its description bears, the
    description as it stands there, and the files of the issue."""

    project: Project
    mark: str | None = None
    description: str = ""
    files: tuple[Row, ...] = ()


class FieldWriter:
    """Raises WriteRefused naming the field, the value and what would do."""

    def __init__(self, layout: Layout, book: NameBook, values: Values, texts: Texts) -> None:
        self._layout, self._book, self._values, self._texts = layout, book, values, texts

    async def row(self, values: Mapping[str, JsonValue], labels: tuple[str, ...] | None, target: Target) -> Row:
        """What to put for values by path, and for all labels that there shall be (None: they are left alone)."""
        row: Row = {}
        custom: dict[int, Raw] = {}
        for path, value in values.items():
            field = self._layout.free.get(path.removeprefix("fields.")) if path.startswith("fields.") else None
            if field:
                custom[field.id] = await self._values.raw(field, value, path, target.project.id)
            else:
                row |= await self._own(path, value, target)
        if labels is not None:
            field = self._labels_field(labels)
            custom[field.id] = await self._values.raw(field, [*labels], "labels", target.project.id)
        return row | ({"custom_fields": as_custom(custom)} if custom else {})

    def mark(self, marker: str) -> list[Row]:
        """The mark of a new issue as a custom field, where there is one for it."""
        field = self._layout.marker
        return [{"id": field.id, "value": MARK + marker}] if field else []

    @property
    def marks_descriptions(self) -> bool:
        return self._layout.marker is None

    async def _own(self, path: str, value: JsonValue, target: Target) -> Row:
        empty = value in (None, "")
        match path:
            case "summary":
                return {"subject": str(value or "")}
            case "description":
                text = await self._texts.write(str(value or ""), target.description, target.files)
                return {"description": marked(text, target.mark) if target.mark else text}
            case "status":
                return {"status_id": await chosen(self._book.statuses, value, path)}
            case "type":
                return {"tracker_id": await self._tracker(str(value), target.project)}
            case "priority":
                return {"priority_id": await chosen(self._book.priorities, value, path)}
            case "assignee":
                return {"assigned_to_id": "" if empty else await self._book.user_id(someone(value, path), path)}
            case "due":
                return {"due_date": "" if empty else day(value, path)}
            case "parent":
                return {"parent_issue_id": "" if empty else _key(value, path)}
        name = path.removeprefix("fields.")
        if name not in CORE or name == path:
            raise self._unknown(path, value)
        return {CORE[name]: "" if empty and name != "private" else await self._core(name, value, path, target.project)}

    async def _core(self, name: str, value: JsonValue, path: str, project: Project) -> JsonValue:
        match name:
            case "project":
                return project.id
            case "category":
                if str(value) not in project.categories:
                    raise refused(path, value, nearest(str(value), project.categories))
                return project.categories[str(value)]
            case "version":
                return await chosen(lambda fresh: self._book.versions(project.id, fresh=fresh), value, path)
            case "start_date":
                return day(value, path)
            case "private":
                return await self._private(value, path, project)
            case _:
                return number(value, path, whole=name == "done_ratio")

    async def _private(self, value: JsonValue, path: str, project: Project) -> bool:
        """Redmine would drop the word, and show the issue to all."""
        private = boolean(value or False, path)
        if private and not any([await self._book.may(permission, project.id) for permission in MAKE_PRIVATE]):
            raise refused(path, value, "The account's role needs the permission 'Set issues public or private'.")
        return private

    async def _tracker(self, name: str, project: Project) -> int:
        known = await chosen(self._book.trackers, name, "type")
        if name not in project.trackers:
            why = f"The project {project.identifier} has no {name}: {', '.join(project.trackers)}."
            raise refused("type", name, why)
        return known

    def _labels_field(self, labels: tuple[str, ...]) -> CustomField:
        if self._layout.labels is None:
            raise WriteRefused(
                "The tracker has no labels.",
                field="labels",
                value=", ".join(labels),
                remedy="Set labels_field to a custom field of several values, or leave labels out of the rules.",
            )
        return self._layout.labels

    def named(self, error: WriteRefused, values: Mapping[str, JsonValue]) -> WriteRefused:
        """The same, with the field that Redmine complained about."""
        if error.field is None:
            names = COMPLAINTS | {name: f"fields.{name}" for name in self._layout.free}
            words = error.message.partition(": ")[2]
            path = next((path for name, path in names.items() if words.startswith(f"{name} ")), None)
            error.field, error.value = path, values.get(path or "")
        return error

    def _unknown(self, path: str, value: JsonValue) -> WriteRefused:
        free = [f"fields.{name}" for name in (*CORE, *self._layout.free)]
        return WriteRefused(
            f"Redmine has no {path} to write to.",
            field=path,
            value=value,
            remedy=nearest(path, [*ROLES, "labels", *free]),
        )


def as_custom(values: Mapping[int, Raw]) -> list[Row]:
    return [{"id": id_, "value": value} for id_, value in values.items()]


def _key(value: JsonValue, path: str) -> int:
    if not str(value).isdigit():
        raise refused(path, value, "It takes the number of an issue.")
    return int(str(value))
