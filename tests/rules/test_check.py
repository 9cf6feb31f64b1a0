"""What is told of a script before it has ever run."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.ports import Description, FieldInfo
from accord.rules import check_script

DESCRIPTION = Description(
    fields={
        path: FieldInfo(path, kind)
        for path, kind in {
            "status": "option",
            "fields.severity": "option",
            "fields.story points": "number",
            "fields.tester": "person",
        }.items()
    }
)

SOUND = """
import re
from datetime import timedelta

PATTERN = re.compile(r"^\\[.*?\\] ")

def outgoing(item, replica):
    replica.summary = f"[{item.key}] {item.summary}"
    replica.due = item.due
    replica.assignee = item.assignee
    replica.description = absent
    replica.custom["points"] = item.fields.get("story points")
    replica.comments = [c for c in item.comments if not c.internal]
    replica.labels = sorted(item.labels)

def incoming(replica: Received, item: Item, context: Context) -> None:
    item.summary = replica.summary
    item.due = replica.due or (context.now + timedelta(days=3)).date()
    item.status = replica.status
    if replica.priority:
        item.priority = replica.priority.lower()
    if replica.resolution is not absent and replica.resolution is not None:
        item.resolution = replica.resolution
    item.fields["severity"] = "1" if replica.custom.get("urgent") else "2"
    item.assignee = Person(email="a@blue.example") if context.first_sync else None
    item.labels.append("theirs")
    for comment in item.comments:
        comment.body = PATTERN.sub("", comment.body)
"""


def check(tmp_path: Path, text: str, description: Description | None = DESCRIPTION) -> list[str]:
    path = tmp_path / "acme.py"
    path.write_text(text, encoding="utf-8")
    return [str(problem).replace(str(tmp_path), "") for problem in check_script(path, description)]


@pytest.mark.parametrize("description", [DESCRIPTION, None], ids=["described", "undescribed"])
def test_a_sound_script_is_sound(tmp_path: Path, description: Description | None) -> None:
    assert check(tmp_path, SOUND, description) == []


def test_a_misspelt_field_is_told_with_its_line_and_the_right_name(tmp_path: Path) -> None:
    text = "def outgoing(item, replica):\n    # é\n    replica.summary = item.sumary\n"
    assert check(tmp_path, text) == [
        "/acme.py:3: Object of type 'Item' has no attribute 'sumary' (unresolved-attribute)\n"
        "        replica.summary = item.sumary\n"
        "                          ^^^^^^^^^^^\n"
        " Did you mean 'summary'?"
    ]


@pytest.mark.parametrize(
    ("rule", "line", "line_number", "column", "said"),
    [
        ("outgoing", "replica.sumary = item.summary", 2, 5, "Did you mean 'summary'?"),
        ("outgoing", "replica.summary = 4", 2, 23, "Expected 'str | None | Absent'"),
        ("outgoing", "replica.summary = item.fields['severty']", 2, 35, 'did you mean "severity"?'),
        ("outgoing", "replica.key = 'x'", 2, 5, "key"),
        ("outgoing", "replica.custom['n'] = item.fields['severity'].real", 2, 27, "real"),
        ("outgoing", "return undefined", 2, 12, "Name 'undefined' used when not defined"),
        ("incoming", "item.status = replica.status.upper()", 2, 19, "ask `if replica.<field>:` first"),
        ("incoming", "item.summary = context.today", 2, 20, "Context"),
        ("incoming", "item.fields['severity'] = 3", 2, 31, "declared type"),
        ("incoming", "item.fields['nothing'] = 3", 2, 17, "Unknown key"),
        ("incoming", "replica.summary = 'x'", 2, 5, "summary"),
        ("incoming", "item.comments[0].text = 'x'", 2, 5, "text"),
        ("incoming", "import requests", 2, 12, "requests"),
    ],
)
def test_what_the_types_tell(tmp_path: Path, rule: str, line: str, line_number: int, column: int, said: str) -> None:
    arguments = {"outgoing": "item, replica", "incoming": "replica, item, context"}[rule]
    path = tmp_path / "acme.py"
    path.write_text(f"def {rule}({arguments}):\n    {line}\n")
    (problem,) = check_script(path, DESCRIPTION)
    assert (problem.line, problem.column) == (line_number, column)
    assert said in str(problem)


def test_columns_on_the_line_of_the_arguments_are_the_scripts_own(tmp_path: Path) -> None:
    path = tmp_path / "acme.py"
    path.write_text("def outgoing(item, replica): replica.sumary = item.summary\n")
    (problem,) = check_script(path)
    assert problem.column == 30
    assert str(problem).splitlines()[2] == " " * 33 + "^" * len("replica.sumary")


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    text = "def outgoing(item, replica):\n    replica.a = 1\n    replica.b = 2\n"
    assert len(check(tmp_path, text)) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def outgoing(item, replica)\n", "SyntaxError: expected ':'"),
        ("import os\nFILES = os.listdir('/')\ndef outgoing(item, replica): pass\n", "2: PermissionError"),
        ("def outgoing(item, replica):\n    yield 1\n", "2: NotImplementedError"),
        ("", "There is no rule in the script."),
    ],
)
def test_what_can_not_run_in_the_sandbox_is_told_too(tmp_path: Path, text: str, said: str) -> None:
    (problem,) = check(tmp_path, text)
    assert said in problem


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    (problem,) = check_script(tmp_path / "no.py")
    assert str(problem).endswith("no.py: The script can't be read: No such file or directory.")
