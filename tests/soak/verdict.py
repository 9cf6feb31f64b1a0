"""What an outsider finds who compares both trackers: what disagrees, what is there twice, what is lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.soak.ledger import Fate
from tests.soak.people import traced
from tests.soak.place import FIELDS, Seen
from tests.soak.tokens import Kind, Token, after_prefix, item_of, tokens_in


@dataclass(frozen=True)
class Verdict:
    """Findings in words, one for each thing that is wrong."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    disagreeing: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        return not (self.lost or self.doubled or self.disagreeing)

    def lines(self) -> list[str]:
        named = (("LOST", self.lost), ("DOUBLED", self.doubled), ("DISAGREEING", self.disagreeing))
        return [f"{name} {finding}" for name, findings in named for finding in findings]


def judge(
    names: Sequence[str], looks: Sequence[Sequence[Seen]], fates: Iterable[Fate], losers: Iterable[Any]
) -> Verdict:
    """`looks` are both trackers as they stand, `losers` what both histories keep as the losing side of a conflict."""
    sides = [_by_item(look) for look in looks]
    doubled = [line for name, side in zip(names, sides, strict=True) for line in _doubled(name, side)]
    disagreeing = []
    for item in sorted(sides[0].keys() | sides[1].keys()):
        pair = [side.get(item, []) for side in sides]
        if all(pair):
            disagreeing += _differences(item, names, pair[0][0], pair[1][0])
        else:
            here, there = (0, 1) if pair[0] else (1, 0)
            disagreeing.append(f"item {item} ({pair[here][0].handle} at {names[here]}) is not at {names[there]}")
    return Verdict(tuple(_lost(names, looks, fates, list(losers))), tuple(doubled), tuple(disagreeing))


def _by_item(look: Sequence[Seen]) -> dict[int, list[Seen]]:
    found: dict[int, list[Seen]] = defaultdict(list)
    for seen in look:
        found[item_of(seen.summary) or 0].append(seen)
    return found


def _doubled(name: str, side: dict[int, list[Seen]]) -> list[str]:
    lines = [
        f"item {item} is {len(seen)} times at {name}: {', '.join(one.handle for one in seen)}"
        for item, seen in side.items()
        if len(seen) > 1
    ]
    for item, seen in side.items():
        for one in seen:
            for token, times in _times(one).items():
                if times > 1:
                    lines.append(f"{token} of item {item} ({one.handle}) is {times} times at {name}")
    return lines


def _times(seen: Seen) -> Counter[Token]:
    """How often each comment, file and time is there."""
    texts = [*(comment.text for comment in seen.comments), *(file.name for file in seen.files)]
    texts += [time.text for time in seen.times]
    return Counter(token for text in texts for token in tokens_in(text))


def _differences(item: int, names: Sequence[str], one: Seen, other: Seen) -> list[str]:
    where = f"item {item} ({one.handle} at {names[0]}, {other.handle} at {names[1]})"
    lines = []
    for field in FIELDS:
        values = [_plain(getattr(seen, field)) for seen in (one, other)]
        if values[0] != values[1]:
            lines.append(f"{where}: {field}: {values[0]!r} / {values[1]!r}")
    if one.labels != other.labels:
        lines.append(f"{where}: labels: {sorted(one.labels)} / {sorted(other.labels)}")
    lines += _only_on_one("comments", where, _comments(one), _comments(other))
    lines += _only_on_one("files", where, Counter(one.files), Counter(other.files))
    lines += _only_on_one("times", where, _times_spent(one), _times_spent(other))
    return lines


def _only_on_one(what: str, where: str, one: Counter[Any], other: Counter[Any]) -> list[str]:
    if one == other:
        return []
    return [f"{where}: {what}: only {sorted(map(str, one - other))} / only {sorted(map(str, other - one))}"]


def _comments(seen: Seen) -> Counter[str]:
    """Without the line that says who wrote it; one that says so twice is another text."""
    found = []
    for comment in seen.comments:
        prefix, text = after_prefix(comment.text)
        found.append(_plain(prefix.strip() if prefix.count(" wrote:") > 1 else "") + _plain(text))
    return Counter(found)


def _times_spent(seen: Seen) -> Counter[tuple[int, str]]:
    """Without what says whose time it was."""
    return Counter((time.minutes, _plain(after_prefix(time.text)[1])) for time in seen.times)


def _plain(value: Any) -> Any:
    """White space at line ends tells readers nothing."""
    if isinstance(value, str):
        return "\n".join(line.rstrip() for line in value.splitlines()).strip()
    return "" if value is None else value


def _lost(names: Sequence[str], looks: Sequence[Sequence[Seen]], fates: Iterable[Fate], losers: list[Any]) -> list[str]:
    present = [{token for seen in look for token in _tokens(seen)} for look in looks]
    known_losers = {token for loser in losers for token in tokens_in(str(loser))}
    numbers = {int(loser) for loser in losers if isinstance(loser, int | float) and not isinstance(loser, bool)}
    lines = []
    for fate in fates:
        token = fate.token
        if not fate.must_be_there or token in known_losers or (token.kind is Kind.NUMBER and token.edit in numbers):
            continue
        missing = [name for name, tokens in zip(names, present, strict=True) if token not in tokens]
        if missing:
            lines.append(f"{token}, written at {fate.place}, is not at {' nor at '.join(missing)}")
    return lines


def _tokens(seen: Seen) -> set[Token]:
    item = item_of(seen.summary) or 0
    texts = [seen.summary, seen.description, traced(item, "number", seen.number)]
    texts += [comment.text for comment in seen.comments]
    texts += [file.name for file in seen.files]
    texts += [time.text for time in seen.times]
    return {token for text in texts for token in tokens_in(text)}
