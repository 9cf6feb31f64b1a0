"""What goes wrong is told as a problem: what happened, who must act, what to do next. Bad input is never a 5xx."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from accord.api.problems import told
from accord.config.problems import ConfigurationProblems
from accord.errors import (
    AccordError,
    ConfigurationInvalid,
    Forbidden,
    GuardStopped,
    ItemGone,
    NeedsOperator,
    PeerRefused,
    RuleFailed,
    Throttled,
    Unauthorized,
    UnknownThing,
    Unreachable,
    WriteRefused,
)
from tests.api.conftest import Api, Caller
from tests.pair import Pair


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Unreachable(), 503),
        (Throttled(), 503),
        (UnknownThing(), 404),
        (ItemGone(), 404),
        (ConfigurationInvalid(), 422),
        (RuleFailed(), 422),
        (WriteRefused(), 422),
        (NeedsOperator(), 409),
        (GuardStopped(), 409),
        (Unauthorized(), 409),
        (Forbidden(), 409),
        (PeerRefused(status=403), 409),
    ],
)
def test_each_kind_of_error_has_its_status(error: AccordError, status: int) -> None:
    answer = told(error)
    problem = json.loads(bytes(answer.body))
    assert (answer.status_code, problem["type"]) == (status, f"urn:accord:error:{type(error).__name__}")
    assert (answer.headers.get("retry-after") is not None) == (status == 503)


def test_an_error_is_told_whole() -> None:
    where: dict[str, Any] = {"item": "PAY-1", "step": "outgoing", "file": "a.py", "line": 3, "column": 7}
    problem = json.loads(bytes(told(RuleFailed("No.", remedy="Mend it.", field="status", value="x", **where)).body))
    assert problem | where == problem
    assert (problem["detail"], problem["remedy"], problem["who"]) == ("No.", "Mend it.", "rule author")
    assert (problem["title"], problem["field"], problem["value"]) == ("A rule failed.", "status", "x")


def test_several_problems_are_told_each() -> None:
    both = ConfigurationProblems([ConfigurationInvalid("One."), ConfigurationInvalid("Two.", line=2)])
    problem = json.loads(bytes(told(both).body))
    assert [one["message"] for one in problem["problems"]] == ["One.", "Two."]


async def test_a_tracker_that_is_away_says_when_to_come_again(api: Api, viewer: Caller, synced: Pair) -> None:
    async def throttled(*_: Any) -> None:
        raise Throttled("Slow down.", retry_after=17.2)

    synced.blue.tracker.read = throttled  # type: ignore[assignment,method-assign]
    answer = await viewer.ask("GET", "/preview", params={"key": "NEW-1"})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "18")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"connection": 7}', b'{"connection": ""}',
     b'{"connection": "a\\u0000b"}', b'{"connection": "\\ud800"}', b'{"connection": "x", "more": 1}', b"[" * 100_000],
)  # fmt: skip
async def test_bad_bodies_are_the_callers_to_mend(operator: Caller, body: bytes) -> None:
    answer = await operator.ask("POST", "/pause", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_was_given_is_not_said_back(admin: Caller) -> None:
    problem = await admin.problem(422, "POST", "/invitations/accept", json={"code": "accord1.SECRET", "nonsense": "x"})
    assert "SECRET" not in json.dumps(problem)
    assert {one["field"] for one in problem["problems"]} == {"connection", "nonsense"}


@pytest.mark.parametrize("length", [True, False])
async def test_a_body_has_its_limit(operator: Caller, length: bool) -> None:
    async def chunks() -> Any:
        for _ in range(300):
            yield b'"' + b"x" * 1024

    content: Any = b"x" * 300_000 if length else chunks()
    answer = await operator.ask("POST", "/pause", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_other_addresses_and_methods_are_problems_too(viewer: Caller) -> None:
    await viewer.problem(404, "GET", "/nowhere")
    await viewer.problem(405, "PUT", "/status")


async def test_a_bug_tells_nothing_of_what_it_met(
    viewer: Caller, synced: Pair, capsys: pytest.CaptureFixture[str]
) -> None:
    async def broken(*_: Any) -> None:
        raise ValueError("password=hunter2")

    synced.blue.tracker.read = broken  # type: ignore[assignment,method-assign]
    problem = await viewer.problem(500, "GET", "/preview", params={"key": "NEW-1"})
    assert "hunter2" not in json.dumps(problem)
    assert "hunter2" not in capsys.readouterr().out


async def test_answers_are_kept_nowhere(viewer: Caller) -> None:
    answer = await viewer.ask("GET", "/status")
    assert (answer.headers["cache-control"], answer.headers["x-content-type-options"]) == ("no-store", "nosniff")


async def test_the_docs_need_no_other_host(api: Api, tmp_path: Path) -> None:
    page = await api.client.get("/api/docs")
    assert page.status_code == 200
    assert "Show what would be sent and written of one item" in page.text
    assert "http://" not in page.text.replace("http://accord", "")
    assert "<script" not in page.text
    described = (await api.client.get("/api/openapi.json")).json()
    for path, methods in described["paths"].items():
        assert path.startswith("/api/v1/")
        for operation in methods.values():
            assert operation["summary"]
            assert operation["security"] == [{"HTTPBearer": []}]
            assert set(operation["responses"]) >= {"200", "401", "403", "422", "503"}
