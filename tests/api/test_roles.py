"""Who may do what: one table, which holds for every route and is told in the docs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi.routing import APIRoute

from accord.api.app import SUBJECTS
from accord.api.roles import NODE_WIDE, ROLES
from accord.cli import app as command_line
from accord.ports import Role
from tests.api.conftest import Api

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
# What each command is called here. None: it starts or makes things on the machine where it is run.
COMMANDS: dict[str, tuple[str, ...] | None] = {
    "init": None,
    "up": None,
    "demo": None,
    "check": ("check",),
    "stubs": ("rules_stubs",),
    "invite": ("invite",),
    "accept": ("accept",),
    "sync": ("sync", "sync_all"),
    "connect": ("connect",),
    "unsync": ("unsync",),
    "preview": ("preview", "previews"),
    "publish": ("publish",),
    "status": ("status",),
    "queue": ("queue",),
    "errors": ("errors", "conflicts"),
    "history": ("history", "item"),
    "choose": ("choose",),
    "restore": ("restore", "losers"),
    "retry": ("retry",),
    "skip": ("skip",),
    "pause": ("pause",),
    "resume": ("resume",),
    "rejoin": ("rejoin",),
    "audit": ("audit",),
    "rules": ("rules",),
    "rules diff": ("rules_diff",),
    "rules show": ("rules_source",),
    "rules roll-back": ("roll_back",),
    "rules replay": ("rules_replay",),
    "jobs": ("jobs", "job"),
    "jobs pause": ("job_pause",),
    "jobs resume": ("job_resume",),
    "jobs cancel": ("job_cancel",),
    "token create": ("create_token",),
    "token list": ("tokens",),
    "token revoke": ("revoke_token",),
}


def routes() -> list[APIRoute]:
    return [route for subject in SUBJECTS for route in subject.router.routes if isinstance(route, APIRoute)]


def commands() -> set[str]:
    top = typer.main.get_command(command_line)
    found = set()
    for name, command in top.commands.items():  # type: ignore[attr-defined]
        below = getattr(command, "commands", {})
        found |= {f"{name} {sub}" for sub in below}
        if not below or command.invoke_without_command:
            found.add(name)
    return found


def test_every_route_is_in_the_table_and_nothing_else_is() -> None:
    assert {route.name for route in routes()} == ROLES.keys()
    assert len(routes()) == len(ROLES)
    assert ROLES.keys() >= NODE_WIDE


def test_every_command_has_its_operation() -> None:
    assert COMMANDS.keys() == commands()
    assert {name for names in COMMANDS.values() for name in names or ()} == ROLES.keys()


def test_whoever_looks_only_is_a_viewer_and_nothing_that_viewers_may_do_writes() -> None:
    for route in routes():
        assert (route.methods == {"GET"}) == (ROLES[route.name] is Role.VIEWER or route.name in ("tokens", "audit"))


@pytest.mark.parametrize("role", list(Role))
async def test_a_role_may_do_what_the_table_says(api: Api, role: Role) -> None:
    caller = await api.caller(role.value)
    for method, path, operation in operations(api):
        answer = await caller.ask(method, path, json={} if method == "POST" else None)
        allowed = role.includes(ROLES[operation])
        assert (answer.status_code != 403) == allowed, (operation, answer.text)
        assert answer.status_code < 500, (operation, answer.text)


async def test_a_token_of_one_connection_is_not_for_the_node(api: Api) -> None:
    caller = await api.caller("admin", "blue-other")
    for method, path, operation in operations(api):
        if operation in NODE_WIDE:
            problem = await caller.problem(403, method, path, json={} if method == "POST" else None)
            assert "one connection only" in problem["detail"]


async def test_without_a_token_nothing_is_let_in(api: Api) -> None:
    nobody = await api.caller(None)
    for method, path, operation in operations(api):
        answer = await nobody.ask(method, path, content=b"{" if method == "POST" else None)
        assert answer.status_code == 401, operation


def operations(api: Api) -> list[tuple[str, str, str]]:
    """Method, path and name of each, from the description that the app gives of itself."""
    paths: dict[str, dict[str, Any]] = api.app.openapi()["paths"]
    found = [
        (method.upper(), re.sub(r"\{\w+\}", "7", path.removeprefix("/api/v1")), told["operationId"])
        for path, methods in paths.items()
        for method, told in methods.items()
    ]
    assert {name for _, _, name in found} == ROLES.keys()
    return found


def test_the_docs_have_the_same_table() -> None:
    told: dict[str, str] = {}
    for role, names in re.findall(r"^\| (viewer|operator|editor|admin) \|[^|]*\| (.*) \|$", DOCS.read_text(), re.M):
        told |= dict.fromkeys(re.findall(r"`(\w+)`", names), role)
    assert told == {name: role.value for name, role in ROLES.items()}
