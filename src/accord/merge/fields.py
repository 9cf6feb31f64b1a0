"""Three-way merge of fields and labels.

The remote's change is where its new replica, under this side's rules, differs from its last one; only that is
written. A field in it that was also changed here, unseen by the other side, is contested.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from accord.model import Flat, Replica, differing, is_empty, same


@dataclass(frozen=True)
class FieldMerge:
    """`values` are to be written; `contested` paths wait for a verdict."""

    values: dict[str, JsonValue]
    contested: tuple[str, ...]


def merge_fields(before: Flat, after: Flat, wanted: Flat, current: Flat, edited: Collection[str]) -> FieldMerge:
    """`before` and `after` are the drafts of the remote's last and new replica over the item as last agreed,
    `wanted` the draft of the new one over the item as it stands (`current`), `edited` what was changed here."""
    values: dict[str, JsonValue] = {}
    contested = []
    for path in sorted(differing(before, after)):
        if same(wanted.get(path), current.get(path)):
            continue
        if path in edited:
            contested.append(path)
        else:
            values[path] = wanted.get(path)
    return FieldMerge(values, tuple(contested))


def without_emptying(merge: FieldMerge) -> FieldMerge:
    """When two items that existed are paired, what only one of them holds is kept."""
    return FieldMerge({path: value for path, value in merge.values.items() if not is_empty(value)}, merge.contested)


@dataclass(frozen=True)
class LabelMerge:
    """Labels to add here and to remove here."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


def merge_labels(before: Collection[str], after: Collection[str], current: Collection[str]) -> LabelMerge:
    """A set merges member by member: what the other side added is added, what it removed is removed, the rest
    stays as it is here."""
    added = tuple(label for label in after if label not in before and label not in current)
    removed = tuple(label for label in before if label not in after and label in current)
    return LabelMerge(added, removed)


def baseline(received: Replica | None, replica: Replica, taken: Mapping[str, tuple[str, ...]]) -> Replica:
    """The last replica received, as if the other side had shown then what it took over from us since.

    What is `taken` is our own change come back (perhaps as the other tracker rendered it), so it must not count as
    an edit. An absent field of a replica says nothing.
    """
    before = received.dump() if received else {}
    now = replica.dump()
    for path, members in taken.items():
        group, _, name = path.rpartition(".")
        if path == "labels":
            before[path] = _labels_taken(before.get(path) or (), now.get(path) or (), members)
        elif group:
            if name in (now.get(group) or {}):
                before[group] = {**(before.get(group) or {}), name: now[group][name]}
        elif path in now:
            before[path] = now[path]
    return Replica.model_validate(before)


def _labels_taken(before: Collection[str], now: Collection[str], members: Collection[str]) -> list[str]:
    kept = [label for label in before if label not in members or label in now]
    return kept + [label for label in members if label in now and label not in kept]
