"""What a node remembers besides its twins: holds, cursors, nonces, blobs, history, counters and facts."""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime, timedelta

from accord.ports import HistoryEntry, Hold
from accord.store import rows
from accord.store.statements import Statements


class Records:
    """The part of a transaction that keeps everything that is not a twin or the queue."""

    sql: Statements
    counted: Counter[str]
    counted_before: Counter[str]

    def holds(self) -> list[Hold]:
        return [rows.hold(row) for row in self.sql.holds()]

    def put_hold(self, hold: Hold) -> None:
        self.sql.put_hold(
            scope=hold.scope,
            name=hold.name,
            until=None if hold.until is None else rows.seconds(hold.until),
            attempts=hold.attempts,
            cause=rows.cause_json(hold.cause),
        )

    def lift_hold(self, scope: str, name: str) -> None:
        self.sql.lift_hold(scope=scope, name=name)

    def cursor(self, tracker: str) -> str | None:
        found: str | None = self.sql.cursor_of(tracker=tracker)
        return found

    def put_cursor(self, tracker: str, cursor: str) -> None:
        self.sql.put_cursor(tracker=tracker, value=cursor)

    def use_nonce(self, key_id: str, nonce: str, now: datetime, keep_seconds: float) -> bool:
        """False if it was used before; forgets those older than `keep_seconds`."""
        self.sql.forget_nonces(before=rows.seconds(now - timedelta(seconds=keep_seconds)))
        return bool(self.sql.use_nonce(key_id=key_id, nonce=nonce, now=rows.seconds(now)))

    def digest(self, tracker: str, key: str, attachment_id: str) -> tuple[str, int] | None:
        """SHA-256 and size of an attachment whose bytes were read before."""
        row = self.sql.digest(tracker=tracker, item_key=key, attachment_id=attachment_id)
        return (str(row[0]), int(row[1])) if row else None

    def put_digest(self, tracker: str, key: str, attachment_id: str, sha256: str, size: int) -> None:
        self.sql.put_digest(tracker=tracker, item_key=key, attachment_id=attachment_id, sha256=sha256, size=size)

    def offer_blob(self, connection_id: str, sha256: str, key: str, attachment_id: str) -> None:
        self.sql.offer_blob(connection_id=connection_id, sha256=sha256, item_key=key, attachment_id=attachment_id)

    def offered_blob(self, connection_id: str, sha256: str) -> tuple[str, str] | None:
        """Item key and attachment id under which a blob was offered through the connection."""
        row = self.sql.offered_blob(connection_id=connection_id, sha256=sha256)
        return (str(row[0]), str(row[1])) if row else None

    def record(self, entry: HistoryEntry) -> None:
        self.sql.add_history(
            at=rows.seconds(entry.at),
            connection_id=entry.connection_id,
            twin_id=entry.twin_id,
            step=entry.step,
            body=json.dumps({"summary": entry.summary, "details": entry.details}, default=str),
        )

    def history(self, twin_id: str | None = None, *, limit: int = 100) -> list[HistoryEntry]:
        """The newest first."""
        if twin_id is None:
            return [rows.history(row) for row in self.sql.all_history(most=limit)]
        return [rows.history(row) for row in self.sql.history_of_twin(twin_id=twin_id, most=limit)]

    def history_of_connection(self, connection_id: str, *, limit: int = 100) -> list[HistoryEntry]:
        """The newest first."""
        return [rows.history(row) for row in self.sql.history_of_connection(connection_id=connection_id, most=limit)]

    def count_history(self, connection_id: str, step: str, since: datetime) -> int:
        return int(self.sql.count_history(connection_id=connection_id, step=step, since=rows.seconds(since)))

    def last_recorded(self, connection_id: str, step: str) -> datetime | None:
        """When a connection's history last had this step."""
        return rows.maybe_moment(self.sql.last_recorded(connection_id=connection_id, step=step))

    def prune_history(self, before: datetime) -> int:
        """How many entries went."""
        return int(self.sql.delete_history(before=rows.seconds(before)))

    def count(self, counter: str, by: int = 1) -> None:
        """Written in one go at the end of the group, always in the same order: processes that count can't deadlock."""
        self.counted[counter] += by

    def counters(self) -> dict[str, int]:
        stored = Counter({str(name): int(value) for name, value in self.sql.counters()})
        stored.update(self.counted_before)
        stored.update(self.counted)
        return dict(sorted(stored.items()))

    def fact(self, name: str) -> str | None:
        found: str | None = self.sql.fact(name=name)
        return found

    def put_fact(self, name: str, value: str) -> None:
        self.sql.put_fact(name=name, value=value)
