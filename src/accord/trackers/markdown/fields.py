"""Front matter and Item fields: which key holds which, checked against what `tracker.yaml` declares."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from pydantic import JsonValue

from accord.errors import WriteRefused
from accord.model import Item, Link, Patch, is_empty
from accord.trackers.markdown.document import Document
from accord.trackers.markdown.editing import Edit
from accord.trackers.markdown.files import KEY
from accord.trackers.markdown.nearest import nearest
from accord.trackers.markdown.people import read_person, write_person
from accord.trackers.markdown.schema import Schema, is_date, is_kind

T = TypeVar("T")
TEXTS = ("type", "status", "resolution", "priority", "parent")
PEOPLE = ("assignee", "reporter")
MARKER = "accord"
LINKS = "links"
RESERVED = frozenset({"key", "summary", "labels", "due", "created", MARKER, LINKS, *TEXTS, *PEOPLE})
HEADING = re.compile(r"^ {0,3}# +(.+?)(?: +#+)?[ \t]*$", re.MULTILINE)
NEW_ORDER = ("summary", *TEXTS, "labels", *PEOPLE, "due")


def read_fields(document: Document, schema: Schema) -> dict[str, Any]:
    """What an Item is made from. Raises ItemBroken with file and line for what can't be meant."""
    values: dict[str, Any] = {path: _option(document, path, schema) for path in TEXTS}
    values |= {path: read_person(document, path, schema.people) for path in PEOPLE}
    free = [name for name in document.entries if name not in RESERVED and name != summary_key(document)]
    return values | {
        "summary": _summary(document),
        "description": document.description,
        "labels": _labels(document, schema),
        "links": read_links(document, schema),
        "due": _due(document),
        "created_at": moment(document, "created"),
        "marker": document.raw(MARKER),
        "fields": {name: _custom(document, name, schema) for name in free},
    }


def summary_key(document: Document) -> str:
    """`summary`, or `title` where that is there instead."""
    return "title" if "title" in document.entries and "summary" not in document.entries else "summary"


def moment(document: Document, name: str) -> datetime | None:
    """A point in time; one without a time zone is in UTC."""
    text = document.raw(name)
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        remedy = "Write it like 2026-12-24T10:30:00Z."
        raise document.broken(f"{name} is no point in time: {text!r}.", name, document.line(name), remedy) from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def to_edit(document: Document, patch: Patch, schema: Schema) -> Edit:
    """What a patch means for the file. Raises WriteRefused for what is not declared."""
    values: dict[str, JsonValue] = {}
    for path, value in patch.values.items():
        if path != "description":
            values[_key(path, document)] = _written(path, value, schema)
    labels = [_checked_option("labels", label, schema) for label in patch.labels_added]
    body = patch.values.get("description")
    return Edit(
        values=values,
        added_to={"labels": labels} if labels else {},
        removed_from={"labels": list(patch.labels_removed)} if patch.labels_removed else {},
        body=None if "description" not in patch.values else str(body or ""),
    )


def to_new(document: Document, draft: Item, patch: Patch, schema: Schema) -> Edit:
    """What a new file holds: what the draft has, in the order that people like."""
    edit = to_edit(document, patch, schema)
    values: dict[str, JsonValue] = {**edit.values, "labels": [*edit.added_to.get("labels", ())]}
    order = [*NEW_ORDER, *sorted(values.keys() - {*NEW_ORDER})]
    first = {name: values[name] for name in order if not is_empty(values.get(name))}
    return Edit(first=first, body=draft.description or "")


def _key(path: str, document: Document) -> str:
    """The key in front matter that a path stands for."""
    if path == "summary":
        return summary_key(document)
    if path in (*TEXTS, *PEOPLE, "due"):
        return path
    name = path.removeprefix("fields.")
    if name == path or not name.strip() or name in RESERVED or name == summary_key(document):
        raise WriteRefused(
            f"There can't be a custom field {name!r}.",
            remedy="That name has a meaning of its own: choose another in the incoming rules.",
            field=path,
        )
    return name


