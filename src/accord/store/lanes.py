"""The sync queue: two lanes for each twin, and the entries in them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accord.errors import UnknownThing
from accord.model import Kind, Message, Twin
from accord.ports import Direction, Entry, Lane, Receipt
from accord.store import rows
from accord.store.statements import Statements


class Lanes:
    """The part of a transaction that keeps the sync queue.

    Whatever changes a lane locks its row first, so that no other process adds an entry between a look and a decision.
    """

    sql: Statements

    def register_event(self, twin: Twin, reason: str, now: datetime) -> bool:
        """See `ports.Transaction`. A lane that waits for its acknowledgment, or to send again, keeps its due time."""
        self._lock_or_create(twin, Direction.OUT)
        fresh = not self.sql.touch_queued(twin_id=twin.id)
        if fresh:
            self._append(twin.id, Direction.OUT, None, reason, now)
        self.sql.wake_for_event(twin_id=twin.id, now=rows.seconds(now))
        return fresh

    def register_request(self, message: Message, twin: Twin, now: datetime) -> Receipt:
        """Registered, duplicate of one seen, or beyond the next. `detail` of a duplicate is the lane's state."""
        if message.kind is Kind.ACKNOWLEDGMENT:
            raise ValueError("An acknowledgment is not a request: it belongs to the entry that it answers.")
        state = self._lock_or_create(twin, Direction.IN)
        if self.sql.take_sequence(twin_id=twin.id, sequence=message.sequence, now=rows.seconds(now)):
            self._append(twin.id, Direction.IN, message, message.kind.value, now)
            return Receipt("registered")
        last = self._last_sequence(twin.id, Direction.IN)
        if message.sequence > last:
            return Receipt("gap", expected=last + 1)
        return Receipt("duplicate", acknowledgment=self._answer(twin.id, message.sequence), detail=state)

    def lane(self, twin_id: str, direction: Direction) -> Lane | None:
        row = self.sql.lane(twin_id=twin_id, direction=direction)
        return rows.lane(row) if row else None

    def lanes(self, connection_id: str | None = None, *, busy_only: bool = True) -> list[Lane]:
        """By connection and twin; idle ones only if `busy_only` is false."""
        found: Iterable[rows.Row]
        if connection_id is None:
            found = self.sql.busy_lanes() if busy_only else self.sql.every_lane()
        else:
            select = self.sql.busy_lanes_of if busy_only else self.sql.lanes_of
            found = select(connection_id=connection_id)
        return [rows.lane(row) for row in found]

    def count_busy(self, connection_id: str) -> int:
        """How many have something due or under way (blocked ones apart)."""
        return int(self.sql.count_busy(connection_id=connection_id))

    def head(self, twin_id: str, direction: Direction) -> Entry | None:
        row = self.sql.head(twin_id=twin_id, direction=direction)
        return rows.entry(row) if row else None

    def entries(self, twin_id: str, direction: Direction | None = None) -> list[Entry]:
        """In the order in which they will run; of both lanes if `direction` is None."""
        if direction is None:
            return [rows.entry(row) for row in self.sql.entries_of_twin(twin_id=twin_id)]
        return [rows.entry(row) for row in self.sql.entries_of_lane(twin_id=twin_id, direction=direction)]

    def put_entry(self, entry: Entry) -> None:
        """Stage, sequence, message and acknowledgment. Raises UnknownThing if it was skipped in the meantime."""
        written = self.sql.update_entry(
            id=entry.id,
            twin_id=entry.twin_id,
            stage=entry.stage,
            sequence=entry.sequence,
            message=rows.as_json(entry.message),
            acknowledgment=rows.as_json(entry.acknowledgment),
        )
        if not written:
            raise UnknownThing("This entry is no longer in the sync queue.", value=entry.id)
        if entry.sequence is not None:
            self._raise_sequence(entry.twin_id, entry.direction, entry.sequence)

    def add_composed(self, twin: Twin, message: Message, reason: str, now: datetime) -> Entry:
        """Puts an event whose message is made at the head of the out lane, and makes the lane due."""
        self._lock_or_create(twin, Direction.OUT)
        row = self.sql.prepend_composed(
            twin_id=twin.id,
            sequence=message.sequence,
            reason=reason,
            message=rows.as_json(message),
            now=rows.seconds(now),
        )
        self._raise_sequence(twin.id, Direction.OUT, message.sequence)
        self.sql.make_due(twin_id=twin.id, direction=Direction.OUT, now=rows.seconds(now))
        return rows.entry(row)

    def next_sequence(self, twin_id: str) -> int:
        """The number for the next message of the out lane (not taken until an entry carries it)."""
        return self._last_sequence(twin_id, Direction.OUT) + 1

    def remove_entry(self, entry: Entry) -> None:
        """What is gone already stays gone. The lane is idle once it is empty."""
        self.sql.lock_lane(twin_id=entry.twin_id, direction=entry.direction)
        self.sql.delete_entry(id=entry.id, twin_id=entry.twin_id)
        self.sql.idle_if_empty(twin_id=entry.twin_id, direction=entry.direction)

    def clear_lane(self, twin_id: str, direction: Direction) -> None:
        """Removes all entries; numbers and the last acknowledgment stay, so that duplicates are still recognised."""
        self.sql.lock_lane(twin_id=twin_id, direction=direction)
        self.sql.delete_entries(twin_id=twin_id, direction=direction)
        self.sql.idle_if_empty(twin_id=twin_id, direction=direction)

    def lane_ready(self, twin_id: str, direction: Direction, due: datetime) -> None:
        """Attempts and cause are forgotten; idle when the lane is empty."""
        self.sql.settle_lane(twin_id=twin_id, direction=direction, due=rows.seconds(due))
        self.sql.idle_if_empty(twin_id=twin_id, direction=direction)

    def lane_retrying(self, twin_id: str, direction: Direction, due: datetime, cause: dict[str, Any]) -> None:
        """Counts an attempt; idle when the lane is empty."""
        self.sql.back_off(twin_id=twin_id, direction=direction, due=rows.seconds(due), cause=rows.cause_json(cause))
        self.sql.idle_if_empty(twin_id=twin_id, direction=direction)

    def lane_blocked(self, twin_id: str, direction: Direction, cause: dict[str, Any]) -> None:
        self.sql.block(twin_id=twin_id, direction=direction, cause=rows.cause_json(cause))
        self.sql.idle_if_empty(twin_id=twin_id, direction=direction)

    def remember_acknowledgment(self, twin_id: str, acknowledgment: Message) -> None:
        """For duplicates of the message that it answers."""
        self.sql.put_answer(twin_id=twin_id, sequence=acknowledgment.sequence, message=rows.as_json(acknowledgment))

    def _lock_or_create(self, twin: Twin, direction: Direction) -> str:
        """The lane's state, its row locked until the transaction ends."""
        row = self.sql.lock_lane(twin_id=twin.id, direction=direction)
        if row is None:
            self.sql.create_lease(twin_id=twin.id, connection_id=twin.connection)
            self.sql.create_lane(twin_id=twin.id, direction=direction, connection_id=twin.connection)
            row = self.sql.lock_lane(twin_id=twin.id, direction=direction)
        return str(row[0])

    def _append(self, twin_id: str, direction: Direction, message: Message | None, reason: str, now: datetime) -> None:
        self.sql.append_entry(
            twin_id=twin_id,
            direction=direction,
            sequence=message.sequence if message else None,
            reason=reason,
            message=rows.as_json(message),
            now=rows.seconds(now),
        )

    def _last_sequence(self, twin_id: str, direction: Direction) -> int:
        return int(self.sql.last_sequence(twin_id=twin_id, direction=direction) or 0)

    def _raise_sequence(self, twin_id: str, direction: Direction, sequence: int) -> None:
        self.sql.raise_sequence(twin_id=twin_id, direction=direction, sequence=sequence)

    def _answer(self, twin_id: str, sequence: int) -> Message | None:
        row = self.sql.answer(twin_id=twin_id)
        return rows.message(row[1]) if row and row[0] == sequence else None
