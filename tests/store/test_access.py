"""Tokens of the API, and a log that can only grow."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import psycopg
import pytest

from accord.ports import Act, Outcome, Role, Token
from accord.store import SqlStore, open_store
from tests.store.examples import NOW, later

TOKEN = Token("a1", "ci", Role.OPERATOR, None, "00ff", NOW, "anna", later(60))
ACT = Act("x1", NOW, "ci", "api", "127.0.0.1", "pause", Outcome.DONE, "partner", None, {"because": "by hand"})


async def test_a_token_is_found_again_and_revoked_once(store: SqlStore) -> None:
    assert await store.run(lambda tx: tx.add_token(TOKEN))
    assert await store.read(lambda tx: tx.token("a1")) == TOKEN
    assert await store.run(lambda tx: tx.revoke_token("a1", later(1)))
    assert not await store.run(lambda tx: tx.revoke_token("a1", later(2)))
    assert await store.read(lambda tx: tx.tokens()) == [replace(TOKEN, revoked_at=later(1))]
    assert await store.read(lambda tx: tx.token("a2")) is None


async def test_the_name_of_a_token_is_never_another_ones(store: SqlStore) -> None:
    await store.run(lambda tx: tx.add_token(TOKEN))
    await store.run(lambda tx: tx.revoke_token("a1", later(1)))
    assert not await store.run(lambda tx: tx.add_token(replace(TOKEN, id="a2")))
    assert [token.id for token in await store.read(lambda tx: tx.tokens())] == ["a1"]


async def test_acts_come_back_the_newest_first_page_by_page(store: SqlStore) -> None:
    for number in range(3):
        await store.run(lambda tx, n=number: tx.add_act(replace(ACT, act=f"x{n}", error={"n": n})))  # type: ignore[misc]
    first = await store.read(lambda tx: tx.acts(limit=2))
    assert [act.act for _, act in first] == ["x2", "x1"]
    ((_, last),) = await store.read(lambda tx: tx.acts(before=first[-1][0]))
    assert last == replace(ACT, act="x0", error={"n": 0})


@pytest.mark.parametrize("change", ["update acts set who = 'nobody'", "delete from acts"])
async def test_not_even_by_hand_is_the_log_changed(shared_url: str, change: str) -> None:
    store = open_store(shared_url)
    await store.run(lambda tx: tx.add_act(ACT))
    await store.close()
    if shared_url.startswith("sqlite"):
        with sqlite3.connect(shared_url.removeprefix("sqlite:///")) as one, pytest.raises(sqlite3.IntegrityError) as no:
            one.execute(change)
        assert "append-only" in str(no.value)
    else:
        with psycopg.connect(shared_url) as other, pytest.raises(psycopg.Error, match="append-only"):
            other.execute(change)
