"""Versions of rules, and what the other side last told."""

from __future__ import annotations

from dataclasses import replace

from accord.model import Replica
from accord.ports import Received, RulesSource, RulesVersion, Transaction
from accord.store import SqlStore
from tests.store.examples import NOW, connection, later

TABLE = '[map]\nsummary = "both"\n'


def version(number: int, table: str = TABLE, connection_id: str = "c-blue") -> RulesVersion:
    source = RulesSource(table, "def outgoing(item, replica):\n    pass\n", "partner.py")
    return RulesVersion(connection_id, number, later(number), "anna", f"Reason {number}", source, "+ a line")


async def test_versions_are_numbered_without_gaps_and_listed_newest_first(store: SqlStore) -> None:
    def work(tx: Transaction) -> list[bool]:
        return [tx.publish_rules(version(number)) for number in (1, 1, 3, 2)]

    assert await store.run(work) == [True, False, False, True]
    assert await store.read(lambda tx: tx.rules_versions("c-blue")) == [version(2), version(1)]
    assert await store.read(lambda tx: tx.rules_version("c-blue", 1)) == version(1)
    assert await store.read(lambda tx: tx.rules_version("c-blue", 7)) is None
    assert await store.read(lambda tx: tx.rules_versions("c-red")) == []


async def test_a_connection_tells_which_version_is_in_force(store: SqlStore) -> None:
    await store.run(lambda tx: tx.put_connection(connection()))
    assert await store.read(lambda tx: tx.connection("c-blue")) == connection()
    await store.run(lambda tx: tx.publish_rules(version(1)))
    seen = await store.read(lambda tx: tx.connection("c-blue"))
    assert seen == connection(rules_version=1)
    await store.run(lambda tx: tx.publish_rules(version(2)))
    # Whoever has read the connection before, and writes it, does not put old rules in force again.
    await store.run(lambda tx: tx.put_connection(connection(paused_because="a look", rules_version=1)))
    assert [c.rules_version for c in await store.read(lambda tx: tx.connections())] == [2]


async def test_the_last_replica_is_kept_with_what_was_never_set_absent(store: SqlStore) -> None:
    received = Received("t-1", Replica(key="RED-1", summary=None, labels=("a",)), 3, 1, NOW)
    await store.run(lambda tx: tx.put_received(received))
    await store.run(lambda tx: tx.put_received(replace(received, version=4)))
    seen = await store.read(lambda tx: tx.received("t-1"))
    assert seen == replace(received, version=4)
    assert seen is not None
    assert seen.replica.model_fields_set == {"key", "summary", "labels"}
    await store.run(lambda tx: tx.mark_received("t-1", 2))
    assert await store.read(lambda tx: (tx.received_under("t-1"), tx.received_under("t-2"))) == (2, None)
    assert await store.read(lambda tx: tx.received("t-2")) is None
