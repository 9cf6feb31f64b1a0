"""Labels: which of them are shared, and what they are called on the way."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from accord.rules.entries import LabelsEntry


def shared(entry: LabelsEntry, label: str) -> bool:
    """Whether a label that is here is one of those that are shared."""
    if label in entry.add or not label.startswith(entry.prefix) or label == entry.prefix:
        return False
    wanted = not entry.only or any(fnmatchcase(label, pattern) for pattern in entry.only)
    return wanted and not any(fnmatchcase(label, pattern) for pattern in entry.never)


def send_labels(entry: LabelsEntry, labels: Iterable[str]) -> tuple[str, ...]:
    """The shared ones, without the prefix and by their other name, each once."""
    theirs = {ours: theirs for theirs, ours in reversed(entry.pairs.items())}
    sent = (theirs.get(label, label.removeprefix(entry.prefix)) for label in labels if _leaves(entry, label))
    return tuple(dict.fromkeys(sent))


def receive_labels(entry: LabelsEntry, received: Iterable[str], here: Iterable[str]) -> tuple[str, ...]:
    """The set to hold: our own private labels, those received, and those added to them. Order is kept, additions come
    last. A label of ours that the other side knows by a received name stays."""
    here, received = tuple(here), tuple(received)
    told = {label: _only(send_labels(entry, (label,))) for label in here}
    known = set(told.values())
    new = [entry.pairs.get(label, entry.prefix + label) for label in received if label not in known]
    new = [label for label in new if _leaves(entry, label)]
    kept = (label for label in here if told[label] is None or told[label] in received or label in new)
    return tuple(dict.fromkeys([*kept, *new, *entry.add]))


def _leaves(entry: LabelsEntry, label: str) -> bool:
    return shared(entry, label) or (label in entry.pairs.values() and label not in entry.add)


def _only(labels: tuple[str, ...]) -> str | None:
    return labels[0] if labels else None
