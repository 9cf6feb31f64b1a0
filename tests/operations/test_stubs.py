"""Stubs of what rules see, for editors."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from mypy import api
from typer.testing import CliRunner

from accord.cli import app
from accord.config import load
from accord.errors import NeedsOperator, UnknownThing
from accord.node.assembly import assembled
from accord.operations.stubs import StubsWritten, write_stubs

CONFIG = """\
[node]
name = "blue"

[trackers.files]
kind = "markdown"
folder = "items"
prefix = "ITEM"

[connections.partner-1]
tracker = "files"
script = "rules/partner.py"

[connections.second]
tracker = "files"
"""
SCHEMA = """\
statuses: [open, closed]
fields:
  severity: {kind: option, options: [minor, major]}
  story points: {kind: number}
"""
SCRIPT = """\
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from accord_partner_1 import Context, Item, Received, Replica, absent, comments_by, lookup

def outgoing(item: Item, replica: Replica) -> None:
    replica.summary = item.summary
    replica.description = absent
    replica.custom["points"] = item.fields.get("story points")
    replica.comments = comments_by(item.comments, "alice")

def incoming(replica: Received, item: Item, context: Context) -> None:
    item.status = lookup({"Done": "closed"}, replica.status, "open")
    item.assignee = context.person(replica.assignee)
    item.parent = context.twin(replica.parent)
    item.fields["severity"] = "minor"
    if context.previous and replica.status == "Done":
        context.unsync()
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "items").mkdir()
    (tmp_path / "items" / "tracker.yaml").write_text(SCHEMA)
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "partner.py").write_text(SCRIPT)
    (tmp_path / "accord.toml").write_text(CONFIG)
    return tmp_path


async def written(home: Path, connection: str | None = None, folder: Path | None = None) -> list[StubsWritten]:
    config = load(home / "accord.toml")
    async with assembled(config) as node:
        return await write_stubs(config, node.ports, connection, folder)


def checked(folder: Path, script: str) -> list[str]:
    """What mypy says of a script that imports the stubs in the folder."""
    path = folder / "script.py"
    path.write_text(script)
    here = Path.cwd()
    os.chdir(folder)
    try:
        told, _, _ = api.run(["--strict", "--no-error-summary", "--cache-dir", str(folder / ".cache"), path.name])
    finally:
        os.chdir(here)
    return [line for line in told.splitlines() if ": note:" not in line]


async def test_stubs_stand_beside_the_script_of_each_connection(home: Path) -> None:
    first, second = await written(home)
    assert (first.connection, first.module, first.script) == (
        "partner-1",
        "accord_partner_1",
        home / "rules/partner.py",
    )
    assert first.files == (home / "rules" / "accord_partner_1.pyi", home / "rules" / "__builtins__.pyi")
    assert second.files[0] == home / "accord_second.pyi"
    text = first.files[0].read_text()
    assert "StatusOption = Literal['open', 'closed']" in text
    assert "'story points': int | float | None" in text
    assert first.files[1].read_text() == "from accord_partner_1 import *\n"


async def test_they_may_go_elsewhere_and_be_written_again(home: Path) -> None:
    for _ in range(2):
        (one,) = await written(home, "second", home / "typings" / "x")
    assert sorted(path.name for path in (home / "typings" / "x").iterdir()) == ["__builtins__.pyi", "accord_second.pyi"]
    assert one.script is None


async def test_a_connection_that_is_not_there_and_a_place_that_can_not_be(home: Path) -> None:
    with pytest.raises(UnknownThing, match="Did you mean 'second'"):
        await written(home, "secnd")
    (home / "file").write_text("")
    with pytest.raises(NeedsOperator, match="can't be written"):
        await written(home, "second", home / "file")


async def test_an_editors_checker_understands_them(home: Path) -> None:
    await written(home, "partner-1", home / "typings")
    assert checked(home / "typings", SCRIPT) == []
    wrong = SCRIPT.replace("item.status =", "item.staus =").replace('["severity"]', '["severty"]')
    told = checked(home / "typings", wrong.replace("context.unsync", "context.unsinc"))
    assert len(told) == 3
    assert 'has no attribute "staus"; maybe "status"' in told[0]
    assert "severty" in told[1]
    assert "unsinc" in told[2]


def test_the_command_says_what_to_do_with_them(home: Path) -> None:
    ran = CliRunner().invoke(app, ["stubs", "partner-1", "-c", str(home / "accord.toml"), "-f", str(home / "typings")])
    assert ran.exit_code == 0
    assert f"Wrote {home / 'typings' / 'accord_partner_1.pyi'}" in ran.stdout
    assert "from accord_partner_1 import Context, Item, Received, Replica" in ran.stderr
    ran = CliRunner().invoke(app, ["stubs", "-c", str(home / "accord.toml"), "--json"])
    assert [one["module"] for one in json.loads(ran.stdout)] == ["accord_partner_1", "accord_second"]
