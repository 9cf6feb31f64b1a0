"""The configuration held against the real trackers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accord.config import load
from accord.errors import AccordError
from accord.node.assembly import assembled
from accord.operations.check import Checked, check

HEAD = """\
[node]
name = "blue"

[trackers.files]
kind = "markdown"
folder = "items"
prefix = "ITEM"

[connections.partner]
tracker = "files"
"""
SCHEMA = """\
statuses: [open, closed]
people:
  - {username: alice, email: alice@example.net}
fields:
  severity: {kind: option, options: [minor, major]}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "items").mkdir()
    (tmp_path / "items" / "tracker.yaml").write_text(SCHEMA)
    return tmp_path


async def checked(folder: Path, text: str) -> Checked:
    (folder / "accord.toml").write_text(HEAD + text)
    config = load(folder / "accord.toml")
    async with assembled(config) as node:
        return await check(config, node.ports)


def only(errors: tuple[AccordError, ...]) -> dict[str, Any]:
    (error,) = errors
    return error.to_json()


async def test_all_good(folder: Path) -> None:
    found = await checked(folder, '[connections.partner.map]\nstatus = "both"\n"fields.severity" = "both"\n')
    assert (found.problems, found.warnings) == ((), ())
    assert (found.trackers["files"]["people"], found.connections) == (1, ("partner",))


async def test_a_misspelt_field_is_found_with_its_line_and_the_right_name(folder: Path) -> None:
    error = only((await checked(folder, '[connections.partner.map]\n"fields.severty" = "both"\n')).problems)
    assert (error["line"], error["field"]) == (12, 'connections.partner.map."fields.severty"')
    assert error["remedy"] == "Did you mean 'severity'?"


async def test_a_field_like_no_other_may_be_meant(folder: Path) -> None:
    found = await checked(folder, '[connections.partner.map]\n"fields.customer" = "both"\n')
    assert found.problems == ()
    assert "tells of no field fields.customer" in only(found.warnings)["message"]


@pytest.mark.parametrize(
    "entry",
    [
        'status = { direction = "both", values = { "Done" = "closd" } }',
        'status = { direction = "receive", values = { "Done" = "closed" }, default = "closd" }',
        'status = { direction = "send", send_values = { "closd" = "Done" } }',
        'status = { direction = "receive", constant = "closd" }',
    ],
)
async def test_a_value_that_the_tracker_does_not_know(folder: Path, entry: str) -> None:
    error = only((await checked(folder, f"[connections.partner.map]\n{entry}\n")).problems)
    assert error["message"] == "status of files has no value 'closd'."
    assert error["remedy"] == "Did you mean 'closed'?"


SPREAD = """\
unsync_when = { status = "closd" }

[connections.partner.map]
summary = { when = { theirs.status = "x", fields.severity = "manor" } }
status = [
  "receive",
  { direction = "send", send_values = {
    "opne" = "New" } },
]

[connections.partner.map.priority]
direction = "receive"

[connections.partner.map.priority.when]
status = "colsed"

[connections.partner.map.fields.severity]
values = { "1" = "mjaor" }
"""


async def test_every_misfit_has_its_line_and_column_wherever_it_is_written(folder: Path) -> None:
    spread = SPREAD.replace("{\n    ", "{ ")
    problems = (await checked(folder, spread)).problems
    lines = (HEAD + spread).splitlines()
    told = [
        (problem.value, lines[(problem.line or 0) - 1][(problem.column or 0) - 1 :].split(" ")[0], problem.field)
        for problem in problems
    ]
    assert told == [
        ("closd", "status", "connections.partner.unsync_when.status"),
        ("manor", "fields.severity", "connections.partner.map.summary.when.fields.severity"),
        ("opne", '"opne"', "connections.partner.map.status.1.send_values.opne"),
        ("colsed", "status", "connections.partner.map.priority.when.status"),
        ("mjaor", '"1"', "connections.partner.map.fields.severity.values.1"),
    ]
    assert all((problem.remedy or "").startswith("Did you mean") for problem in problems)


async def test_a_person_whom_the_tracker_does_not_know_is_a_warning(folder: Path) -> None:
    found = await checked(folder, '[connections.partner.people]\n"bob@example.org" = "alcie"\n')
    assert (found.problems, only(found.warnings)["remedy"]) == ((), "Did you mean 'alice'?")


async def test_a_trigger_in_no_language_of_the_tracker(folder: Path) -> None:
    error = only((await checked(folder, 'trigger = "status ~~ ("\n')).problems)
    assert (error["field"], error["value"]) == ("connections.partner.trigger", "status ~~ (")


async def test_a_script_that_names_a_field_that_is_not_there(folder: Path) -> None:
    (folder / "partner.py").write_text("def outgoing(item, replica):\n    replica.summary = item.fields['severty']\n")
    error = only((await checked(folder, 'script = "partner.py"\n')).problems)
    assert (error["error"], error["line"]) == ("RuleFailed", 2)
    assert "severty" in error["message"]


async def test_a_tracker_that_does_not_answer_is_a_problem_and_the_rest_is_checked(folder: Path) -> None:
    (folder / "items" / "tracker.yaml").write_text("statusses: [open]\n")
    text = '\n[trackers.more]\nkind = "markdown"\nfolder = "more"\nprefix = "MORE"\n'
    (folder / "more").mkdir()
    found = await checked(folder, text)
    assert list(found.trackers) == ["more"]
    assert only(found.problems)["side"] == "files"
