"""Answering what sync asks: a field that was changed on both sides, under the policy `ask`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from accord.errors import NeedsOperator, UnknownThing
from accord.model import Connection, Decision, Item, Question, Twin, flatten
from accord.model.paths import LABELS
from accord.operations.find import connections_meant, twin_called
from accord.operations.leased import leased
from accord.ports import Ports, Transaction
from accord.rules.values import nearest
from accord.steps.situation import read_item

PEOPLE = ("assignee", "reporter")


@dataclass(frozen=True)
class Asked:
    """A question that waits for a person, on either side: `ours` and `theirs` as they would stand in our field. `ours`
    is as last told; `base` what both held before. `decided`: it is answered, and about to be carried out."""

    connection: str
    twin_id: str
    key: str | None
    remote_key: str | None
    field: str
    ours: JsonValue
    theirs: JsonValue
    base: JsonValue
    since: datetime
    ours_at: datetime | None
    theirs_at: datetime | None
    ours_by: str | None = None
    theirs_by: str | None = None
    decided: bool = False

    @property
    def command(self) -> str:
        """What answers it."""
        field = json.dumps(self.field) if " " in self.field else self.field
        return f"accord choose {self.key} {field} ours|theirs, or --value TEXT"


@dataclass(frozen=True)
class Chosen:
    """What was decided: our field goes from `before` to `after`. The item itself is written by the node."""

    key: str
    field: str
    connection: str
    twin_id: str
    before: JsonValue
    theirs: JsonValue
    after: JsonValue


async def questions(ports: Ports, connection: str | None = None) -> list[Asked]:
    """What waits for a person to choose, the oldest first. Raises UnknownThing for a connection that is not there."""
    return await ports.store.read(lambda tx: open_questions(tx, connections_meant(tx, connection)))


def open_questions(tx: Transaction, connections: Sequence[Connection]) -> list[Asked]:
    """The open questions of some connections, the oldest first."""
    found = [
        _asked(twin, connection.name, path, question)
        for connection in connections
        for twin in tx.asked_twins(connection.id)
        for path, question in sorted(twin.shadow.questions.items())
    ]
    return sorted(found, key=lambda asked: asked.since)


async def choose(
    ports: Ports,
    key: str,
    field: str,
    *,
    who: str,
    side: str | None = None,
    value: JsonValue = None,
    connection: str | None = None,
    preview: bool = False,
) -> Chosen:
    """Answers a question by our value (`side` ours), the other side's (theirs), or another `value`.

    It is on disk when this returns, and is carried out by the node. With `preview` nothing is written. Raises
    UnknownThing (not under sync, nothing asked of this field), NeedsOperator (it is being worked on), and the tracker's
    errors.
    """
    found = await ports.store.read(lambda tx: twin_called(tx, key, connection))
    question = asked_of(found, field)
    item = await item_of(ports, found)
    before = flatten(item).get(field)
    third = _like(value, question.theirs if before is None else before, found, field)
    after = before if side == "ours" else question.theirs if side == "theirs" else third
    name = await ports.store.read(lambda tx: _name(tx, found))
    chosen = Chosen(found.local_key or "", field, name, found.id, before, question.theirs, after)
    if not preview:
        now = ports.clock.now()
        decision = Decision(value=after, ours=before, theirs=question.theirs, answers=True, who=who, at=now)
        await decided(ports, found, field, decision, f"{field} was chosen")
    return chosen


def _like(value: JsonValue, known: JsonValue, twin: Twin, field: str) -> JsonValue:
    """A value that a person typed, as values of this field are. Raises NeedsOperator."""
    if not isinstance(value, str):
        return value
    if field in PEOPLE:
        return {"username": value}
    if isinstance(known, str) or known is None:
        return value
    try:
        typed: JsonValue = json.loads(value)
    except ValueError:
        typed = None
    if type(typed) is not type(known) or field.startswith(LABELS):
        raise NeedsOperator(
            f"{field} of {twin.local_key} can't hold {value!r}.",
            remedy="Choose ours or theirs, or write the value as JSON.",
            item=twin.local_key,
            field=field,
            value=value,
        )
    return typed


def asked_of(twin: Twin, field: str) -> Question:
    """The question about a field. Raises UnknownThing, with what there is."""
    if field in twin.shadow.questions:
        return twin.shadow.questions[field]
    key, names = twin.local_key, sorted(twin.shadow.questions)
    remedy = nearest(field, names) or (f"Open: {', '.join(names)}." if names else "See what waits: accord errors.")
    raise UnknownThing(f"Nothing is asked about {field} of {key}.", remedy=remedy, item=key, field=field)


async def item_of(ports: Ports, twin: Twin) -> Item:
    """Our item as its tracker has it now. Raises the tracker's errors."""

    def tracker(tx: Transaction) -> str:
        connection = tx.connection(twin.connection)
        return connection.tracker if connection else ""

    name = await ports.store.read(tracker)
    if twin.local_key is None:
        raise NeedsOperator(
            "There is no item here yet.", remedy="It is being made: accord queue.", item=twin.remote_key
        )
    return await read_item(ports, ports.trackers[name], twin.local_key, twin.shadow.traces)


async def decided(ports: Ports, twin: Twin, field: str, decision: Decision, reason: str) -> None:
    """Puts a decision on disk, for the node to carry out. Raises NeedsOperator, UnknownThing if it is too late."""
    async with leased(ports, twin) as lease:

        def work(tx: Transaction) -> None:
            tx.fence(lease)
            now = tx.twin(twin.id) or twin
            if decision.answers:
                asked_of(now, field)
            decisions = now.shadow.decisions | {field: decision}
            later = now.model_copy(update={"shadow": now.shadow.model_copy(update={"decisions": decisions})})
            tx.put_twin(later)
            tx.register_event(later, reason, ports.clock.now())

        await ports.store.run(work)


def _asked(twin: Twin, connection: str, path: str, question: Question) -> Asked:
    return Asked(
        connection=connection,
        twin_id=twin.id,
        key=twin.local_key,
        remote_key=twin.remote_key,
        field=path,
        ours=flatten(twin.shadow.local).get(path) if twin.shadow.local else None,
        theirs=question.theirs,
        base=question.base,
        since=question.since,
        ours_at=question.ours_at,
        theirs_at=question.theirs_at,
        ours_by=question.ours_by,
        theirs_by=question.theirs_by,
        decided=path in twin.shadow.decisions,
    )


def _name(tx: Transaction, twin: Twin) -> str:
    connection = tx.connection(twin.connection)
    return connection.name if connection else twin.connection


async def outcome(ports: Ports, twin_id: str, field: str) -> str:
    """What became of the last decision about a field: `late` while it waits, `done`, or why nothing was written."""

    def look(tx: Transaction) -> str:
        twin = tx.twin(twin_id)
        if twin is not None and field in twin.shadow.decisions:
            return "late"
        for line in tx.history(twin_id):
            if line.details.get("field") == field and line.step in ("conflict", "restored", "undecided"):
                return line.summary if line.step == "undecided" else "done"
        return "done"

    return await ports.store.read(look)
