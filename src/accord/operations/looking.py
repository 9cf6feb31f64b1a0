"""What there is to see: status, queue, errors, history. Everything is ready for JSON."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime
from typing import Any

from accord.model import Connection
from accord.operations import finding
from accord.ports import Direction, Entry, Lane, LaneState, Ports, Stage, Transaction

WORDS = {
    (Direction.OUT, Stage.QUEUED): "queued",
    (Direction.OUT, Stage.COMPOSED): "sending",
    (Direction.OUT, Stage.SENT): "waiting for the other side",
    (Direction.OUT, Stage.ACKNOWLEDGED): "applying",
    (Direction.IN, Stage.QUEUED): "queued",
    (Direction.IN, Stage.APPLIED): "acknowledging",
}
SHOWN = 1000


async def status(ports: Ports) -> dict[str, Any]:
    """Trackers and connections: state, items under sync, what waits, what is wrong."""

    def look(tx: Transaction) -> dict[str, Any]:
        holds = [
            {"scope": h.scope, "name": _hold_name(tx, h.name), "until": _time(h.until), "cause": h.cause}
            for h in tx.holds()
        ]
        trackers = {name: _trouble(tx, name) for name in ports.trackers}
        return {
            "trackers": [{"name": name, "trouble": trouble} for name, trouble in sorted(trackers.items())],
            "connections": [_connection(tx, connection) for connection in finding.connections(tx)],
            "holds": holds,
            "counters": tx.counters(),
        }

    return await ports.store.read(look)


def _connection(tx: Transaction, connection: Connection) -> dict[str, Any]:
    lanes = tx.lanes(connection.id)
    waiting = {direction: [lane for lane in lanes if lane.direction is direction] for direction in Direction}
    due = [lane.due for lane in lanes if lane.due]
    return {
        "name": connection.name,
        "state": connection.state.value,
        "tracker": connection.tracker,
        "side": connection.side.value,
        "peer": connection.peer_node,
        "peer_url": connection.peer_url,
        "policy": connection.policy.value,
        "under_sync": tx.count_twins(connection.id),
        "waiting_out": len(waiting[Direction.OUT]),
        "waiting_in": len(waiting[Direction.IN]),
        "blocked": sum(lane.state is LaneState.BLOCKED for lane in lanes),
        "oldest_due": _time(min(due, default=None)),
        "paused_because": connection.paused_because,
    }


async def queue(ports: Ports, name: str | None = None) -> list[dict[str, Any]]:
    """What waits, in the words that people know. Raises UnknownThing."""

    def look(tx: Transaction) -> list[dict[str, Any]]:
        only = finding.connection(tx, name) if name else None
        return [_lane(tx, lane) for lane in tx.lanes(only.id if only else None)[:SHOWN]]

    return await ports.store.read(look)


def _lane(tx: Transaction, lane: Lane) -> dict[str, Any]:
    twin, head = tx.twin(lane.twin_id), tx.head(lane.twin_id, lane.direction)
    connection = tx.connection(lane.connection_id)
    return {
        "twin": lane.twin_id,
        "item": twin.local_key if twin else None,
        "remote": twin.remote_key if twin else None,
        "connection": connection.name if connection else lane.connection_id,
        "direction": lane.direction.value,
        "state": _state(lane, head),
        "next_try": _time(lane.due) if lane.state is LaneState.READY else None,
        "attempts": lane.attempts,
        "since": _time(head.created_at) if head else None,
        "cause": lane.cause,
    }


def _state(lane: Lane, head: Entry | None) -> str:
    if lane.state is LaneState.BLOCKED:
        return "blocked"
    if lane.cause:
        return "waiting for the other side" if lane.cause.get("error") == "WaitingForPeer" else "retrying"
    return WORDS[lane.direction, head.stage] if head else "idle"


async def errors(ports: Ports) -> list[dict[str, Any]]:
    """What waits because of an error, grouped by cause, with the items and what to do."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for lane in await queue(ports):
        if lane["cause"]:
            cause = lane["cause"]
            where = f"{cause.get('file', '')}:{cause.get('line', '')}:{cause.get('field', '')}"
            groups[lane["connection"], cause["error"], where].append(lane)
    return [
        {
            "connection": connection,
            "error": error,
            "count": len(lanes),
            "who": lanes[0]["cause"].get("who"),
            "message": lanes[0]["cause"]["message"],
            "remedy": lanes[0]["cause"].get("remedy"),
            "blocked": sum(lane["state"] == "blocked" for lane in lanes),
            "items": [lane["item"] or lane["remote"] for lane in lanes],
            "cause": lanes[0]["cause"],
        }
        for (connection, error, _), lanes in groups.items()
    ]


async def history(ports: Ports, key: str | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """What was done, newest first. Raises UnknownThing."""

    def look(tx: Transaction) -> list[dict[str, Any]]:
        twin_id = finding.twin(tx, key).id if key else None
        names = {c.id: c.name for c in tx.connections()}
        return [
            {
                "at": _time(entry.at),
                "connection": names.get(entry.connection_id, entry.connection_id),
                "twin": entry.twin_id,
                "step": entry.step,
                "summary": entry.summary,
                "details": entry.details,
            }
            for entry in tx.history(twin_id, limit=limit)
        ]

    return await ports.store.read(look)


def _trouble(tx: Transaction, tracker: str) -> dict[str, Any] | None:
    text = tx.fact(f"trouble.{tracker}")
    return json.loads(text) if text else None


def _hold_name(tx: Transaction, name: str) -> str:
    connection = tx.connection(name)
    return connection.name if connection else name


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds") if moment else None


async def progress(ports: Ports, twin_id: str) -> dict[str, Any]:
    """Where one twin's own change has come to: `settled` when nothing of it waits."""

    def look(tx: Transaction) -> dict[str, Any]:
        twin, lane = tx.twin(twin_id), tx.lane(twin_id, Direction.OUT)
        head = tx.head(twin_id, Direction.OUT)
        state = _state(lane, head) if lane and head else "settled"
        return {
            "item": twin.local_key if twin else None,
            "remote": twin.remote_key if twin else None,
            "state": state,
            "cause": lane.cause if lane else None,
        }

    return await ports.store.read(look)
