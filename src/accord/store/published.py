"""Versions of rules, and what they were run on."""

from __future__ import annotations

from datetime import datetime

from accord.ports import Received, RulesVersion, Sample
from accord.store import rows
from accord.store.statements import Statements


class Published:
    """The part of a transaction that keeps versions of rules, and the replicas that they were last run on."""

    sql: Statements

    def publish_rules(self, version: RulesVersion) -> bool:
        """False, and nothing is written, if it is not the connection's next version."""
        written = self.sql.publish_rules(
            connection_id=version.connection_id,
            number=version.number,
            at=rows.seconds(version.at),
            body=rows.rules_body(version),
        )
        return bool(written)

    def rules_version(self, connection_id: str, number: int) -> RulesVersion | None:
        row = self.sql.rules_version(connection_id=connection_id, number=number)
        return rows.rules_version(row) if row else None

    def rules_versions(self, connection_id: str) -> list[RulesVersion]:
        """The newest first."""
        return [rows.rules_version(row) for row in self.sql.rules_versions(connection_id=connection_id)]

    def put_received(self, received: Received) -> None:
        """Inserts or replaces."""
        self.sql.put_received(
            twin_id=received.twin_id,
            version=received.version,
            rules=received.rules,
            at=rows.seconds(received.at),
            body=rows.pack_replica(received.replica),
        )

    def received(self, twin_id: str) -> Received | None:
        row = self.sql.received(twin_id=twin_id)
        return rows.received(row) if row else None

    def received_under(self, twin_id: str) -> int | None:
        """See `ports.Transaction`: without unpacking the replica."""
        found: int | None = self.sql.received_under(twin_id=twin_id)
        return found

    def mark_received(self, twin_id: str, rules: int) -> None:
        """Our item is in line with what these rules make of the last replica."""
        self.sql.mark_received(twin_id=twin_id, rules=rules)

    def put_sample(self, sample: Sample) -> None:
        self.sql.put_sample(
            connection_id=sample.connection_id,
            twin_id=sample.twin_id,
            direction=sample.direction,
            rules=sample.rules,
            first_sync=int(sample.first_sync),
            at=rows.seconds(sample.at),
            body=rows.pack_sample(sample),
        )

    def samples(self, connection_id: str, limit: int) -> list[Sample]:
        """The newest first."""
        return [rows.sample(row) for row in self.sql.samples(connection_id=connection_id, most=limit)]

    def prune_samples(self, connection_id: str, before: datetime, keep: int) -> int:
        """See `ports.Transaction`."""
        return int(self.sql.prune_samples(connection_id=connection_id, before=rows.seconds(before), keep=keep))
