"""Connections and twins."""

from __future__ import annotations

from collections.abc import Sequence

from accord.errors import ConfigurationInvalid, UnknownThing
from accord.model import Connection, Twin
from accord.ports import Direction
from accord.store import rows
from accord.store.statements import Statements


class Agreements:
    """The part of a transaction that keeps connections and twins."""

    sql: Statements

    def connections(self) -> list[Connection]:
        """All, removed ones too, by name."""
        return [rows.connection(row) for row in self.sql.all_connections()]

    def connection(self, connection_id: str) -> Connection | None:
        row = self.sql.connection_by_id(id=connection_id)
        return rows.connection(row) if row else None

    def put_connection(self, connection: Connection) -> None:
        """Inserts or replaces. Raises ConfigurationInvalid if another one that is not removed has the name."""
        written = self.sql.put_connection(
            id=connection.id,
            name=connection.name,
            state=connection.state.value,
            body=connection.model_dump_json(exclude={"rules_version"}),
        )
        if not written:
            raise ConfigurationInvalid(
                f"There is a connection with the name {connection.name!r} already.",
                remedy="Choose another name, or remove that connection first.",
                field="name",
                value=connection.name,
            )

    def twin(self, twin_id: str) -> Twin | None:
        row = self.sql.twin_by_id(id=twin_id)
        return rows.unpack(row[0]) if row else None

    def live_twin(self, connection_id: str, local_key: str, identity: str | None = None) -> Twin | None:
        row = self.sql.live_twin(connection_id=connection_id, local_key=local_key)
        if row is None and identity is not None:
            row = self.sql.live_twin_of_identity(connection_id=connection_id, local_identity=identity)
        return rows.unpack(row[0]) if row else None

    def former_twin(self, connection_id: str, local_key: str, identity: str | None = None) -> Twin | None:
        """The latest twin of this item that has ended."""
        row = self.sql.ended_twin(connection_id=connection_id, local_key=local_key)
        if row is None and identity is not None:
            row = self.sql.ended_twin_of_identity(connection_id=connection_id, local_identity=identity)
        return rows.unpack(row[0]) if row else None

    def former_twin_of_remote(self, connection_id: str, remote_key: str) -> Twin | None:
        """The same by the other side's item."""
        row = self.sql.ended_twin_of_remote(connection_id=connection_id, remote_key=remote_key)
        return rows.unpack(row[0]) if row else None

    def twin_of_remote(self, connection_id: str, remote_key: str) -> Twin | None:
        """The live twin of the other side's item, or the one that is to become so."""
        row = self.sql.live_twin_of_remote(connection_id=connection_id, remote_key=remote_key)
        return rows.unpack(row[0]) if row else None

    def twins(self, connection_id: str | None = None, *, live: bool = True, limit: int = 100_000) -> list[Twin]:
        """The oldest first; those that ended only if `live` is false."""
        if connection_id is None:
            found = self.sql.every_live_twin(most=limit) if live else self.sql.every_twin(most=limit)
        elif live:
            found = self.sql.live_twins_of(connection_id=connection_id, most=limit)
        else:
            found = self.sql.twins_of(connection_id=connection_id, most=limit)
        return [rows.unpack(body) for (body,) in found]

    def count_twins(self, connection_id: str) -> int:
        """How many are live."""
        return int(self.sql.count_live_twins(connection_id=connection_id))

    def creating(self, connection_id: str) -> bool:
        """Whether an item is just being created for this connection, its key not yet known."""
        return self.sql.any_creating(connection_id=connection_id) is not None

    def put_waits(self, twin: Twin, remote_keys: Sequence[str]) -> bool:
        """See `ports.Transaction`. Looks at an item only when its lane is locked: who brings it under sync in another
        process holds that lane when he looks for those that wait."""
        self.sql.forget_waits(twin_id=twin.id)
        for key in remote_keys:
            self.sql.put_wait(connection_id=twin.connection, remote_key=key, twin_id=twin.id)
        awaited = [found for key in remote_keys if (found := self.twin_of_remote(twin.connection, key))]
        for one in sorted(awaited, key=lambda found: found.id):
            for direction in Direction:
                self.sql.lock_lane(twin_id=one.id, direction=direction)
        now = (self.twin_of_remote(twin.connection, key) for key in remote_keys)
        return any(found is not None and found.local_key is not None for found in now)

    def waiting_for(self, connection_id: str, remote_key: str) -> list[Twin]:
        found = self.sql.twins_waiting_for(connection_id=connection_id, remote_key=remote_key)
        return [rows.unpack(body) for (body,) in found]

    def count_waiting(self, connection_id: str) -> int:
        return int(self.sql.count_waiting(connection_id=connection_id))

    def asked_twins(self, connection_id: str) -> list[Twin]:
        """Live twins that have questions for people."""
        return [rows.unpack(body) for (body,) in self.sql.asked_twins(connection_id=connection_id)]

    def forget_twin(self, twin_id: str) -> None:
        """As if it had never been heard of. Its lease stays, revoked: it counts who worked on it."""
        self.sql.revoke_lease(twin_id=twin_id)
        for direction in Direction:
            self.sql.delete_entries(twin_id=twin_id, direction=direction)
        self.sql.delete_lanes(twin_id=twin_id)
        self.sql.forget_waits(twin_id=twin_id)
        self.sql.delete_answer(twin_id=twin_id)
        self.sql.delete_twin(id=twin_id)

    def put_twin(self, twin: Twin) -> None:
        """Inserts or replaces. Raises UnknownThing if its local key is under sync through the connection already."""
        written = self.sql.put_twin(
            id=twin.id,
            connection_id=twin.connection,
            state=twin.state.value,
            local_key=twin.local_key,
            local_identity=twin.local_identity,
            remote_key=twin.remote_key or twin.pair_with,
            creating=int(rows.is_creating(twin)),
            asked=len(twin.shadow.questions),
            body=rows.pack(twin),
            created_at=rows.seconds(twin.created_at),
        )
        if not written:
            raise UnknownThing(
                f"{twin.local_key} is under sync through this connection already.",
                remedy="Unsync it first, or sync it through another connection.",
                item=twin.local_key,
            )
