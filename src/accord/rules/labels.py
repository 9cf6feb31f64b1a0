"""Labels: which of them are shared, and what they are called on the way."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from accord.rules.table import LabelsEntry


def shared(entry: LabelsEntry, label: str) -> bool:
    """Whether a label that is here is one of those that are shared."""
    if not label.startswith(entry.prefix) or label == entry.prefix:
        return False
    wanted = not entry.only or any(fnmatchcase(label, pattern) for pattern in entry.only)
    return wanted and not any(fnmatchcase(label, pattern) for pattern in entry.never)


def send_labels(entry: LabelsEntry, labels: Iterable[str]) -> tuple[str, ...]:
    """The shared ones, without the prefix."""
    return tuple(label.removeprefix(entry.prefix) for label in labels if shared(entry, label))


def receive_labels(entry: LabelsEntry, received: Iterable[str], here: Iterable[str]) -> tuple[str, ...]:
    """The set to hold: our own private labels, and those received. Order is kept, additions come last."""
    prefixed = (entry.prefix + label for label in received)
    wanted = {label: None for label in prefixed if shared(entry, label)}
    kept = tuple(label for label in here if not shared(entry, label) or label in wanted)
    return kept + tuple(label for label in wanted if label not in kept)
