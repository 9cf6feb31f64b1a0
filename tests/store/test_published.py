"""Versions of rules, and what the other side last told."""

from __future__ import annotations

from dataclasses import replace

from accord.model import Item, Replica
from accord.ports import Direction, Received, RulesSource, RulesVersion, Sample, Transaction
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


def sample(number: int, connection_id: str = "c-blue") -> Sample:
    item, replica = Item(key="BLUE-1", summary=f"State {number}"), Replica(key="RED-1", status=None)
    return Sample(later(number), connection_id, "t-1", Direction.IN, 1, number == 1, item, replica)


async def test_what_rules_were_run_on_is_kept_as_long_and_as_often_as_wanted(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        for number in range(1, 7):
            tx.put_sample(sample(number))
        tx.put_sample(sample(9, "c-red"))

    await store.run(work)
    assert await store.read(lambda tx: tx.samples("c-blue", 2)) == [sample(6), sample(5)]
    assert await store.run(lambda tx: tx.prune_samples("c-blue", later(2), 100)) == 1
    assert await store.run(lambda tx: tx.prune_samples("c-blue", later(2), 3)) == 2
    assert await store.read(lambda tx: tx.samples("c-blue", 100)) == [sample(6), sample(5), sample(4)]
    out = replace(sample(1, "c-red"), direction=Direction.OUT, replica=None)
    await store.run(lambda tx: tx.put_sample(out))
    assert await store.read(lambda tx: tx.samples("c-red", 100)) == [out, sample(9, "c-red")]
