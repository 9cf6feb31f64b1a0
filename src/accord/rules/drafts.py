"""Items and replicas as plain values for scripts, and what scripts made of them back again, validated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from accord.errors import RuleFailed
from accord.model import Item, Replica
from accord.model.paths import SCALARS
from accord.ports import RuleContext
from accord.rules.engine import ABSENT
from accord.rules.source import ScriptSource
from accord.rules.values import nearest

M = TypeVar("M", bound=BaseModel)

FREE = {"item": ("fields",), "replica": ("fields", "custom")}
PARTS = ("labels", "comments", "attachments")
GIVEN = {
    "item": ("key", "url", *SCALARS, *PARTS, "fields", "created_at", "updated_at"),
    "replica": ("key", "url", *SCALARS, *PARTS, "fields", "custom"),
    "context": ("connection", "now", "first_sync", "people", "fields"),
}
# What a newer peer adds to a comment or file is not for scripts: its names could be anything.
PART_FIELDS = {
    "comments": {"id", "body", "author", "internal", "created_at"},
    "attachments": {"id", "name", "size", "sha256", "media_type", "author", "created_at"},
}
READ_ONLY = {"item": ("key", "url", "created_at", "updated_at"), "replica": ("key",)}


def item_values(item: Item) -> dict[str, Any]:
    """What a script sees of an item; dates stay dates."""
    return item.model_dump(include=set(GIVEN["item"]), exclude={"comments": {"__all__": {"marker"}}})


def replica_values(replica: Replica) -> dict[str, Any]:
    """What a script sees of a replica: only what it names."""
    named = replica.model_fields_set & set(GIVEN["replica"])
    values = replica.model_dump(include=named - PART_FIELDS.keys())
    for name in named & PART_FIELDS.keys():
        values[name] = [part.model_dump(include=PART_FIELDS[name]) for part in getattr(replica, name)]
    return values


def context_values(context: RuleContext, source: str) -> dict[str, Any]:
    """People and fields may be many: they are copied only for scripts that speak of them."""
    return {
        "connection": context.connection,
        "now": context.now,
        "first_sync": context.first_sync,
        "people": [person.model_dump() for person in context.people] if "people" in source else [],
        "fields": {path: list(info.options) for path, info in context.fields.items()} if "fields" in source else {},
    }


def replica_from(draft: dict[str, Any], before: Replica, item: Item, source: ScriptSource) -> Replica:
    """The replica that a script left. Raises RuleFailed, naming the field."""
    checked = _Draft("replica", "outgoing", draft, source)
    checked.check_read_only(replica_values(before))
    values = {name: value for name, value in draft.items() if value is not ABSENT}
    for group in FREE["replica"]:
        values[group] = {name: value for name, value in values.get(group, {}).items() if value is not ABSENT}
        if not values[group] and group not in before.model_fields_set:
            del values[group]
    files = {file.id: file.sha256 for file in item.attachments}
    checked.check_parts("comments", values.get("comments") or (), {comment.id: None for comment in item.comments})
    checked.check_parts("attachments", values.get("attachments") or (), files)
    return checked.validated(Replica, {"key": before.key, **values})


def item_from(draft: dict[str, Any], before: Item, source: ScriptSource) -> Item:
    """The item that a script left of the table's draft, `before`. Raises RuleFailed, naming the field."""
    checked = _Draft("item", "incoming", draft, source)
    given = item_values(before)
    checked.check_read_only(given)
    files = {file.id: file.sha256 for file in before.attachments}
    values = {name: value for name, value in draft.items() if value is not ABSENT}
    checked.check_parts("comments", values.get("comments", ()), {comment.id: None for comment in before.comments})
    checked.check_parts("attachments", values.get("attachments", ()), files)
    kept = {name: before.fields[name] for name, value in draft["fields"].items() if name in before.fields}
    values["fields"] = {name: kept.get(name) if v is ABSENT else v for name, v in values["fields"].items()}
    made = checked.validated(Item, {**given, **values})
    names = (*SCALARS, *PARTS, "fields")
    return before.model_copy(update={name: getattr(made, name) for name in names})


class _Draft:
    """A draft as it came back, with what to say about it when it is wrong."""

    def __init__(self, kind: str, rule: str, values: dict[str, Any], source: ScriptSource) -> None:
        self._kind, self._rule, self._values, self._source = kind, rule, values, source
        for name in values:
            if name not in GIVEN[kind]:
                raise self._wrong(name, f"{kind} has no field {name!r}.", nearest(name, list(GIVEN[kind])))
        for group in FREE[kind]:
            if not isinstance(values.get(group), dict):
                raise self._wrong(group, f"{kind}.{group} is not a dict any more.", "Assign to its keys.")
            values[group] = _jsonable(values[group])

    def check_read_only(self, given: dict[str, Any]) -> None:
        for name in READ_ONLY[self._kind]:
            if self._values.get(name, ABSENT) != given.get(name, ABSENT):
                raise self._wrong(name, f"{self._kind}.{name} can't be assigned.", None)

    def check_parts(self, name: str, parts: Any, known: dict[str, str | None]) -> None:
        """A script may drop and change comments and files, not make up new ones: nothing would tell them apart."""
        for part in parts if isinstance(parts, Iterable) and not isinstance(parts, str | dict) else ():
            identity = part.get("id") if isinstance(part, dict) else None
            if not isinstance(identity, str) or identity not in known:
                remedy = "Leave out or change those that are there."
                raise self._wrong(name, f"{self._kind}.{name} has one that was not given.", remedy)
            if known[identity] is not None and part.get("sha256") != known[identity]:
                raise self._wrong(name, f"{self._kind}.{name}: the bytes of a file can't be changed.", None)

    def validated(self, model: type[M], values: dict[str, Any]) -> M:
        try:
            return model.model_validate(values)
        except ValidationError as invalid:
            first = invalid.errors(include_url=False)[0]
            path = ".".join(str(part) for part in first["loc"][:2] if isinstance(part, str))
            path = path if path.partition(".")[0] in FREE[self._kind] else path.partition(".")[0]
            problem = f"{self._kind}.{path} was given a value that does not fit: {first['msg'].lower()}."
            raise self._wrong(path, problem, None, first["input"]) from None

    def _wrong(self, path: str, message: str, remedy: str | None, value: object = None) -> RuleFailed:
        spot = self._source.assigned_at(self._rule, path)
        where = {"remedy": remedy or None, "field": path, "value": value, "step": self._rule, "side": self._rule}
        return self._source.failed(message, spot, **where)


def _jsonable(value: Any) -> Any:
    """Dates travel as text in free-form fields."""
    if isinstance(value, dict):
        return {name: _jsonable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_jsonable(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
