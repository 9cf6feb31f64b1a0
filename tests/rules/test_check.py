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
        "/acme.py:3: item has no field 'sumary'.\n"
        "        replica.summary = item.sumary\n"
        "                          ^^^^^^^^^^^\n"
        " Did you mean 'summary'?"
    ]


@pytest.mark.parametrize(
    ("rule", "line", "line_number", "column", "said"),
    [
        ("outgoing", "replica.sumary = item.summary", 2, 5, "Did you mean 'summary'?"),
        ("outgoing", "replica.summary = 4", 2, 23, "replica.summary takes str or None, not 4. It takes text"),
        ("outgoing", "replica.summary = item.fields['severty']", 2, 35, "The tracker has no field 'severty'"),
        ("outgoing", "replica.key = 'x'", 2, 5, "key"),
        ("outgoing", "replica.custom['n'] = item.fields['severity'].real", 2, 27, "real"),
        ("outgoing", "x = undefined", 2, 9, "There is no 'undefined'."),
        ("incoming", "item.status = replica.status.upper()", 2, 19, "ask `if replica.status:` first"),
        ("incoming", "item.summary = context.today", 2, 20, "context has no field 'today'"),
        ("incoming", "item.fields['severity'] = 3", 2, 31, "takes str or None, not 3"),
        ("incoming", "item.fields['nothing'] = 3", 2, 17, "no field 'nothing'"),
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
    assert said in f"{problem.message.splitlines()[0]} {problem.remedy}"


# --- what a newcomer writes --------------------------------------------------------------------------

OPTIONS = {
    "status": FieldInfo("status", "option", ("open", "in progress", "closed")),
    "fields.severity": FieldInfo("fields.severity", "option", ("minor", "major")),
    "fields.points": FieldInfo("fields.points", "number"),
}
NEWCOMER = """
def outgoing(item, replica):
    replica.summary = item.sumary
    replica.custom["severity"] = item.severity

def incoming(replica, item, context):
    item.status = "in progess"
    item.description = replica.description.strip()
"""


def told(tmp_path: Path, text: str) -> list[tuple[int | None, str, str | None]]:
    path = tmp_path / "acme.py"
    path.write_text(text, encoding="utf-8")
    found = check_script(path, Description(fields=OPTIONS))
    return [(one.line, one.message.splitlines()[0], one.remedy) for one in found]


def test_a_newcomers_mistakes_are_told_each_with_its_line_and_what_to_do(tmp_path: Path) -> None:
    assert told(tmp_path, NEWCOMER) == [
        (3, "item has no field 'sumary'.", "Did you mean 'summary'?"),
        (4, "item has no field 'severity'.", 'It is one of the tracker\'s own: item.fields["severity"].'),
        (7, "status has no value 'in progess' here.", "Did you mean 'in progress'?"),
        (
            8,
            "replica.description may be None or absent, which has no 'strip'.",
            "The other side may not have named this field: ask `if replica.description:` first.",
        ),
    ]


RULE = {"out": "def outgoing(item, replica):\n    {}\n", "in": "def incoming(replica, item, context):\n    {}\n"}
MISTAKES = {
    "brackets": ("out", 'replica.summary = item["summary"]', "item is no dict", "item.status"),
    "dots": ("out", "replica.custom['x'] = item.fields.severity", "no attribute 'severity'", 'Write ["severity"]'),
    "another tracker's word": ("out", "replica.title = item.summary", "no field 'title'", "called 'summary' here"),
    "a comment's word": ("in", "item.comments[0].text = 'x'", "no 'text'", "called 'body' here"),
    "returning": ("out", "return item.summary", "outgoing returns something", "Assign to replica"),
    "the clock": ("in", "from datetime import datetime; item.due = datetime.now().date()", "no clock", "context.now"),
    "a date as text": ("in", 'item.due = "2026-01-01"', "item.due takes date or None", "date(2026, 12, 24)"),
    "a person as text": ("in", 'item.assignee = "alice"', "item.assignee takes Person", 'context.person("alice")'),
    "a number as text": ("in", 'item.fields["points"] = "3"', "fields.points takes float", "float(text)"),
    "text plus nothing": ("out", "replica.summary = item.key + item.summary", "'+' is not supported", '(item.x or "")'),
    "what may be nothing": ("out", "replica.summary = item.summary.upper()", "None", '(item.summary or "")'),
    "a bare name": ("out", "replica.summary = sumary", "no 'sumary'", "item.summary"),
    "text for a list": ("out", 'replica.labels = "x"', "replica.labels takes list[str]", '["one", "two"]'),
    "a list's append": ("out", 'replica.labels = item.labels.append("x")', "list[str], not None", "of their own"),
    "a set's add": ("in", 'item.labels.add("x")', "A list has no 'add'", "'append'"),
    "a call left out": ("out", "replica.summary = item.summary.upper", "takes str or None, not", "call it"),
    "a new comment": ("in", 'item.comments.append("x")', "Expected 'Comment'", "they make none"),
    "a key taken": ("out", "replica.key = 'x'", "replica.key can't be assigned", ""),
    "a table without a key": ("out", "T = {'a': 'b'}; replica.status = T[item.status]", "key", ".get(key, default)"),
    "a status compared": ("out", "x = 1 if item.status == 'opne' else 2", "no value 'opne'", "'open'"),
    "a status in several": ("in", "x = item.status in ('open', 'colsed')", "no value 'colsed'", "'closed'"),
    "a status looked up": ("in", "item.status = lookup({'x': 'opn'}, 'x')", "no value 'opn'", "'open'"),
    "a default": ("in", "item.status = {'x': 'open'}.get('x', 'clsed')", "no value 'clsed'", "'closed'"),
    "a choice": ("in", "item.status = 'open' if replica.key else 'cosed'", "no value 'cosed'", "'closed'"),
    "an option": ("in", "item.fields['severity'] = replica.priority or 'manor'", "no value 'manor'", "'minor'"),
    "a field compared": ("out", "x = item.fields.get('severity') == 'x'", "fields.severity has no value", "Known"),
    "a module": ("out", "import requests", "no module 'requests'", "re, json, datetime"),
    "a module that is not imported": (
        "out",
        "replica.summary = re.sub('a', 'b', item.key)",
        "no 're'",
        "Write `import re` at the top of the script.",
    ),
    "a day's name that is not imported": (
        "in",
        "item.due = date(2026, 1, 2)",
        "no 'date'",
        "from datetime import date",
    ),
    "= for ==": (
        "in",
        "if item.status = 'open': pass",
        "SyntaxError: cannot assign to attribute here",
        "Maybe you meant '=='",
    ),
    "== for =": ("in", "item.status == 'open'", "compares two values", "item.status = 'open'"),
    "a colon left out": ("in", "if item.status", "SyntaxError: expected ':'", "stands here, or just before"),
    "another language": ("in", "item.status == 'open' && x", "SyntaxError", ""),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_typical_mistake_is_told_with_what_to_do(tmp_path: Path, name: str) -> None:
    rule, line, said, remedy = MISTAKES[name]
    ((at, message, mend),) = told(tmp_path, RULE[rule].format(line))
    assert at == 2
    assert said in message
    assert remedy in (mend or "")


@pytest.mark.parametrize(
    "line",
    [
        "item.status = {'x': 'open'}.get(replica.status, 'closed')",
        "item.status = replica.status",
        "item.status = context.option('status', replica.status) or 'open'",
        "item.fields['severity'] = lookup({'P1': 'major'}, replica.priority, 'minor')",
        "item.status = item.fields.get('severity')",
        "item.summary = 'closd' if item.status == 'closed' else replica.summary",
    ],
)
def test_what_works_is_no_mistake(tmp_path: Path, line: str) -> None:
    assert told(tmp_path, RULE["in"].format(line)) == []


def test_tables_at_the_top_are_looked_into(tmp_path: Path) -> None:
    text = "A = A2 = 'x'\nS = {'Done': 'closd', 'New': A}\n" + RULE["in"].format("item.status = S[replica.key or '']")
    assert [(line, message) for line, message, _ in told(tmp_path, text)] == [
        (1, "status has no value 'x' here."),
        (2, "status has no value 'closd' here."),
    ]
    keys = "S = {'closd': 'Done'}\n" + RULE["out"].format("replica.status = S.get(item.status)")
    assert [(line, message) for line, message, _ in told(tmp_path, keys)] == [(1, "status has no value 'closd' here.")]


def test_a_rule_that_is_none_is_told(tmp_path: Path) -> None:
    text = RULE["out"].format("pass") + "def incomming(replica, item, context): pass\ndef helper(x): pass\n"
    assert told(tmp_path, text) == [(3, "incomming is no rule, and nothing calls it.", "Did you mean 'incoming'?")]
    swapped = "def incoming(item, replica, context): pass\n"
    ((line, message, remedy),) = told(tmp_path, swapped)
    assert (line, remedy) == (1, "Write def incoming(replica, item, context):")
    assert "another order" in message


def test_stubs_for_editors_may_be_imported(tmp_path: Path) -> None:
    text = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from accord_acme import Context, Item, Received\n"
    text += (
        "def incoming(replica: Received, item: Item, context: Context) -> None:\n    item.summary = replica.summary\n"
    )
    assert told(tmp_path, text) == []
    assert [line for line, _, _ in told(tmp_path, text.replace("item.summary =", "item.sumary ="))] == [5]


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
