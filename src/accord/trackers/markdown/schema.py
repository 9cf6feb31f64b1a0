"""`tracker.yaml` in the folder: which values its items may hold.

    statuses: [open, in progress, closed]
    priorities: [low, high]
    types: [bug, task]
    links: [blocks, is blocked by, relates to]
    people:
      - {username: alice, email: alice@example.net, name: Alice}
    fields:
      severity: {kind: option, options: [minor, major]}
      points: {kind: number}

What is not declared may hold anything. Kinds: text, rich_text, number, date, boolean, option, person, labels.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue, ValidationError

from accord.errors import ConfigurationInvalid, ItemBroken
from accord.model import Person
from accord.ports import Description, FieldInfo
from accord.trackers.markdown.document import Document, parse_yaml

FILE = "tracker.yaml"
PATHS = ("summary", "description", "type", "status", "resolution", "priority", "labels", "assignee", "reporter", "due")
KINDS = {
    "description": "rich_text",
    "labels": "labels",
    "assignee": "person",
    "reporter": "person",
    "due": "date",
    "parent": "item",
    "links": "links",
}
Kind = Literal["text", "rich_text", "number", "date", "boolean", "option", "person", "labels"]
Text = Annotated[str, BeforeValidator(lambda value: str(value) if isinstance(value, int | float) else value)]


class Strict(BaseModel):
    """A table of which every key is known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FieldTable(Strict):
    """A custom field."""

    kind: Kind = "text"
    options: tuple[Text, ...] = ()


class Schema(Strict):
    """What is declared; an empty tuple or table declares nothing."""

    statuses: tuple[Text, ...] = ()
    priorities: tuple[Text, ...] = ()
    types: tuple[Text, ...] = ()
    resolutions: tuple[Text, ...] = ()
    labels: tuple[Text, ...] = ()
    links: tuple[Text, ...] = ()
    people: tuple[Person, ...] = ()
    fields: dict[str, FieldTable] = {}

    def options(self, path: str) -> tuple[str, ...]:
        """The values that a path may hold; empty: any."""
        if path.startswith("fields."):
            declared = self.fields.get(path.removeprefix("fields."))
            return declared.options if declared else ()
        lists = {
            "status": self.statuses,
            "priority": self.priorities,
            "type": self.types,
            "resolution": self.resolutions,
            "labels": self.labels,
            "links": self.links,
        }
        return lists.get(path, ())

    def kind(self, name: str) -> str | None:
        """The kind of a custom field, None if it is not declared."""
        return self.fields[name].kind if name in self.fields else None

    def describe(self, version: str) -> Description:
        """For rules and checks; `version` tells two declarations apart."""
        fields = {}
        for path in (*PATHS, "parent", "links"):
            options = self.options(path)
            kind = KINDS.get(path, "option" if options else "text")
            fields[path] = FieldInfo(path, kind, options)
        for name, table in self.fields.items():
            fields[f"fields.{name}"] = FieldInfo(f"fields.{name}", table.kind, table.options)
        return Description(fields, self.people, version)


def parse_schema(data: bytes) -> Schema:
    """Raises ConfigurationInvalid with file, line and what to do."""
    try:
        document = parse_yaml(data, FILE)
        values = {name: document.value(name) for name in document.entries}
    except ItemBroken as broken:
        raise ConfigurationInvalid(
            broken.message, remedy=broken.remedy, file=FILE, line=broken.line, field=broken.field
        ) from None
    try:
        return Schema.model_validate({name: value for name, value in values.items() if value is not None})
    except ValidationError as wrong:
        raise _invalid(document, wrong) from None


def is_kind(value: JsonValue, kind: str) -> bool:
    """Whether a custom field of this kind may hold the value. People are not told here."""
    match kind:
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "date":
            return isinstance(value, str) and is_date(value)
        case "labels":
            return isinstance(value, list) and all(isinstance(part, str) for part in value)
        case "option" | "text" | "rich_text":
            return not isinstance(value, list | dict)
    return True


def is_date(text: str) -> bool:
    """Whether it is a day as in 2026-12-24."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-12-24")


def _invalid(document: Document, wrong: ValidationError) -> ConfigurationInvalid:
    first = wrong.errors()[0]
    where = [str(part) for part in first["loc"]]
    known = f"There are {', '.join(Schema.model_fields)}." if len(where) == 1 else None
    return ConfigurationInvalid(
        f"{'.'.join(where)}: {first['msg']}.",
        remedy=known,
        file=FILE,
        line=document.line(where[0]) if where else None,
        field=".".join(where),
    )
