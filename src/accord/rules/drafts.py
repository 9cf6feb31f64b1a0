"""Items and replicas as plain values for scripts, and what scripts made of them back again, validated."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from accord.errors import RuleFailed
from accord.model import Item, Replica
from accord.model.paths import SCALARS
from accord.ports import Asks, RuleContext, with_asks
from accord.rules.engine import ABSENT
from accord.rules.given import FREE, GIVEN, PARTS, READ_ONLY, misspelt_field
from accord.rules.source import ScriptSource

M = TypeVar("M", bound=BaseModel)

# What a newer peer adds to a comment or file is not for scripts: its names could be anything.
PART_FIELDS = {
    "comments": {"id", "body", "author", "internal", "created_at"},
    "attachments": {"id", "name", "size", "sha256", "media_type", "author", "created_at"},
    "links": {"id", "kind", "key", "url"},
    "worklogs": {"id", "seconds", "body", "author", "started_at"},
}


def item_values(item: Item) -> dict[str, Any]:
    """What a script sees of an item; dates stay dates."""
    unseen = {"comments": {"__all__": {"marker"}}, "worklogs": {"__all__": {"marker"}}}
    return item.model_dump(include=set(GIVEN["item"]), exclude=unseen)


def replica_values(replica: Replica) -> dict[str, Any]:
    """What a script sees of a replica: only what it names."""
    named = replica.model_fields_set & set(GIVEN["replica"])
    values = replica.model_dump(include=named - PART_FIELDS.keys())
    for name in named & PART_FIELDS.keys():
        values[name] = [part.model_dump(include=PART_FIELDS[name]) for part in getattr(replica, name)]
    return values


def context_values(context: RuleContext, source: str) -> dict[str, Any]:
    """People, fields and the previous replica may be large: they are copied only for scripts that speak of them."""
    people = context.people if "people" in source or ".person(" in source else ()
    fields = context.fields if "fields" in source or ".option(" in source else {}
    previous = context.previous if "previous" in source else None
    return {
        "connection": context.connection,
        "now": context.now,
        "first_sync": context.first_sync,
        "people": [person.model_dump() for person in people],
        "fields": {path: list(info.options) for path, info in fields.items()},
        "previous": None if previous is None else replica_values(previous),
        "remote_key": context.remote_key,
        "remote_url": context.remote_url,
    }


def replica_from(made: dict[str, Any], before: Replica, item: Item, source: ScriptSource) -> Replica:
    """The replica that a script left. Raises RuleFailed, naming the field."""
    checked = _Draft("replica", "outgoing", made, source)
    checked.check_read_only(replica_values(before))
    values = {name: value for name, value in checked.values.items() if value is not ABSENT}
    for group in FREE["replica"]:
        values[group] = {name: value for name, value in values.get(group, {}).items() if value is not ABSENT}
        if not values[group] and group not in before.model_fields_set:
            del values[group]
    checked.check_all_parts(values, item)
    return checked.validated(Replica, {"key": before.key, **values})


def item_from(made: dict[str, Any], before: Item, source: ScriptSource, *, first_sync: bool) -> Item:
    """The item that a script left of the table's draft, `before`, with what it asks for.

    A key that it gave to an item that is not there yet asks to pair with the item of that key. Raises RuleFailed,
    naming the field.
    """
    checked = _Draft("item", "incoming", made, source)
    given = item_values(before)
    checked.check_read_only(given)
    pair_with = checked.key_to_pair_with(before.key, first_sync=first_sync)
    values = {name: value for name, value in checked.values.items() if value is not ABSENT}
    checked.check_all_parts(values, before)
    kept = {name: before.fields.get(name) for name, value in values["fields"].items() if value is ABSENT}
    values["fields"] = {n: v for n, v in {**values["fields"], **kept}.items() if n not in kept or n in before.fields}
    fitting = checked.validated(Item, {**given, **values, "key": before.key})
    names = (*SCALARS, *PARTS, "fields")
    item = before.model_copy(update={name: getattr(fitting, name) for name in names})
    asks = made.get("asks", {})
    wanted = Asks(pair_with=pair_with, unsync=asks_for_end(made), sync_back=asks.get("sync_back") is True)
    return with_asks(item, wanted)


def asks_for_end(made: dict[str, Any]) -> bool:
    """Whether the script called `context.unsync()`."""
    return made.get("asks", {}).get("unsync") is True


class _Draft:
    """A draft as it came back, with what to say about it when it is wrong."""

    def __init__(self, kind: str, rule: str, made: dict[str, Any], source: ScriptSource) -> None:
        self._kind, self._rule, self._source = kind, rule, source
        draft = made["draft"]
        self.values: dict[str, Any] = dict(draft) if isinstance(draft, dict) else {}
        for name in self.values:
            if name not in GIVEN[kind]:
                raise self._wrong(name, f"{kind} has no field {name!r}.", misspelt_field(kind, str(name)))
        self._check_odd(made.get("odd"))
        for group in FREE[kind]:
            if not isinstance(self.values.get(group), dict):
                raise self._wrong(group, f"{kind}.{group} is not a dict any more.", "Assign to its keys.")
            self.values[group] = _jsonable(self.values[group])

    def _check_odd(self, odd: object) -> None:
        for path, what in odd if isinstance(odd, list) else ():
            remedy = "Call it: add the parentheses." if "function" in what or what == "method" else "Assign a value."
            raise self._wrong(path, f"{self._kind}.{path} was given a {what}, which is no value.", remedy)

    def key_to_pair_with(self, key: str, *, first_sync: bool) -> str | None:
        """The key that the script gave to an item that is not there yet."""
        given = self.values.get("key")
        if given == key or given is None or given is ABSENT:
            return None
        if not isinstance(given, str):
            raise self._wrong("key", "item.key was given something that is no key.", "It takes text.", given)
        if key or not first_sync:
            remedy = "Ask `if context.first_sync and not item.key:` before."
            raise self._wrong("key", "item.key can be assigned on the first sync only, to pair.", remedy, given)
        return given

    def check_read_only(self, given: dict[str, Any]) -> None:
        for name in READ_ONLY[self._kind]:
            if _listed(self.values.get(name, ABSENT)) != _listed(given.get(name, ABSENT)):
                raise self._wrong(name, f"{self._kind}.{name} can't be assigned.", None)

    def check_all_parts(self, values: dict[str, Any], given: Item) -> None:
        """`given` has all the parts that there are."""
        for name in PART_FIELDS:
            known = {part.id: getattr(part, "sha256", None) for part in getattr(given, name)}
            self.check_parts(name, values.get(name) or (), known)

    def check_parts(self, name: str, parts: Any, known: dict[str, str | None]) -> None:
        """A script may drop and change parts, not make up new ones: nothing would tell them apart."""
        seen: set[str] = set()
        for part in parts if isinstance(parts, Iterable) and not isinstance(parts, str | dict) else ():
            identity = part.get("id") if isinstance(part, dict) else None
            if not isinstance(identity, str) or identity not in known or identity in seen:
                what = "one that was not given" if identity not in seen else "one of them twice"
                raise self._wrong(name, f"{self._kind}.{name} has {what}.", "Leave out or change those that are there.")
            seen.add(identity)
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


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _jsonable(value: Any) -> Any:
    """Dates travel as text in free-form fields."""
    if isinstance(value, dict):
        return {name: _jsonable(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_jsonable(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value
