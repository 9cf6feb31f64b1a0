"""What a tracker holds, told to rules, checks and the console."""

from __future__ import annotations

from accord.ports import Description, FieldInfo
from accord.trackers.redmine.layout import Layout
from accord.trackers.redmine.names import CustomField, NameBook
from accord.trackers.redmine.relations import KINDS

FORMATS = {"int": "number", "float": "number", "bool": "boolean", "date": "date", "user": "person", "text": "rich_text"}


async def describe(layout: Layout, book: NameBook, projects: frozenset[str]) -> Description:
    """Fields by path, with the names that they may take, and everybody whom the account is told of."""
    there = [one for one in (await book.projects(fresh=True)).values() if not projects or one.identifier in projects]
    categories = {name for project in there for name in project.categories}
    versions = {name for project in there for name in await book.versions(project.id, fresh=True)}
    used = {name for project in there for name in project.trackers}
    infos = [
        FieldInfo("summary", required=True),
        FieldInfo("description", "rich_text"),
        FieldInfo("type", "option", tuple(name for name in await book.trackers(fresh=True) if name in used)),
        FieldInfo("status", "option", tuple(await book.statuses(fresh=True))),
        FieldInfo("priority", "option", tuple(await book.priorities(fresh=True))),
        FieldInfo("assignee", "person"),
        FieldInfo("reporter", "person", writable=False),
        FieldInfo("due", "date"),
        FieldInfo("parent", "item"),
        FieldInfo("links", "links", KINDS),
        FieldInfo("fields.project", "option", tuple(project.identifier for project in there)),
        FieldInfo("fields.category", "option", tuple(sorted(categories))),
        FieldInfo("fields.version", "option", tuple(sorted(versions))),
        FieldInfo("fields.start_date", "date"),
        FieldInfo("fields.estimated_hours", "number"),
        FieldInfo("fields.done_ratio", "number"),
        FieldInfo("fields.private", "boolean"),
    ]
    if layout.labels:
        infos.append(FieldInfo("labels", "labels", _options(layout.labels, versions)))
    for name, field in layout.free.items():
        kind = "labels" if field.multiple else _kind(field)
        infos.append(FieldInfo(f"fields.{name}", kind, _options(field, versions), required=field.required))
    people = tuple((await book.people(fresh=True)).values())
    return Description({info.path: info for info in infos}, people)


def _kind(field: CustomField) -> str:
    return FORMATS.get(field.kind) or ("option" if field.values or field.kind == "version" else "text")


def _options(field: CustomField, versions: set[str]) -> tuple[str, ...]:
    """In Redmine's own order. Empty where any value goes, or where it leads to people."""
    if field.kind == "version":
        return tuple(sorted(versions))
    return () if field.kind in {"bool", "user"} else tuple(label for label, _ in field.values)
