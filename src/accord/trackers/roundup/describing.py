"""What a tracker holds, told to rules, checks and the console."""

from __future__ import annotations

from accord.ports import Description, FieldInfo
from accord.trackers.roundup.names import NameBook
from accord.trackers.roundup.reading import Layout
from accord.trackers.roundup.schema import Property, Schema

KINDS = {"Number": "number", "Integer": "number", "Boolean": "boolean", "Date": "date", "Multilink": "labels"}


async def describe(schema: Schema, layout: Layout, book: NameBook, *, create_labels: bool) -> Description:
    """Fields by path, with the names that links may take, and everybody who may log in."""
    fields = {"summary": FieldInfo("summary"), "description": FieldInfo("description", "rich_text")}
    roles = {"status": layout.status, "priority": layout.priority, "assignee": layout.assignee, "due": layout.due}
    props = {path: layout.properties[name] for path, name in roles.items() if name}
    props |= {f"fields.{name}": prop for name, prop in layout.free().items()}
    if layout.labels:
        props["labels"] = layout.properties[layout.labels]
    for path, prop in props.items():
        options = await _options(prop, schema, book)
        if path == "labels" and create_labels:
            options = ()
        fields[path] = FieldInfo(path, _kind(prop), options)
    if layout.links:
        fields["links"] = FieldInfo("links", "links", layout.links)
    fields["reporter"] = FieldInfo("reporter", "person", writable=False)
    people = tuple(person for person in (await book.people(fresh=True)).values() if person.username != "anonymous")
    return Description(fields, people)


def _kind(prop: Property) -> str:
    if prop.kind == "Link":
        return "person" if prop.target == "user" else "option"
    return KINDS.get(prop.kind, "text")


async def _options(prop: Property, schema: Schema, book: NameBook) -> tuple[str, ...]:
    """In Roundup's own order. Empty where any value goes, or where it leads to people or other items."""
    if prop.kind not in {"Link", "Multilink"} or prop.target == "user" or not schema.has_names(prop.target):
        return ()
    return tuple(await book.names(prop.target, fresh=True))
