"""Rows to values and back. Times are stored as seconds since 1970 (UTC), messages and causes as JSON text."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from accord.model import Connection, Item, Message, Replica, Twin, TwinState
from accord.ports import (
    Act,
    Direction,
    Entry,
    HistoryEntry,
    Hold,
    Job,
    JobState,
    Lane,
    LaneState,
    Outcome,
    Received,
    Role,
    RulesSource,
    RulesVersion,
    Sample,
    Stage,
    Token,
)

Row = Sequence[Any]


def seconds(time: datetime) -> float:
    """ValueError for a naive time: it would mean another moment on another machine."""
    if time.tzinfo is None:
        raise ValueError(f"A time without a zone: {time}")
    return time.timestamp()


def moment(stored: float) -> datetime:
    return datetime.fromtimestamp(stored, UTC)


def maybe_moment(stored: float | None) -> datetime | None:
    return None if stored is None else moment(stored)


def as_json(value: BaseModel | None) -> str | None:
    """Fields that were never set stay absent: in a replica that differs from null."""
    return None if value is None else value.model_dump_json(exclude_unset=True)


def cause_json(cause: dict[str, Any]) -> str:
    return json.dumps(cause, default=str)


def message(stored: str | None) -> Message | None:
    return None if stored is None else Message.model_validate_json(stored)


def pack(twin: Twin) -> bytes:
    # Level 1: three versions of one item compress well even so, at a third of the time of the default.
    return zlib.compress(twin.model_dump_json(exclude_unset=True).encode(), 1)


def unpack(stored: bytes) -> Twin:
    return Twin.model_validate_json(zlib.decompress(stored))


def connection(row: Row) -> Connection:
    body, rules_version = row
    return Connection.model_validate_json(body).model_copy(update={"rules_version": rules_version or 0})


def is_creating(twin: Twin) -> bool:
    """Whether an item is just being created here for this twin, its key not yet known."""
    return (
        twin.state is TwinState.NEW
        and not twin.started_here
        and twin.local_key is None
        and any(intent.operation == "create" for intent in twin.shadow.intents)
    )


def lane(row: Row) -> Lane:
    twin_id, connection_id, direction, state, due, attempts, cause, last_sequence, acknowledgment = row
    return Lane(
        twin_id=twin_id,
        connection_id=connection_id,
        direction=Direction(direction),
        state=LaneState(state),
        due=maybe_moment(due),
        attempts=attempts,
        cause=None if cause is None else json.loads(cause),
        last_sequence=last_sequence,
        last_acknowledgment=message(acknowledgment),
    )


def entry(row: Row) -> Entry:
    identifier, twin_id, direction, stage, sequence, reason, sent, acknowledgment, created_at, touched = row
    return Entry(
        id=identifier,
        twin_id=twin_id,
        direction=Direction(direction),
        stage=Stage(stage),
        sequence=sequence,
        reason=reason,
        message=message(sent),
        acknowledgment=message(acknowledgment),
        created_at=moment(created_at),
        touched=touched,
    )


def hold(row: Row) -> Hold:
    scope, name, until, attempts, cause = row
    return Hold(scope=scope, name=name, until=maybe_moment(until), attempts=attempts, cause=json.loads(cause))


def history(row: Row) -> HistoryEntry:
    at, connection_id, twin_id, step, body = row
    told = json.loads(body)
    return HistoryEntry(
        at=moment(at),
        connection_id=connection_id,
        twin_id=twin_id,
        step=step,
        summary=told["summary"],
        details=told["details"],
    )


def rules_version(row: Row) -> RulesVersion:
    connection_id, number, at, body = row
    told = json.loads(body)
    source = RulesSource(told["table"], told.get("script"), told.get("script_name"))
    return RulesVersion(
        connection_id, number, moment(at), told["who"], told["why"], source, told["diff"], told["by_itself"]
    )


def rules_body(version: RulesVersion) -> str:
    source = version.source
    told = {"who": version.who, "why": version.why, "diff": version.diff, "by_itself": version.by_itself}
    return json.dumps(told | {"table": source.table, "script": source.script, "script_name": source.script_name})


def pack_replica(replica: Replica) -> bytes:
    return zlib.compress(replica.model_dump_json(exclude_unset=True).encode(), 1)


def received(row: Row) -> Received:
    twin_id, version, rules, at, body = row
    return Received(twin_id, Replica.model_validate_json(zlib.decompress(body)), version, rules, moment(at))


def pack_sample(sample: Sample) -> bytes:
    replica = None if sample.replica is None else sample.replica.model_dump_json(exclude_unset=True)
    both = f'{{"item": {sample.item.model_dump_json(exclude_unset=True)}, "replica": {replica or "null"}}}'
    return zlib.compress(both.encode(), 1)


def sample(row: Row) -> Sample:
    at, connection_id, twin_id, direction, rules, first_sync, body = row
    told = json.loads(zlib.decompress(body))
    return Sample(
        at=moment(at),
        connection_id=connection_id,
        twin_id=twin_id,
        direction=Direction(direction),
        rules=rules,
        first_sync=bool(first_sync),
        item=Item.model_validate(told["item"]),
        replica=None if told["replica"] is None else Replica.model_validate(told["replica"]),
    )


def job(row: Row) -> Job:
    identifier, connection_id, state, rules, pace, total, done, after, next_at, created_at, updated_at = row
    times = (moment(next_at), moment(created_at), moment(updated_at))
    return Job(identifier, connection_id, JobState(state), rules, pace, total, done, after, *times)


def token(row: Row) -> Token:
    identifier, name, role, connection_id, digest, created_at, created_by, expires_at, revoked_at = row
    return Token(
        id=identifier,
        name=name,
        role=Role(role),
        connection_id=connection_id,
        digest=digest,
        created_at=moment(created_at),
        created_by=created_by,
        expires_at=moment(expires_at),
        revoked_at=maybe_moment(revoked_at),
    )


def act_body(act: Act) -> str:
    return json.dumps({"details": act.details, "error": act.error}, default=str)


def act(row: Row) -> Act:
    identifier, at, who, via, origin, what, outcome, connection_name, item, body = row
    told = json.loads(body)
    return Act(
        identifier, moment(at), who, via, origin, what, Outcome(outcome), connection_name, item, told["details"],
        told["error"],
    )  # fmt: skip
