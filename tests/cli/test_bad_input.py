"""Every command on what it can't use: what is wrong, what to do next, no traceback, exit code 1 (2 for wrong usage)."""

from __future__ import annotations

import pytest
from typer.main import get_command

from accord.cli import app
from accord.errors import AccordError
from tests.cli.conftest import Home, run

UNKNOWN = {
    "invite nobody": "There is no [connections.nobody]",
    "accept rubbish partner": "This is not an invitation code.",
    "accept accord1.AAAA partner": "incomplete or has a typing error",
    "connect ITEM-1 OPS-1": "There is no connection in force.",
    "unsync ITEM-9": "ITEM-9 is not under sync.",
    "preview ITEM-1": "There is no connection in force.",
    "queue partnr": "There is no connection 'partnr'.",
    "errors partnr": "There is no connection 'partnr'.",
    "retry ITEM-9": "ITEM-9 is not under sync.",
    "skip ITEM-9": "Nothing waits for ITEM-9.",
    "pause partnr": "There is no connection 'partnr'.",
    "resume partnr": "There is no connection 'partnr'.",
    "history ITEM-9": "ITEM-9 is not under sync.",
}
MISUSED = ["", "sync", "connect ITEM-1", "unsync", "preview", "invite", "accept code", "skip", "pause", "resume"]
MISUSED += ["queue --limit 0", "sync ITEM-1 --timeout -1", "skip ITEM-1 --direction up", "status extra", "stauts"]


@pytest.mark.parametrize("line", UNKNOWN)
def test_what_is_not_there_is_told_with_what_to_do(home: Home, line: str) -> None:
    ran = home.run(*line.split())
    assert ran.code == 1
    assert ran.err.startswith("error: ")
    assert UNKNOWN[line] in ran.err
    assert len(ran.err.strip().splitlines()) == 2, "what is wrong, and what to do"
    assert home.run(*line.split(), "--json").json["problems"][0]["message"]


@pytest.mark.parametrize("line", MISUSED)
def test_wrong_usage_is_exit_code_2(line: str) -> None:
    assert run(*line.split()).code == 2


def test_what_can_not_be_synced_does_not_keep_the_rest_back(home: Home) -> None:
    ran = home.run("sync", "ITEM-1", "ITEM-2")
    assert ran.code == 1
    assert ran.err.count("There is no connection in force.") == 2


def test_an_invitation_to_a_connection_in_use_and_then_nothing_to_look_at(home: Home) -> None:
    code = home.done("invite", "partner")["code"]
    assert code.startswith("accord1.")
    ran = home.run("accept", code, "partner")
    assert (ran.code, "This is this node's own invitation." in ran.err) == (1, True)
    assert home.done("status")["connections"][0]["state"] == "pending"
    assert "partner is still pending" in home.run("sync", "ITEM-1").err
    assert "partner is pending" in home.run("resume", "partner").err


def test_a_peer_that_does_not_answer(home: Home, tmp_path_factory: pytest.TempPathFactory) -> None:
    from tests.cli.conftest import make_home

    other = make_home(tmp_path_factory.mktemp("other"), "red")
    ran = home.run("accept", other.done("invite", "partner")["code"], "partner")
    assert (ran.code, ran.err.startswith("error: ")) == (1, True)


def test_an_empty_node_has_nothing_to_show(home: Home) -> None:
    assert "not running" in home.run("status").out
    assert home.done("queue") == home.done("errors") == home.done("history") == []
    assert home.run("queue").out == "Nothing waits.\n"
    assert home.run("errors").out == "No errors.\n"
    assert home.done("retry")["lanes"] == 0


def test_a_bug_of_ours_is_no_traceback_and_keeps_its_text_to_itself(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("the password is hunter2")

    monkeypatch.setattr("accord.operations.status.status", broken)
    ran = home.run("status")
    assert ran.code == 1
    assert "Accord met a bug of its own: ValueError." in ran.err
    assert "hunter2" not in ran.err + ran.out
    assert "Traceback" not in ran.err


def test_text_of_others_does_not_move_the_cursor(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def evil(*_: object) -> None:
        raise AccordError("\x1b[2Jcleared [bold]and[/bold]", remedy="no\nline")

    monkeypatch.setattr("accord.operations.status.status", evil)
    assert home.run("status").err == "error:  [2Jcleared [bold]and[/bold]\n       no line\n"


def test_every_command_shows_an_example() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    for name in commands:
        assert f"Example: accord {name}" in run(name, "--help").out
    story = "init check stubs up demo invite accept sync connect unsync preview status queue errors history"
    assert set(commands) == {
        *story.split(),
        "publish",
        "rules",
        "jobs",
        "retry",
        "skip",
        "pause",
        "resume",
        "rejoin",
        "choose",
        "restore",
        "token",
        "audit",
    }
    for group in ("rules", "jobs"):
        for name in commands[group].commands:
            assert f"Example: accord {group} {name}" in run(group, name, "--help").out
