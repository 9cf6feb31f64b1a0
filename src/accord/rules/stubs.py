"""What scripts see, as type stubs: made for one tracker, so that its own field names and values are known too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.resources import files

from accord.model.paths import SCALARS
from accord.ports import Description, FieldInfo
from accord.rules.entries import PEOPLE

KINDS = {
    "text": "str | None",
    "rich_text": "str | None",
    "option": "str | None",
    "date": "str | None",
    "datetime": "str | None",
    "number": "int | float | None",
    "boolean": "bool | None",
    "labels": "list[str]",
    "options": "list[str]",
    "cascade": "list[str]",
    "item": "str | None",
    "items": "list[str]",
}
PARTS = {
    "labels": "list[str]",
    "comments": "list[Comment]",
    "attachments": "list[Attachment]",
    "worklogs": "list[WorkLog]",
    "links": "list[Link]",
}
MOST_OPTIONS = 300


def stubs(description: Description | None = None) -> str:
    """Python stubs of Item, Replica, Context, their parts, and the functions that rules may call.

    With a description, `item.fields` has the tracker's fields and no others, and fields with options know them;
    without one it takes any name. Reading a field gives a value or None; what the other side may not have named can
    also be `absent`.
    """
    fields = description.fields if description else {}
    head = (files("accord.rules") / "prelude_stubs.txt").read_text(encoding="utf-8")
    parts = [head, _options(fields), _fields(description), _item(fields), _outgoing_replica(), _incoming_replica()]
    return "\n".join(parts)


def _options(fields: Mapping[str, FieldInfo]) -> str:
    """A type for each field that has options, for editors to complete from."""
    named = {_option_type(path): info.options for path, info in fields.items() if _has_options(info)}
    return "".join(f"{name} = Literal[{_listed(options)}]\n" for name, options in sorted(named.items()))


def _has_options(info: FieldInfo) -> bool:
    return info.kind == "option" and 0 < len(info.options) <= MOST_OPTIONS


def _listed(options: Sequence[str]) -> str:
    return ", ".join(repr(option) for option in options)


def _option_type(path: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in path.removeprefix("fields.")).title().split()
    return f"{'Field' if path.startswith('fields.') else ''}{''.join(words)}Option"


def _fields(description: Description | None) -> str:
    if description is None:
        return "ItemFields = dict[str, Any]\n"
    own = {path.removeprefix("fields."): info for path, info in description.fields.items() if "fields." in path}
    entries = ", ".join(f"{name!r}: {_field_kind(info)}" for name, info in sorted(own.items()))
    return f'ItemFields = TypedDict("ItemFields", {{{entries}}}, total=False)\n'


def _field_kind(info: FieldInfo) -> str:
    if _has_options(info):
        return f"{_option_type(info.path)} | str | None"
    return KINDS.get(info.kind, "Any")


def _item(fields: Mapping[str, FieldInfo]) -> str:
    """Assigning `absent` leaves a field as it is, so that `item.x = replica.x` is right whatever was named."""
    scalars = "".join(_settable(name, _kind(name, fields), f"{_kind(name, fields)} | Absent") for name in SCALARS)
    parts = "".join(f"    {name}: {kind}\n" for name, kind in PARTS.items())
    return (
        f"class Item:\n    key: str\n{_fixed('url', 'str | None')}{scalars}"
        f"{parts}"
        "    fields: ItemFields\n"
        f"{_fixed('created_at', 'datetime | None')}{_fixed('updated_at', 'datetime | None')}"
    )


def _outgoing_replica() -> str:
    lists = "".join(_settable(name, kind, f"{kind} | Absent") for name, kind in PARTS.items())
    scalars = "".join(_settable(name, f"{_kind(name)} | Absent", f"{_kind(name)} | Absent") for name in SCALARS)
    free = "    fields: dict[str, Any]\n    custom: dict[str, Any]\n"
    return f"class Replica:\n{_fixed('key', 'str')}    url: str | None\n{scalars}{lists}{free}"


def _incoming_replica() -> str:
    named = {name: _kind(name) for name in ("key", "url", *SCALARS)} | PARTS
    fixed = "".join(_fixed(name, f"{kind} | Absent") for name, kind in named.items())
    return f"class Received:\n{fixed}{_fixed('fields', 'dict[str, Any]')}{_fixed('custom', 'dict[str, Any]')}"


def _kind(name: str, fields: Mapping[str, FieldInfo] = {}) -> str:
    if name in PEOPLE:
        return "Person | None"
    if name in fields and _has_options(fields[name]):
        return f"{_option_type(name)} | str | None"
    return "date | None" if name == "due" else "str | None"


def _fixed(name: str, kind: str) -> str:
    return f"    @property\n    def {name}(self) -> {kind}: ...\n"


def _settable(name: str, reads: str, takes: str) -> str:
    setter = f"    @{name}.setter\n    def {name}(self, value: {takes}) -> None: ...\n"
    return _fixed(name, reads) + setter
