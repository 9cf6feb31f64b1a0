"""Tokens and the audit log on the command line."""

from __future__ import annotations

import getpass
import socket

from tests.cli.conftest import Home, run


def test_a_token_is_shown_once_listed_and_revoked(home: Home) -> None:
    ran = home.run("token", "create", "ci", "--role", "operator", "--days", "2")
    assert (ran.code, ran.out.startswith("accord_")) == (0, True), ran.err
    (line,) = home.done("token", "list")
    assert (line["name"], line["role"], line["connection"], line["state"]) == ("ci", "operator", None, "valid")
    assert ran.out.strip() not in home.run("token", "list").out
    assert home.done("token", "revoke", "ci")["state"] == "revoked"
    again = home.run("token", "revoke", "ci")
    assert (again.code, "revoked before" in again.err) == (1, True)
    wrong = home.run("token", "revoke", "cu")
    assert "Did you mean 'ci'?" in wrong.err


def test_a_token_has_a_connection_that_is_there_and_a_name_of_its_own(home: Home) -> None:
    home.done("invite", "partner")
    assert home.done("token", "create", "ci", "--connection", "partner")["token"]["connection"] == "partner"
    assert "There is no connection 'partnr'" in home.run("token", "create", "b", "--connection", "partnr").err
    assert "There is a token 'ci' already" in home.run("token", "create", "ci").err
    assert home.run("token", "create", " ").code == 1
    assert home.run("token", "create", "x", "--days", "0").code == 2


def test_acts_of_the_command_line_are_in_the_log(home: Home) -> None:
    assert home.run("audit").out.strip() == "Nobody changed anything yet."
    home.done("invite", "partner")
    home.run("pause", "partner")
    home.done("token", "create", "ci", "--role", "viewer")
    home.done("status")
    lines = home.done("audit")
    assert {(line["who"], line["via"], line["origin"]) for line in lines} == {
        (getpass.getuser(), "cli", socket.gethostname())
    }
    assert [(line["what"], line["outcome"], line["connection"]) for line in reversed(lines)] == [
        ("invite", "begun", "partner"),
        ("invite", "done", "partner"),
        ("pause", "refused", "partner"),
        ("create_token", "done", None),
    ]
    assert len(home.done("audit", "--before", str(lines[0]["number"]), "--limit", "1")) == 1
    assert "accord_" not in home.run("audit").out


def test_the_help_has_examples() -> None:
    for words in (("token", "create"), ("token", "list"), ("token", "revoke"), ("audit",)):
        assert "Example: accord " + " ".join(words) in run(*words, "--help").out
