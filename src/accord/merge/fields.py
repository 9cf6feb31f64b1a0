"""Three-way merge of fields, and of labels one by one.

The remote's change is where its replica, under this side's rules, differs from what it was before the changes that
its message names; only that is written. A field in it that was also changed here, unseen by the other side, is
contested.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from accord.model import Change, Flat, Replica, differing, is_empty, same
from accord.model.paths import LABELS


@dataclass(frozen=True)
class FieldMerge:
    """`values` are to be written; `contested` paths wait for a verdict."""

    values: dict[str, JsonValue]
    contested: tuple[str, ...]


def merge_fields(before: Flat, after: Flat, wanted: Flat, current: Flat, edited: Collection[str]) -> FieldMerge:
    """`before` and `after` are the drafts of the remote's replica without and with its changes, over the item as last
    agreed; `wanted` is its draft over the item as it stands (`current`), `edited` what was changed here."""
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


def respelled(draft: Flat, current: Flat) -> Flat:
    """Labels of a draft as the item spells them: trackers that fold case keep `beta` where `Beta` was written. A draft
    that holds both spellings means two labels."""
    here = {path.casefold(): path for path in current if path.startswith(LABELS) and path not in draft}
    names = {p: here.get(p.casefold(), p) for p in draft if p.startswith(LABELS) and p not in current}
    return {names.get(path, path): value for path, value in draft.items()}


def without_emptying(merge: FieldMerge) -> FieldMerge:
    """When two items that existed are paired, what only one of them holds is kept."""
    return FieldMerge({path: value for path, value in merge.values.items() if not is_empty(value)}, merge.contested)


def before_changes(replica: Replica, changed: Mapping[str, Change], known: int) -> Replica:
    """The replica as if nothing of `changed` since the other side's state version `known` had happened.

    An absent field of a replica says nothing.
    """
    before = replica.dump()
    labels = list(replica.labels)
    for path, change in changed.items():
        if change.version <= known:
            continue
        group, _, name = path.partition(".")
        if group == "labels":
            labels = [label for label in labels if label != name] + ([name] if change.base else [])
        elif name:
            before[group] = {**(before.get(group) or {}), name: change.base}
        else:
            before[group] = change.base
    if "labels" in before:
        before["labels"] = labels
    return Replica.model_validate(before)
