"""The audit log: who changed what, when, from where, and what came of it.

An act's line is written in the very transaction in which the act first writes to the database: there is none without
the other. Acts that write once say there that they are `done`. Those that write several times, or write elsewhere, say
`begun`, and a second line tells how they ended; where it is missing, the process was killed in between. What was
refused and changed nothing has one line of its own.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar

from accord.errors import AccordError
from accord.operations.find import twins_here, twins_there
from accord.ports import Act, Clock, Outcome, Ports, Store, Transaction

T = TypeVar("T")
SHORT = 500


@dataclass(frozen=True)
class Actor:
    """Who acts: the name of a token (via `api`) or of an account (via `cli`), and the address or machine."""

    who: str
    via: str
    origin: str


@dataclass(frozen=True)
class AuditLine:
    """A line of the log as people see it. `number` grows with time; lines of one act have the same `act`."""

    number: int
    at: datetime
    who: str
    via: str
    origin: str
    what: str
    outcome: Outcome
    connection: str | None
    item: str | None
    act: str
    details: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None


async def audit(ports: Ports, *, before: int | None = None, limit: int = 100) -> list[AuditLine]:
    """The newest first; `before` is the number of the last line seen, to go on from there."""
    return await ports.store.read(
        lambda tx: [_line(number, act) for number, act in tx.acts(before=before, limit=limit)]
    )


@asynccontextmanager
async def audited(
    ports: Ports,
    actor: Actor,
    what: str,
    *,
    connection: str | None = None,
    item: str | None = None,
    once: bool = True,
    **details: Any,
) -> AsyncIterator[Ports]:
    """The ports for one act, that note it in the log. `once`: it writes in one transaction only.

    Never give secrets among the `details`.
    """
    told = {name: _short(value) for name, value in details.items() if value is not None}
    act = Act(str(uuid.uuid4()), ports.clock.now(), actor.who, actor.via, actor.origin, what, Outcome.BEGUN,
              connection, item, told)  # fmt: skip
    store = _Noting(ports.store, ports.clock, act, once)
    try:
        yield replace(ports, store=store)
    except AccordError as error:
        await store.ended(Outcome.FAILED if store.began else Outcome.REFUSED, error.to_json())
        raise
    except Exception as bug:
        # Not its text: it may hold anything, secrets too.
        await store.ended(Outcome.FAILED, {"error": type(bug).__name__})
        raise
    if store.began and not once:
        await store.ended(Outcome.DONE)


async def turned_away(ports: Ports, actor: Actor, what: str, error: AccordError, connection: str | None) -> None:
    """Notes an act that somebody known may not do."""
    act = Act(str(uuid.uuid4()), ports.clock.now(), actor.who, actor.via, actor.origin, what, Outcome.REFUSED,
              connection, error=error.to_json())  # fmt: skip
    await ports.store.run(lambda tx: tx.add_act(act))


class _Noting:
    """A store that notes an act in the first transaction that writes."""

    def __init__(self, store: Store, clock: Clock, act: Act, once: bool) -> None:
        self._store, self._clock, self._act, self._once = store, clock, act, once
        self.began = False

    async def run(self, work: Callable[[Transaction], T]) -> T:
        if self.began:
            return await self._store.run(work)
        result, noted = await self._store.run(lambda tx: self._noted(tx, work))
        if noted is not None:
            self._act, self.began = noted, True
        return result

    async def read(self, work: Callable[[Transaction], T]) -> T:
        return await self._store.read(work)

    async def close(self) -> None:
        await self._store.close()

    async def ended(self, outcome: Outcome, error: dict[str, Any] | None = None) -> None:
        """One more line of the act."""
        act = replace(self._act, outcome=outcome, at=self._clock.now(), error=error)
        await self._store.run(lambda tx: tx.add_act(act))

    def _noted(self, tx: Transaction, work: Callable[[Transaction], T]) -> tuple[T, Act | None]:
        act = _about(tx, self._act)
        result = work(tx)
        if self._once and (result is None or result == []):
            return result, None
        outcome = Outcome.DONE if self._once else Outcome.BEGUN
        act = _about_result(replace(act, outcome=outcome), result)
        tx.add_act(act)
        return result, act


def _about(tx: Transaction, act: Act) -> Act:
    """With the connection's name, if there is one that must be meant."""
    if act.connection is not None:
        named = (c.name for c in tx.connections() if act.connection in (c.name, c.id))
        return replace(act, connection=next(named, act.connection))
    if act.item is None:
        return act
    names = {c.id: c.name for c in tx.connections()}
    found = {names.get(twin.connection) for twin in twins_here(tx, act.item) or twins_there(tx, act.item)}
    return replace(act, connection=found.pop()) if len(found) == 1 else act


def _about_result(act: Act, result: object) -> Act:
    """Results of operations tell which connection and item it was."""
    first = result[0] if isinstance(result, list) and result else result
    connection, item = getattr(first, "connection", None), getattr(first, "key", None)
    return replace(
        act,
        connection=act.connection or (connection if isinstance(connection, str) else None),
        item=act.item or (item if isinstance(item, str) else None),
    )


def _line(number: int, act: Act) -> AuditLine:
    return AuditLine(
        number=number,
        at=act.at,
        who=act.who,
        via=act.via,
        origin=act.origin,
        what=act.what,
        outcome=act.outcome,
        connection=act.connection,
        item=act.item,
        act=act.act,
        details=act.details,
        error=act.error,
    )


def _short(value: Any) -> Any:
    """A log is no place for whole texts."""
    return value[:SHORT] + "..." if isinstance(value, str) and len(value) > SHORT else value
