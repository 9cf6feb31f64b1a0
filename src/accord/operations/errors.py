"""What does not go on, grouped by cause: one line for what one person can put right at once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from accord.operations.choose import Asked, open_questions
from accord.operations.find import connections_meant
from accord.operations.queue import AT_THE_PEER, QueueLine, Status, queue_lines
from accord.ports import Ports, Transaction


@dataclass
class ErrorGroup:
    """One cause. `connection` is None where it stops a whole tracker; `keys` are the items that wait for it. `asked`
    counts what waits for a person to choose between two values: nothing else waits for that."""

    error: str
    who: str
    message: str
    remedy: str | None
    connection: str | None
    step: str | None = None
    blocked: int = 0
    retrying: int = 0
    asked: int = 0
    since: datetime | None = None
    next_try: datetime | None = None
    keys: list[str] = field(default_factory=list)
    where: dict[str, Any] = field(default_factory=dict)

    @property
    def count(self) -> int:
        return self.blocked + self.retrying + self.asked


async def errors(ports: Ports, connection: str | None = None) -> list[ErrorGroup]:
    """What is blocked or retried and why, the cause of most first; trackers that can't be looked at among them, and
    what people are asked.

    Raises UnknownThing for a connection that is not there.
    """
    groups = await ports.store.read(lambda tx: _groups(tx, ports, connection))
    return sorted(groups, key=lambda group: (-group.blocked, -group.retrying, group.message))


def _groups(tx: Transaction, ports: Ports, connection: str | None) -> list[ErrorGroup]:
    meant = connections_meant(tx, connection)
    groups: dict[tuple[str | None, ...], ErrorGroup] = {}
    for line in queue_lines(tx, meant):
        if line.cause is not None and line.cause.get("error") != AT_THE_PEER:
            _add(groups, line, line.cause)
    trackers = {c.tracker for c in meant} if connection else set(ports.trackers)
    for tracker in sorted(trackers):
        trouble = trouble_of(tx, tracker)
        if trouble:
            groups["tracker", tracker] = _group(trouble, None)
    return [*groups.values(), *(_question(asked) for asked in open_questions(tx, meant) if not asked.decided)]


def _question(asked: Asked) -> ErrorGroup:
    ours, theirs = (json.dumps(value, ensure_ascii=False) for value in (asked.ours, asked.theirs))
    key = asked.key or asked.twin_id
    return ErrorGroup(
        error="Asked",
        who="operator",
        message=f"{asked.field} of {key} was changed on both sides: here {ours}, there {theirs}.",
        remedy=f"Choose on either side: {asked.command}.",
        connection=asked.connection,
        asked=1,
        since=asked.since,
        keys=[key],
        where={"field": asked.field, "ours": asked.ours, "theirs": asked.theirs, "base": asked.base},
    )


def trouble_of(tx: Transaction, tracker: str) -> dict[str, Any] | None:
    """Why a tracker could not be looked at last time, as an error's `to_json()`."""
    trouble = tx.fact(f"trouble.{tracker}")
    return json.loads(trouble) if trouble else None


def _add(groups: dict[tuple[str | None, ...], ErrorGroup], line: QueueLine, cause: dict[str, Any]) -> None:
    key = line.key or line.remote_key or line.twin_id
    same = tuple(cause.get(part) for part in ("error", "step", "field", "file", "line"))
    text = str(cause.get("message", "")).replace(str(cause.get("item") or key), "*")
    group = groups.setdefault((line.connection, text, *map(str, same)), _group(cause, line.connection))
    if line.status is Status.BLOCKED:
        group.blocked += 1
    else:
        group.retrying += 1
        group.next_try = min(filter(None, (group.next_try, line.next_try)), default=None)
    group.since = min(filter(None, (group.since, line.waiting_since)))
    if key not in group.keys:
        group.keys.append(key)


def _group(cause: dict[str, Any], connection: str | None) -> ErrorGroup:
    places = ("file", "line", "column", "field", "value")
    return ErrorGroup(
        error=str(cause.get("error", "AccordError")),
        who=str(cause.get("who", "operator")),
        message=str(cause.get("message", "")),
        remedy=cause.get("remedy"),
        connection=connection,
        step=cause.get("step"),
        where={name: cause[name] for name in places if name in cause},
    )
