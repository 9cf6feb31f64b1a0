"""What scripts see, as type stubs: made for one tracker, so that its own field names are checked too."""

from __future__ import annotations

from accord.model.paths import SCALARS
from accord.ports import Description
from accord.rules.table import PEOPLE

KINDS = {
    "text": "str | None",
    "rich_text": "str | None",
    "option": "str | None",
    "date": "str | None",
    "number": "int | float | None",
    "boolean": "bool | None",
    "labels": "list[str]",
}
HEAD = '''\
from datetime import date, datetime
from typing import Any, Literal, TypedDict

class Absent:
    """What is not said at all, unlike None, which says that it is empty."""
    def __bool__(self) -> Literal[False]: ...

absent: Absent

class Person:
    username: str | None
    email: str | None
    name: str | None
    def __init__(self, username: str | None = None, email: str | None = None, name: str | None = None) -> None: ...

class Comment:
    @property
    def id(self) -> str: ...
    body: str
    header: str
    @property
    def author(self) -> Person | None: ...
    internal: bool
    @property
    def created_at(self) -> datetime | None: ...

class Attachment:
    @property
    def id(self) -> str: ...
    name: str
    @property
    def size(self) -> int | None: ...
    @property
    def sha256(self) -> str | None: ...
    @property
    def media_type(self) -> str: ...
    @property
    def author(self) -> Person | None: ...

class Context:
    @property
    def connection(self) -> str: ...
    @property
    def now(self) -> datetime: ...
    @property
    def first_sync(self) -> bool: ...
    @property
    def people(self) -> list[Person]: ...
    @property
    def fields(self) -> dict[str, list[str]]: ...
'''


def stubs(description: Description | None = None) -> str:
    """Python stubs of Item, Replica, Context and their parts.

    With a description, `item.fields` has the tracker's fields and no others; without one it takes any name. Reading
    a field gives a value or None; what the other side may not have named can also be `absent`.
    """
    return "\n".join([HEAD, _fields(description), _item(), _outgoing_replica(), _incoming_replica()])


def _fields(description: Description | None) -> str:
    if description is None:
        return "ItemFields = dict[str, Any]\n"
    own = {path.removeprefix("fields."): info for path, info in description.fields.items() if "fields." in path}
    entries = ", ".join(f"{name!r}: {KINDS.get(info.kind, 'Any')}" for name, info in sorted(own.items()))
    return f'ItemFields = TypedDict("ItemFields", {{{entries}}}, total=False)\n'


def _item() -> str:
    """Assigning `absent` leaves a field as it is, so that `item.x = replica.x` is right whatever was named."""
    scalars = "".join(_settable(name, _kind(name), f"{_kind(name)} | Absent") for name in SCALARS)
    return (
        f"class Item:\n{_fixed('key', 'str')}{_fixed('url', 'str | None')}{scalars}"
        "    labels: list[str]\n    comments: list[Comment]\n    attachments: list[Attachment]\n"
        "    fields: ItemFields\n"
        f"{_fixed('created_at', 'datetime | None')}{_fixed('updated_at', 'datetime | None')}"
    )


def _outgoing_replica() -> str:
    parts = {"labels": "list[str]", "comments": "list[Comment]", "attachments": "list[Attachment]"}
    lists = "".join(_settable(name, kind, f"{kind} | Absent") for name, kind in parts.items())
    scalars = "".join(_settable(name, f"{_kind(name)} | Absent", f"{_kind(name)} | Absent") for name in SCALARS)
    free = "    fields: dict[str, Any]\n    custom: dict[str, Any]\n"
    return f"class Replica:\n{_fixed('key', 'str')}    url: str | None\n{scalars}{lists}{free}"


def _incoming_replica() -> str:
    parts = {"labels": "list[str]", "comments": "list[Comment]", "attachments": "list[Attachment]"}
    named = {name: _kind(name) for name in ("key", "url", *SCALARS)} | parts
    fixed = "".join(_fixed(name, f"{kind} | Absent") for name, kind in named.items())
    return f"class Received:\n{fixed}{_fixed('fields', 'dict[str, Any]')}{_fixed('custom', 'dict[str, Any]')}"


def _kind(name: str) -> str:
    if name in PEOPLE:
        return "Person | None"
    return "date | None" if name == "due" else "str | None"


def _fixed(name: str, kind: str) -> str:
    return f"    @property\n    def {name}(self) -> {kind}: ...\n"


def _settable(name: str, reads: str, takes: str) -> str:
    setter = f"    @{name}.setter\n    def {name}(self, value: {takes}) -> None: ...\n"
    return _fixed(name, reads) + setter
