"""What is changed through the API is done, and is in the audit log."""

from __future__ import annotations

from typing import Any

import pytest

from accord.errors import Unreachable
from accord.operations.audit import Actor, audited
from accord.ports import Transaction
from tests.api.conftest import Api, Caller
from tests.pair import Pair


async def acts(admin: Caller) -> list[tuple[str, str, str, str | None, str | None]]:
    """Who did what with which outcome, to what; the oldest first."""
    lines = await admin.get("/audit")
    return [(a["who"], a["what"], a["outcome"], a["connection"], a["item"]) for a in reversed(lines)]


WHO = "operator of all"


async def test_items_come_under_sync_and_leave_it(operator: Caller, admin: Caller, two: Pair) -> None:
    two.blue.tracker.person_creates(summary="Login fails", status="open")
    good, bad = await operator.post("/sync", keys=["BLUE-1", "BLUE-7"])
    assert (good["key"], good["connection"], good["new"], good["status"]) == (
        "BLUE-1", "blue-other", True, "registered",
    )  # fmt: skip
    assert (bad["status"], bad["error"]["error"]) == ("failed", "UnknownThing")
    await two.settle()
    ended = await operator.post("/unsync", key="BLUE-1")
    assert (ended["remote_key"], ended["telling"]) == ("RED-1", True)
    assert await acts(admin) == [
        (WHO, "sync", "done", "blue-other", "BLUE-1"),
        (WHO, "sync", "refused", None, "BLUE-7"),
        (WHO, "unsync", "done", "blue-other", "BLUE-1"),
    ]


async def test_a_line_tells_from_where_and_with_what(operator: Caller, admin: Caller, two: Pair) -> None:
    await operator.post("/pause", connection="blue-other", because="migration")
    (line,) = await admin.get("/audit")
    assert (line["via"], line["origin"], line["details"]) == ("api", "192.0.2.7", {"because": "migration"})
    assert line["at"] == "2026-01-01T00:00:00Z"


async def test_a_connection_is_paused_and_resumed(operator: Caller, viewer: Caller, two: Pair) -> None:
    paused = await operator.post("/pause", connection="blue-other", because="migration")
    assert paused == {"connection": "blue-other", "state": "paused", "paused_because": "migration"}
    assert (await viewer.get("/status"))["well"] is False
    assert (await operator.post("/resume", connection="blue-other", accept=True))["allowed_until"]
    assert (await viewer.get("/status"))["well"] is True


async def test_two_items_are_connected(operator: Caller, two: Pair) -> None:
    two.blue.tracker.person_creates(summary="Ours")
    two.red.tracker.person_creates(summary="Theirs")
    made = await operator.post("/connect", key="BLUE-1", remote_key="RED-1")
    assert (made["connection"], made["approved"]) == ("blue-other", False)


async def test_what_is_blocked_is_told_retried_and_skipped(
    operator: Caller, viewer: Caller, admin: Caller, synced: Pair
) -> None:
    synced.blue.tracker.person_edits("BLUE-1", priority="urgent")
    synced.blue.wire.trouble = lambda message: (Unreachable("The other side is away."), False)
    await synced.blue.look()
    await operator.post("/sync", keys=["BLUE-1"])
    (line,) = await viewer.get("/queue")
    assert (line["key"], line["direction"]) == ("BLUE-1", "out")
    assert (await operator.post("/retry", key="BLUE-1"))["keys"] == ["BLUE-1"]
    skipped = await operator.post("/skip", key="BLUE-1")
    assert skipped["direction"] == "out"
    assert await viewer.get("/queue") == []
    assert [act[1:3] for act in await acts(admin)] == [
        ("sync", "done"),
        ("retry", "done"),
        ("skip", "begun"),
        ("skip", "done"),
    ]


async def test_a_value_that_lost_is_brought_back(operator: Caller, viewer: Caller, admin: Caller, synced: Pair) -> None:
    synced.blue.tracker.person_edits("BLUE-1", summary="Ours")
    synced.red.tracker.person_edits("RED-1", summary="Theirs")
    await synced.settle(seconds=600)
    (loser,) = await viewer.get("/losers", key="BLUE-1")
    seen = await operator.post("/restore", key="BLUE-1", field="summary", preview=True)
    assert (seen["outcome"], seen["restored"]["after"]) == ("preview", loser["lost"])
    assert await acts(admin) == []
    done = await operator.post("/restore", key="BLUE-1", field="summary")
    assert done["outcome"] == "late"
    await synced.settle(seconds=600)
    assert synced.red.only.summary == loser["lost"]
    assert [act[1:] for act in await acts(admin)] == [
        ("restore", "begun", "blue-other", "BLUE-1"),
        ("restore", "done", "blue-other", "BLUE-1"),
    ]


async def test_tokens_are_made_listed_and_revoked(admin: Caller, api: Api, two: Pair) -> None:
    made = await admin.post("/tokens", name="nightly", role="operator", connection="blue-other", days=3)
    assert made["token"]["expires_at"] == "2026-01-04T00:00:00Z"
    nightly = Caller(api.client, made["secret"])
    await nightly.post("/pause", connection="blue-other")
    assert made["secret"] not in (await admin.ask("GET", "/tokens")).text
    assert (await admin.problem(409, "POST", "/tokens", json={"name": "nightly"}))["field"] == "name"
    gone = await admin.ask("DELETE", "/tokens/nightly")
    assert gone.json()["state"] == "revoked"
    await nightly.problem(401, "GET", "/status")
    assert [act[:3] for act in await acts(admin)] == [
        ("admin of all", "create_token", "done"),
        ("nightly", "pause", "done"),
        ("admin of all", "create_token", "refused"),
        ("admin of all", "revoke_token", "done"),
    ]
    assert made["secret"].rpartition("_")[2] not in (await admin.ask("GET", "/audit")).text


async def test_an_act_beyond_the_role_is_noted_and_a_look_is_not(viewer: Caller, admin: Caller, two: Pair) -> None:
    await viewer.problem(403, "POST", "/pause", json={"connection": "blue-other"})
    await viewer.problem(403, "POST", "/sync", json={"keys": ["BLUE-1"]})
    await viewer.get("/status")
    assert [act[:3] for act in await acts(admin)] == [
        ("viewer of all", "pause", "refused"),
        ("viewer of all", "sync", "refused"),
    ]


async def test_the_audit_comes_page_by_page(admin: Caller, operator: Caller, two: Pair) -> None:
    for because in "abc":
        await operator.post("/pause", connection="blue-other", because=because)
    first = await admin.get("/audit", limit=2)
    assert [line["details"]["because"] for line in first] == ["c", "b"]
    (last,) = await admin.get("/audit", before=first[-1]["number"])
    assert last["details"]["because"] == "a"


async def test_there_is_no_act_without_its_line_and_no_line_without_its_act(two: Pair) -> None:
    """A store that fails in the middle of the transaction takes both back."""
    ports = two.blue.ports

    def fails(tx: Transaction) -> None:
        tx.put_fact("a", "1")
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        async with audited(ports, Actor("anna", "cli", "here"), "pause") as acting:
            await acting.store.run(fails)

    def look(tx: Transaction) -> Any:
        return tx.fact("a"), [(act.what, act.outcome, act.error) for _, act in tx.acts()]

    assert await ports.store.read(look) == (None, [("pause", "failed", {"error": "RuntimeError"})])
