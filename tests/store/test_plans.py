"""No query of the queue's daily work reads a whole table: that is what keeps it flat among a million twins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from accord.store.postgresql import PostgresDatabase
from accord.store.sqlite import MEMORY, SqliteDatabase
from accord.store.statements import load
from accord.testing.postgres import PostgresServer

HOT = (
    "answer",
    "any_creating",
    "append_entry",
    "back_off",
    "block",
    "claimable",
    "connections_due",
    "count_history",
    "forget_nonces",
    "head",
    "history_of_twin",
    "idle_if_empty",
    "lane",
    "lanes_of_twins",
    "ended_twin",
    "forget_waits",
    "twins_waiting_for",
    "ended_twin_of_identity",
    "live_twin",
    "live_twin_of_identity",
    "live_twin_of_remote",
    "lock_lane",
    "lock_lease",
    "make_due",
    "next_due_free",
    "prepend_composed",
    "raise_sequence",
    "release_lease",
    "settle_lane",
    "take_leases",
    "take_sequence",
    "touch_queued",
    "twin_by_id",
    "update_entry",
    "wake_for_event",
)
# What stands for each parameter that is not text.
NUMBERS = ("now", "until", "due", "before", "since", "epoch", "sequence", "id", "most", "at", "creating")


def parameters(sql: str, names: list[str]) -> dict[str, object]:
    given: dict[str, object] = {name: 1 if name in NUMBERS else "[]" for name in names}
    if "from twins where id =" in sql:
        given["id"] = "t"
    return given


@pytest.fixture(scope="module")
def sqlite() -> Iterator[SqliteDatabase]:
    opened = SqliteDatabase(MEMORY)
    yield opened
    opened.close()


@pytest.mark.parametrize("name", HOT)
def test_sqlite_goes_along_an_index(sqlite: SqliteDatabase, name: str) -> None:
    sql = getattr(load("sqlite", "sqlite3"), name).sql
    given = parameters(sql, re.findall(r"[^:]:(\w+)", sql))
    plan = [row[3] for row in sqlite._connection.execute(f"explain query plan {sql}", given)]
    assert plan
    assert [step for step in plan if re.match(r"SCAN (?!c\b|json_each)", step)] == []


@pytest.fixture(scope="module")
def postgresql(postgres: PostgresServer, migrated: str) -> Iterator[psycopg.Connection]:
    url = postgres.database(migrated)
    opened = PostgresDatabase(url)
    yield opened._connection
    opened.close()
    postgres.drop(url)


@pytest.mark.parametrize("name", HOT)
def test_postgresql_goes_along_an_index_without_statistics(postgresql: psycopg.Connection, name: str) -> None:
    sql = getattr(load("postgresql", "psycopg"), name).sql
    given = parameters(sql, re.findall(r"%\((\w+)\)s", sql))
    row = postgresql.execute(f"explain (format json) {sql}".encode(), given).fetchone()
    assert row
    scans = [node for node in nodes(row[0][0]["Plan"]) if node.get("Relation Name", "connections") != "connections"]
    assert scans
    assert [node for node in scans if "Scan" in node["Node Type"] and "Index Cond" not in node] == []


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)
