"""Who works on which twin, and until when."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime

from accord.model import Twin
from accord.ports import Direction, LaneState, Lease, LeaseLost
from accord.store import rows
from accord.store.statements import Statements


class Rotation:
    """Remembers whose turn it is, so that a connection with a long queue can't keep the others waiting."""

    def __init__(self) -> None:
        self._last = ""

    def order(self, connection_ids: Sequence[str]) -> list[str]:
        """Those after the last one served come first. `connection_ids` are sorted."""
        later = [one for one in connection_ids if one > self._last]
        return later + [one for one in connection_ids if one <= self._last]

    def served(self, connection_id: str) -> None:
        self._last = connection_id


class Leases:
    """The part of a transaction that hands out work."""

    sql: Statements
    rotation: Rotation

    def claim(
        self, owner: str, now: datetime, until: datetime, limit: int, held_connections: Sequence[str]
    ) -> list[Lease]:
        """Each waiting connection gets an equal share of `limit`, and what is left over goes round.

        An item that has twins in several connections is worked on for one of them at a time.
        """
        self.sql.lock_claims()
        due = sorted(str(row[0]) for row in self.sql.connections_due(now=rows.seconds(now)))
        waiting = self.rotation.order([one for one in due if one not in set(held_connections)])
        leases: list[Lease] = []
        while waiting and len(leases) < limit:
            share = max(1, (limit - len(leases)) // len(waiting))
            unserved = []
            for connection_id in waiting[: limit - len(leases)]:
                found = self._claimable(connection_id, now, share)
                leases += self._take(found, connection_id, owner, now, until)
                self.rotation.served(connection_id)
                if len(found) == share:
                    unserved.append(connection_id)
            waiting = unserved
        return leases

    def take(self, twin: Twin, owner: str, now: datetime, until: datetime) -> Lease | None:
        """A lease on this very twin, due or not, for a person's decision; None while another worker has it."""
        self.sql.create_lease(twin_id=twin.id, connection_id=twin.connection)
        row = self.sql.take_lease(owner=owner, until=rows.seconds(until), twin_id=twin.id, now=rows.seconds(now))
        return Lease(twin.id, twin.connection, owner, int(row[0]), until, ()) if row else None

    def is_worked_on(self, twin: Twin, key: str, now: datetime) -> bool:
        """Whether our item, which `twin` is about to be paired with, is being worked on for another connection."""
        self.sql.lock_claims()
        return key in self._busy_elsewhere(twin.connection, now)

    def fence(self, lease: Lease) -> None:
        """Raises LeaseLost unless the lease is still ours; keeps it so until the transaction ends."""
        if self.sql.lock_lease(twin_id=lease.twin_id, owner=lease.owner, epoch=lease.epoch) is None:
            raise LeaseLost(lease.twin_id)

    def renew(self, lease: Lease, until: datetime) -> None:
        """Keeps a lease longer. Raises LeaseLost."""
        if not self.sql.renew_lease(
            twin_id=lease.twin_id, owner=lease.owner, epoch=lease.epoch, until=rows.seconds(until)
        ):
            raise LeaseLost(lease.twin_id)

    def release(self, lease: Lease) -> None:
        """Does nothing to a lease that another worker has taken over."""
        self.sql.release_lease(twin_id=lease.twin_id, owner=lease.owner, epoch=lease.epoch)

    def revoke(self, twin_id: str) -> None:
        """Takes a twin from whoever works on it: their next checkpoint fails with LeaseLost."""
        self.sql.revoke_lease(twin_id=twin_id)

    def release_all(self) -> None:
        """Frees every lease: for the start of a node that is the only one on its database."""
        self.sql.release_every_lease()

    def next_due(self, held_connections: Sequence[str]) -> datetime | None:
        """When `claim` next finds something by itself: lanes of leased twins count from the end of the lease."""
        found = [*self.sql.next_due_free(), *self.sql.next_due_leased()]
        due = [time for connection_id, time in found if time is not None and connection_id not in held_connections]
        return rows.moment(min(due)) if due else None

    def _claimable(self, connection_id: str, now: datetime, most: int) -> list[str]:
        """Free twins of free items with a due lane, the longest due first, once for each lane that is due."""
        busy = self._busy_elsewhere(connection_id, now)
        found = self.sql.claimable(connection_id=connection_id, now=rows.seconds(now), busy=json.dumps(busy), most=most)
        return [str(row[0]) for row in found]

    def _busy_elsewhere(self, connection_id: str, now: datetime) -> list[str]:
        found = self.sql.busy_elsewhere(connection_id=connection_id, now=rows.seconds(now))
        return [str(row[0]) for row in found]

    def _take(
        self, found: Sequence[str], connection_id: str, owner: str, now: datetime, until: datetime
    ) -> list[Lease]:
        """Leases for those of the twins found that are still due now that they are locked."""
        if not found:
            return []
        directions: dict[str, list[Direction]] = {}
        for twin_id, direction, state, due in self.sql.lanes_of_twins(twin_ids=json.dumps(found)):
            if state == LaneState.READY and due <= rows.seconds(now):
                directions.setdefault(twin_id, []).append(Direction(direction))
        epochs = dict(
            self.sql.take_leases(twin_ids=json.dumps(list(directions)), owner=owner, until=rows.seconds(until))
        )
        return [
            Lease(twin_id, connection_id, owner, epochs[twin_id], until, tuple(directions[twin_id]))
            for twin_id in dict.fromkeys(found)
            if twin_id in directions
        ]
