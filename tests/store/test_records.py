"""What a node remembers besides its twins."""

from __future__ import annotations

from datetime import timedelta

from accord.ports import HistoryEntry, Hold, Transaction
from accord.store import SqlStore
from tests.store.examples import CAUSE, NOW, later

BY_HAND = Hold("connection", "blue", None, 0, CAUSE)


def told(number: int, twin_id: str = "t-1", step: str = "incoming", connection_id: str = "c-blue") -> HistoryEntry:
    details = {"fields": ["summary"], "number": number, "text": "\u0000"}
    return HistoryEntry(later(number), connection_id, twin_id, step, f"Step {number} \u0000", details)


async def test_holds_are_put_changed_and_lifted(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        tx.put_hold(Hold("tracker", "jira", later(5), 1, CAUSE))
        tx.put_hold(BY_HAND)
        tx.put_hold(Hold("tracker", "jira", later(10), 2, CAUSE))

    await store.run(work)
    assert await store.read(lambda tx: tx.holds()) == [BY_HAND, Hold("tracker", "jira", later(10), 2, CAUSE)]
    await store.run(lambda tx: tx.lift_hold("tracker", "jira"))
    await store.run(lambda tx: tx.lift_hold("peer", "nobody"))
    assert await store.read(lambda tx: tx.holds()) == [BY_HAND]


async def test_cursors_and_facts_are_replaced(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        for value in ("1", "2"):
            tx.put_cursor("jira", value)
            tx.put_fact("epoch", value)

    await store.run(work)
    assert await store.read(lambda tx: (tx.cursor("jira"), tx.fact("epoch"))) == ("2", "2")
    assert await store.read(lambda tx: (tx.cursor("other"), tx.fact("other"))) == (None, None)


async def test_a_nonce_serves_once_until_it_is_forgotten(store: SqlStore) -> None:
    async def use(nonce: str, at: float, key: str = "k") -> bool:
        return await store.run(lambda tx: tx.use_nonce(key, nonce, NOW + timedelta(seconds=at), 300))

    assert await use("n", 0) is True
    assert await use("n", 0) is False
    assert await use("n", 300) is False
    assert await use("n", 300, key="other") is True
    assert await use("n", 301) is True


async def test_digests_and_offers_of_blobs(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        for sha256, size in (("aa", 1), ("bb", 5_000_000_000)):
            tx.put_digest("jira", "ITEM-1", "7", sha256, size)
        for key in ("ITEM-1", "ITEM-2"):
            tx.offer_blob("c-blue", "aa", key, "7")

    await store.run(work)
    assert await store.read(lambda tx: tx.digest("jira", "ITEM-1", "7")) == ("bb", 5_000_000_000)
    assert await store.read(lambda tx: tx.digest("jira", "ITEM-1", "8")) is None
    assert await store.read(lambda tx: tx.offered_blob("c-blue", "aa")) == ("ITEM-2", "7")
    assert await store.read(lambda tx: tx.offered_blob("c-red", "aa")) is None


async def test_history_is_told_newest_first(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        for entry in (told(1), told(2, "t-2"), told(3), told(3, step="acknowledge")):
            tx.record(entry)

    await store.run(work)
    assert await store.read(lambda tx: tx.history("t-1")) == [told(3, step="acknowledge"), told(3), told(1)]
    assert await store.read(lambda tx: tx.history(limit=3)) == [told(3, step="acknowledge"), told(3), told(2, "t-2")]
    assert await store.read(lambda tx: tx.history("t-none")) == []


async def test_history_is_counted_and_pruned(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        for number in range(1, 6):
            tx.record(told(number))
        tx.record(told(5, step="acknowledge"))
        tx.record(told(5, connection_id="c-red"))

    await store.run(work)
    assert await store.read(lambda tx: tx.count_history("c-blue", "incoming", later(2))) == 4
    assert await store.run(lambda tx: tx.prune_history(later(3))) == 2
    assert await store.read(lambda tx: tx.count_history("c-blue", "incoming", NOW)) == 3


async def test_counters_add_up_also_within_a_transaction(store: SqlStore) -> None:
    def work(tx: Transaction) -> dict[str, int]:
        tx.count("sent")
        tx.count("sent", 4)
        tx.count("lost", -1)
        return tx.counters()

    assert await store.run(work) == {"lost": -1, "sent": 5}
    assert await store.run(work) == {"lost": -2, "sent": 10}
    assert await store.read(lambda tx: tx.counters()) == {"lost": -2, "sent": 10}


async def test_the_last_time_of_a_step_is_by_connection(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        for entry in (told(1), told(5), told(7, step="settle"), told(9, connection_id="c-red")):
            tx.record(entry)

    await store.run(work)
    assert await store.read(lambda tx: tx.last_recorded("c-blue", "incoming")) == later(5)
    assert await store.read(lambda tx: tx.last_recorded("c-blue", "conflict")) is None


async def test_history_of_a_connection_is_not_hidden_behind_that_of_others(store: SqlStore) -> None:
    def work(tx: Transaction) -> None:
        tx.record(told(1))
        for second in range(2, 6):
            tx.record(told(second, connection_id="c-red"))

    await store.run(work)
    found = await store.read(lambda tx: tx.history_of_connection("c-blue", limit=2))
    assert [entry.at for entry in found] == [later(1)]
