"""What a tracker holds, told to rules, checks and the console."""

from __future__ import annotations

from accord.ports import Description, FieldInfo
from accord.trackers.rt.layout import Layout
from accord.trackers.rt.names import CustomField, NameBook
from accord.trackers.rt.settings import RTSettings

KINDS = {"Select": "option", "Date": "date", "HTML": "rich_text"}


async def describe(layout: Layout, book: NameBook, settings: RTSettings) -> Description:
    """Fields by path, with the names that they may take, and the people who may have rights."""
    known = sorted((await book.queues(fresh=True)).values())
    infos = [
        FieldInfo("summary"),
        FieldInfo("description", "rich_text"),
        FieldInfo("status", "option", settings.statuses),
        FieldInfo("priority", "option", tuple(settings.priorities)),
        FieldInfo("assignee", "person"),
        FieldInfo("reporter", "person"),
        FieldInfo("due", "date"),
        FieldInfo(
            "fields.queue", "option", tuple(name for name in known if not settings.queues or name in settings.queues)
        ),
        FieldInfo("fields.cc", "labels"),
        FieldInfo("fields.admin_cc", "labels"),
        FieldInfo("fields.starts", "date"),
        FieldInfo("fields.time_estimated", "number"),
        FieldInfo("fields.time_left", "number"),
    ]
    if layout.labels:
        infos.append(FieldInfo("labels", "labels", _options(layout.labels)))
    for name, field in layout.free.items():
        infos.append(FieldInfo(f"fields.{name}", _kind(field), _options(field), required=field.is_required))
    return Description({info.path: info for info in infos}, await book.people())


def _kind(field: CustomField) -> str:
    if field.multiple:
        return "labels"
    return "number" if field.is_number else KINDS.get(field.kind, "text")


def _options(field: CustomField) -> tuple[str, ...]:
    """In RT's own order. Empty where any value goes."""
    return field.values if field.kind == "Select" else ()
