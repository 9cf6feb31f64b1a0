"""What one value becomes on its way out or in, by its entry of the table."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from accord.errors import RuleFailed
from accord.model import is_empty, same
from accord.rules.cutting import cut, mended
from accord.rules.entries import Direction, ValueEntry
from accord.rules.kinds import LOOKS, OF_ITEMS, Kind, Unfit, converted, spelled
from accord.rules.templates import Known, fill, reads_value, taken_off
from accord.rules.written import BETWEEN_LEVELS, Scalar, as_shown, as_text, to_json

TextOf = Callable[[str], str]


@dataclass(frozen=True)
class Field:
    """A field here: its path, what kind it is (None: not known), and its options (none: not known, or any)."""

    path: str
    kind: Kind | None = None
    options: Sequence[str] = ()


@dataclass(frozen=True)
class Surroundings:
    """What stands around a value: what placeholders stand for, and the keys that the two items are known by.

    `ours` tells our item's key and address, `theirs` those of the other side's, both with the connection's name.
    """

    text_of: TextOf
    ours: Known
    theirs: Known


def reads_field(entry: ValueEntry) -> bool:
    """Whether what it becomes depends on the field at all; a constant or a link to the other item does not."""
    template = entry.template
    return entry.constant is None and (template is None or reads_value(template))


def sent(entry: ValueEntry, value: Any, field: Field, around: Surroundings) -> Any:
    """As the other side is told it. Raises RuleFailed for a value that is not of the entry's kind."""
    if entry.constant is not None:
        return entry.constant
    if entry.template is not None and entry.direction is Direction.BOTH and isinstance(value, str):
        value = taken_off(entry.template, value, around.theirs)
    value = _paired(entry.sent, value, entry.send_default)
    if entry.kind not in (None, *OF_ITEMS) and entry.direction is Direction.SEND:
        value = _of_kind(entry.kind, value, Field(field.path))
    return _shaped(*entry.shape_there, value, around.text_of)


def received(entry: ValueEntry, value: Any, field: Field, around: Surroundings) -> Any:
    """As it should be here. Raises RuleFailed for a value in no pair of a strict entry, or of another kind."""
    if entry.constant is not None:
        return entry.constant
    value = _translated(entry, value, field)
    if field.kind is not None:
        value = _of_kind(field.kind, value, field, strict_date=entry.kind is not None)
    return _shaped(*entry.shape_here, value, around.text_of)


def says_what_is_here(entry: ValueEntry, value: Any, ours: Any, field: Field, around: Surroundings) -> bool:
    """Whether what was received is just what the other side would be told of ours: then ours is what it means, though
    several of our values may be one of theirs. Where the two directions are not each other's inverse it means nothing.
    """
    if is_empty(value) or entry.direction is not Direction.BOTH or bool(entry.values) != bool(entry.send_values):
        return False
    return same(to_json(sent(entry, ours, field, around)), to_json(value))


def understood(entry: ValueEntry, value: Any, ours: Any, previous: Any, around: Surroundings) -> Any:
    """What was received, without what our template added to it there; our own text, if it was only cut there.

    `previous` is what they told before.
    """
    if entry.direction is not Direction.BOTH or not isinstance(value, str):
        return value
    value, before = _bare(entry, value, around), _bare(entry, previous, around)
    if entry.received or not isinstance(ours, str):
        return value
    bare = ours if entry.template is None else taken_off(entry.template, ours, around.theirs)
    return mended(value, bare, before if isinstance(before, str) else None)


def _bare(entry: ValueEntry, value: Any, around: Surroundings) -> Any:
    template = entry.send_template
    return taken_off(template, value, around.ours) if template and isinstance(value, str) else value


def nearest(name: str, names: Mapping[str, Any] | Sequence[str]) -> str:
    """`Did you mean ...?`, or what there is to choose from."""
    known = list(names)
    close = close_to(name, known, cutoff=0.5)
    if close:
        return f"Did you mean {' or '.join(repr(one) for one in close)}?"
    return f"Known: {', '.join(repr(one) for one in known[:12])}." if known else ""


def close_to(name: str, names: Sequence[str], cutoff: float = 0.7) -> list[str]:
    """The two nearest names, if any is near."""
    close = difflib.get_close_matches(name, names, n=2, cutoff=cutoff)
    return close or [one for one in names if one.casefold() == name.casefold()]


def _shaped(template: str | None, longest: int | None, value: Any, text_of: TextOf) -> Any:
    if template is not None:
        value = fill(template, lambda name: as_shown(value) if name == "value" else text_of(name))
    return cut(value, longest) if isinstance(value, str) else value


def _paired(pairs: Mapping[str, Scalar], value: Any, default: Scalar | None) -> Any:
    if not pairs and default is None:
        return value
    whole = _pair_of(pairs, value)
    if whole is not None:
        return whole
    if isinstance(value, list | tuple):
        return [_paired(pairs, one, default) for one in value]
    return value if default is None or is_empty(value) else default


def _pair_of(pairs: Mapping[str, Scalar], value: Any) -> Scalar | None:
    """By the whole value: `""` is what is empty, `Hardware / Laptop` an option within an option."""
    if isinstance(value, list | tuple):
        return pairs.get(BETWEEN_LEVELS.join(as_text(one) for one in value)) if value else pairs.get("")
    return pairs.get("" if is_empty(value) else as_text(value))


def _translated(entry: ValueEntry, value: Any, field: Field) -> Any:
    found = _pair_of(entry.received, value)
    if found is not None:
        return found
    if is_empty(value):
        return value
    if isinstance(value, list | tuple) and field.kind is not Kind.CASCADE:
        return [_translated(entry, one, field) for one in value]
    if not _is_unmapped(entry, value, field):
        return value
    if entry.strict:
        raise _in_no_pair(entry, as_text(value), field)
    return value if entry.default is None else entry.default


def _is_unmapped(entry: ValueEntry, value: Any, field: Field) -> bool:
    """In no pair; without pairs, no option of the field here."""
    if entry.received:
        return True
    text = value if isinstance(value, str) else as_text(value)
    return bool(field.options) and spelled(text, field.options) not in field.options


def _in_no_pair(entry: ValueEntry, text: str, field: Field) -> RuleFailed:
    what = "is in no pair of its values" if entry.received else "is none of its options here"
    return RuleFailed(
        f"{field.path} received {text[:80]!r}, which {what}.",
        field=field.path,
        value=text,
        remedy=f"Add a pair for it, or a default. {nearest(text, entry.received or field.options)}".strip(),
    )


def _of_kind(kind: Kind, value: Any, field: Field, *, strict_date: bool = True) -> Any:
    if kind is Kind.DATE and not strict_date and isinstance(value, str):
        # Some trackers hold times in fields that they call dates.
        kind = Kind.DATETIME if "T" in value else Kind.DATE
        _read(kind, value, field)
        return value
    return _read(kind, value, field)


def _read(kind: Kind, value: Any, field: Field) -> Any:
    try:
        return converted(value, kind, field.options)
    except Unfit as unfit:
        raise RuleFailed(
            f"{field.path} received {as_shown(value)[:80]!r}, which is not {unfit}.",
            field=field.path,
            value=value,
            remedy=f"Add a pair of values for it, or a default: {field.path} holds {LOOKS.get(kind, kind)} here.",
        ) from None
