"""Tokens: who is let in, to what, and until when."""

from __future__ import annotations

import sqlite3
from datetime import timedelta

import pytest

from accord.config import load
from accord.node.assembly import assembled
from accord.operations.tokens import create_token, revoke_token
from accord.ports import Role
from tests.api.conftest import Api, Caller
from tests.cli.conftest import Home, home
from tests.operations.conftest import second_connection
from tests.pair import Pair

__all__ = ["home"]


@pytest.mark.parametrize(
    "shown", ["", "Basic YTpi", "Bearer", "Bearer x", "Bearer accord_0123456789abcdef_" + "x" * 43, "Bearer é"]
)
async def test_what_is_no_token_of_ours_is_a_stranger(api: Api, shown: str) -> None:
    nobody = await api.caller(None)
    answer = await nobody.ask("GET", "/status", headers={"Authorization": shown.encode()})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="accord"')
    assert set(await api.ports.store.read(lambda tx: tx.counters())) <= {
        "api.refused.no_token",
        "api.refused.unknown_token",
    }


async def test_a_secret_of_another_token_does_not_fit(api: Api) -> None:
    one, other = await api.caller("viewer", name="one"), await api.caller("viewer", name="other")
    mixed = Caller(api.client, f"{one.secret[:24]}{other.secret[24:]}")  # type: ignore[index]
    assert (await mixed.problem(401, "GET", "/status"))["detail"] == "No such token is known here."


async def test_a_token_expires_and_can_be_revoked(api: Api, two: Pair) -> None:
    short = await create_token(api.ports, "short", Role.VIEWER, who="anna", days=1)
    lasting = await create_token(api.ports, "lasting", Role.VIEWER, who="anna", days=30)
    two.clock.time += timedelta(days=1)
    problem = await Caller(api.client, short.secret).problem(401, "GET", "/status")
    assert problem["detail"] == "Token short is expired."
    await Caller(api.client, lasting.secret).get("/status")
    await revoke_token(api.ports, "lasting")
    problem = await Caller(api.client, lasting.secret).problem(401, "GET", "/status")
    assert problem["detail"] == "Token lasting is revoked."


async def test_no_file_of_the_node_holds_the_secret(home: Home) -> None:
    async with assembled(load(home.config)) as node:
        made = await create_token(node.ports, "ci", Role.ADMIN, who="anna")
        await revoke_token(node.ports, "ci")
    secret = made.secret.rpartition("_")[2].encode()
    files = [path for path in home.path.rglob("*") if path.is_file()]
    assert any(path.name == "accord.db" for path in files)
    assert not any(secret in path.read_bytes() for path in files)
    with sqlite3.connect(home.path / ".accord" / "accord.db") as connection:
        assert len(connection.execute("select digest from tokens").fetchone()[0]) == 64


async def test_a_token_of_one_connection_sees_nothing_of_another(api: Api, synced: Pair) -> None:
    await second_connection(synced.blue)
    third = await api.caller("operator", "third")
    for method, path, about in (
        ("GET", "/preview", {"params": {"key": "BLUE-1", "connection": "blue-other"}}),
        ("GET", "/history", {"params": {"connection": "blue-other"}}),
        ("GET", "/status", {"params": {"connection": "nobody"}}),
        ("POST", "/pause", {"json": {"connection": "blue-other"}}),
        ("POST", "/sync", {"json": {"keys": ["BLUE-1"], "connection": "blue-other"}}),
    ):
        problem = await third.problem(403, method, path, **about)
        assert problem["detail"] == "This token is for connection third only."
    status = await third.get("/status")
    assert [connection["name"] for connection in status["connections"]] == ["third"]
    assert await third.get("/history") == []
    assert await third.get("/queue") == []
    await third.problem(404, "GET", "/item", params={"key": "BLUE-1"})
    await third.problem(404, "POST", "/unsync", json={"key": "BLUE-1"})

    own = await api.caller("operator", "blue-other")
    (pair,) = await own.get("/item", key="BLUE-1")
    assert (pair["connection"], pair["remote_key"], pair["status"]) == ("blue-other", "RED-1", "settled")
    twin = pair["twin_id"]
    await third.problem(404, "GET", "/item", params={"key": twin})
    await third.problem(404, "POST", "/retry", json={"key": twin})


async def test_a_job_of_another_connection_is_not_there(api: Api, synced: Pair) -> None:
    await second_connection(synced.blue)
    own, third = await api.caller("operator", "blue-other"), await api.caller("operator", "third")
    job = await own.post("/sync-all")
    assert [one["id"] for one in await own.get("/jobs")] == [job["id"]]
    assert await third.get("/jobs") == []
    await third.problem(404, "GET", f"/jobs/{job['id']}")
    await third.problem(404, "POST", f"/jobs/{job['id']}/cancel")
    assert (await own.post(f"/jobs/{job['id']}/pause"))["state"] == "paused"
