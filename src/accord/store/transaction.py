"""What a closure may do to the database: `ports.Transaction`, put together from its parts."""

from __future__ import annotations

from collections import Counter

from accord.store.access import Access
from accord.store.agreements import Agreements
from accord.store.jobs import Jobs
from accord.store.lanes import Lanes
from accord.store.leases import Leases, Rotation
from accord.store.published import Published
from accord.store.records import Records
from accord.store.statements import Statements


class SqlTransaction(Agreements, Published, Jobs, Lanes, Leases, Records, Access):
    """One closure's view. `counted_before`: what earlier closures of the same group counted."""

    def __init__(self, sql: Statements, rotation: Rotation, counted_before: Counter[str]) -> None:
        self.sql, self.rotation = sql, rotation
        self.counted: Counter[str] = Counter()
        self.counted_before = counted_before