def _written(path: str, value: JsonValue, schema: Schema) -> JsonValue:
    """A value as front matter holds it; None empties."""
    if is_empty(value):
        return None
    if path in PEOPLE:
        return write_person(value, path, schema.people)
    if path == "due" and not is_date(str(value)):
        raise WriteRefused(f"{value!r} is no date.", remedy="Write it like 2026-12-24.", field=path, value=value)
    if path.startswith("fields."):
        return _written_custom(path, value, schema)
    return _checked_option(path, str(value), schema)


def _written_custom(path: str, value: JsonValue, schema: Schema) -> JsonValue:
    name = path.removeprefix("fields.")
    kind = schema.kind(name)
    if schema.fields and kind is None:
        raise WriteRefused(
            f"tracker.yaml declares no field {name!r}.", remedy=nearest(name, schema.fields), field=path, value=value
        )
    if kind == "person":
        return write_person(value, path, schema.people)
    if kind is not None and not is_kind(value, kind):
        raise WriteRefused(f"{name} takes a {kind}, not {value!r}.", field=path, value=value)
    return _checked_option(path, value, schema) if kind == "option" else value


def _checked_option(path: str, value: T, schema: Schema) -> T:
    options = schema.options(path)
    if options and str(value) not in options:
        raise WriteRefused(
            f"tracker.yaml declares no {path.removeprefix('fields.')} {value!r}.",
            remedy=nearest(str(value), options),
            field=path,
            value=value,
        )
    return value


def _summary(document: Document) -> str | None:
    """The first heading stands in for a summary that is not there."""
    written = document.raw(summary_key(document))
    if written is not None or summary_key(document) in document.entries:
        return written
    heading = HEADING.search(document.body)
    return heading[1].strip() if heading else None


def _option(document: Document, path: str, schema: Schema) -> str | None:
    value = document.raw(path)
    _refuse_undeclared(document, path, path, value, schema.options(path))
    return value


def _labels(document: Document, schema: Schema) -> tuple[str, ...]:
    labels = [document.scalar(node, "labels") for node in document.items("labels")]
    if not all(labels):
        raise document.broken("A label is empty.", "labels", document.line("labels"))
    for label in labels:
        _refuse_undeclared(document, "labels", "label", label, schema.options("labels"))
    return tuple(dict.fromkeys(label for label in labels if label))


def read_links(document: Document, schema: Schema) -> tuple[Link, ...]:
    """Raises ItemBroken with file and line for what leads nowhere."""
    found: dict[str, Link] = {}
    for node in document.items(LINKS):
        text = (document.scalar(node, LINKS) or "").strip()
        kind, _, end = text.rpartition(" ")
        kind, is_page = kind.strip(), "://" in end
        if not is_page and not (KEY.fullmatch(end) and kind):
            remedy = "Write it like `blocks OPS-2`, or `see https://example.net`."
            raise document.broken(f"A link leads nowhere: {text!r}.", LINKS, document.line(LINKS), remedy)
        if not is_page and schema.links and kind not in schema.links:
            line = document.line(LINKS)
            raise document.broken(f"tracker.yaml declares no link {kind!r}.", LINKS, line, nearest(kind, schema.links))
        found[text] = Link(id=text, kind=kind, key="" if is_page else end, url=end if is_page else None)
    return tuple(found.values())


def _due(document: Document) -> date | None:
    text = document.raw("due")
    if not text:
        return None
    if not is_date(text):
        line = document.line("due")
        raise document.broken(f"due is no date: {text!r}.", "due", line, "Write it like 2026-12-24.")
    return date.fromisoformat(text)


def _custom(document: Document, name: str, schema: Schema) -> JsonValue:
    value, kind = document.value(name), schema.kind(name)
    if kind is None or value is None:
        return value
    if kind == "person":
        person = read_person(document, name, schema.people)
        return person.model_dump(mode="json") if person else None
    options = schema.options(f"fields.{name}")
    if options:
        text = document.raw(name)
        _refuse_undeclared(document, name, name, text, options)
        return text
    if kind in {"text", "rich_text", "option"}:
        return document.raw(name)
    if not is_kind(value, kind):
        raise document.broken(f"{name} must be a {kind}.", name, document.line(name))
    return value


def _refuse_undeclared(document: Document, key: str, what: str, value: str | None, options: Sequence[str]) -> None:
    if value is not None and options and value not in options:
        raise document.broken(
            f"tracker.yaml declares no {what} {value!r}.", key, document.line(key), nearest(value, options)
        )
