"""Scripts: what they can say, in the sandbox and as trusted Python alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from accord.errors import RuleFailed
from accord.model import Person, Replica, ReplicaComment
from accord.ports import FieldInfo, RuleContext
from accord.rules import Sandbox, ScriptRules, ScriptSource, TableRules

from .conftest import BOB, CONTEXT, ITEM, rules

Scripted = Callable[..., ScriptRules]


async def test_a_script_gets_the_tables_replica_and_adds_to_it(scripted: Scripted) -> None:
    script = scripted(
        """
URGENCY = {"2": "soon"}

def outgoing(item, replica):
    replica.summary = f"[{item.key}] {replica.summary}"
    replica.custom["urgency"] = URGENCY.get(item.fields["severity"])
    replica.custom["due"] = item.due
    replica.resolution = item.resolution
    replica.labels = [label for label in item.labels if not label.startswith("blue:")]
""",
        rules(summary="both"),
    )
    assert (await script.outgoing(ITEM, CONTEXT)).dump() == {
        "key": "B-1",
        "url": "https://blue.example/B-1",
        "summary": "[B-1] The door squeaks",
        "resolution": None,
        "labels": ["shared"],
        "custom": {"urgency": "soon", "due": "2026-03-01"},
    }


async def test_a_script_takes_back_what_the_table_named(scripted: Scripted) -> None:
    script = scripted(
        """
def outgoing(item, replica):
    if item.priority == "high":
        replica.description = absent
    replica.fields.pop("cost")
    replica.comments = [c for c in replica.comments if "oil" not in c.body]
    for comment in replica.comments:
        comment.body = comment.body.upper()
""",
        rules(description="both", fields__cost="both", fields__severity="both", comments={"public_only": False}),
    )
    replica = await script.outgoing(ITEM, CONTEXT)
    assert "description" not in replica.dump()
    assert replica.fields == {"severity": "2"}
    assert [(c.id, c.body, c.author) for c in replica.comments] == [("1", "OIL IT.", BOB)]


async def test_an_incoming_script_assigns_to_the_item(scripted: Scripted) -> None:
    script = scripted(
        """
def incoming(replica, item, context):
    item.summary = replica.summary.removeprefix("[R] ")
    item.description = replica.description
    item.due = context.now.date()
    item.assignee = context.people[1]
    item.reporter = Person(email="r@red.example")
    item.labels.append("from-red")
    item.fields["severity"] = "1" if replica.custom["urgent"] else "3"
    item.fields["status"] = context.fields["status"][0]
    if context.first_sync:
        item.type = "bug"
    for comment in item.comments:
        comment.header = f"{comment.author.name} ({context.connection}):"
""",
        rules(comments="both"),
    )
    replica = Replica(
        key="R-1",
        summary="[R] Door",
        custom={"urgent": True},
        comments=(ReplicaComment(id="7", body="Hi", author=Person(name="Eve")),),
    )
    fields = {"status": FieldInfo("status", "option", ("open", "closed"))}
    context = RuleContext("acme", CONTEXT.now, True, CONTEXT.people, fields)
    draft = await script.incoming(replica, ITEM, context)
    assert draft == ITEM.model_copy(
        update={
            "summary": "Door",
            "type": "bug",
            "due": date(2026, 1, 2),
            "assignee": BOB,
            "reporter": Person(email="r@red.example"),
            "labels": ("shared", "blue:team", "from-red"),
            "fields": {"severity": "1", "cost": 40, "status": "open"},
            "comments": draft.comments,
            "attachments": (),
        }
    )
    assert draft.comments[0].header == "Eve (acme):"


async def test_what_is_absent_stays_as_it_is_and_can_be_asked_for(scripted: Scripted) -> None:
    script = scripted(
        """
def incoming(replica, item, context):
    item.summary = replica.summary
    item.fields["severity"] = replica.priority
    item.status = "none said" if replica.status is absent else "said"
    item.resolution = "empty" if replica.resolution is None else "full"
"""
    )
    draft = await script.incoming(Replica(resolution=None), ITEM, CONTEXT)
    assert (draft.summary, draft.fields["severity"]) == (ITEM.summary, "2")
    assert (draft.status, draft.resolution) == ("none said", "empty")


async def test_what_is_absent_is_false_and_empty(scripted: Scripted) -> None:
    script = scripted(
        """
def incoming(replica, item, context):
    said = []
    if replica.status:
        said.append("if")
    if not replica.status:
        said.append("not")
    said += [word for word in (replica.status or "or",)]
    said += ["while"] if bool(replica.status) else []
    said += [label for label in replica.labels] + [comment.body for comment in replica.comments]
    item.summary = " ".join(said)
"""
    )
    assert (await script.incoming(Replica(), ITEM, CONTEXT)).summary == "not or"


async def test_what_a_newer_peer_adds_to_a_comment_does_not_reach_scripts(scripted: Scripted) -> None:
    text = """
def incoming(replica, item, context):
    item.summary = " ".join(f"{c.author} {c.internal} {hasattr(c, 'mood')}" for c in replica.comments)
"""
    theirs = ReplicaComment.model_validate({"id": "7", "mood": "bad", "__class__": "Item"})
    draft = await scripted(text).incoming(Replica(comments=(theirs,)), ITEM, CONTEXT)
    assert draft.summary == "None False False"


async def test_a_rule_that_is_not_written_is_the_tables(scripted: Scripted) -> None:
    script = scripted("def outgoing(item, replica):\n    replica.summary = 'x'\n", rules(summary="both"))
    assert (await script.incoming(Replica(summary="theirs"), ITEM, CONTEXT)).summary == "theirs"


async def test_a_script_never_changes_what_it_was_given(scripted: Scripted) -> None:
    script = scripted("def outgoing(item, replica):\n    item.fields['cost'] = 0\n    item.labels.clear()\n")
    before = ITEM.model_copy(deep=True)
    await script.outgoing(ITEM, CONTEXT)
    assert before == ITEM


async def test_sandboxed_runs_share_nothing(sandbox: Sandbox) -> None:
    text = "SEEN = []\ndef outgoing(item, replica):\n    SEEN.append(1)\n    replica.custom['runs'] = len(SEEN)\n"
    script = ScriptRules(rules(), sandbox.load(ScriptSource.of(text, Path("acme.py"))))
    assert [(await script.outgoing(ITEM, CONTEXT)).custom["runs"] for _ in range(3)] == [1, 1, 1]


async def test_what_a_script_prints_goes_nowhere(sandbox: Sandbox, capfd: pytest.CaptureFixture[str]) -> None:
    source = ScriptSource.of("print('top')\ndef outgoing(item, replica):\n    print(item.summary)\n", Path("acme.py"))
    await ScriptRules(rules(), sandbox.load(source)).outgoing(ITEM, CONTEXT)
    assert capfd.readouterr() == ("", "")


# --- errors ------------------------------------------------------------------------------------------

OUTGOING_ERRORS = {
    "a name that is none": (
        "def outgoing(item, replica):\n    x = 1\n    replica.summary = sumary\n",
        (3, 23, None),
        "NameError: name 'sumary' is not defined\n        replica.summary = sumary\n                          ^^^^^^\n",
    ),
    "a field that is none": (
        "def outgoing(item, replica):\n    replica.summary = item.sumary\n",
        (2, 23, None),
        "AttributeError: 'Item' object has no attribute 'sumary'\n"
        "        replica.summary = item.sumary\n                          ^^^^^^^^^^^\n",
    ),
    "deep in a function of its own": (
        "def outgoing(item, replica):\n    replica.summary = short(item)\n\ndef short(item):\n    return 1 / 0\n",
        (5, 12, None),
        "ZeroDivisionError: division by zero\n        return 1 / 0\n               ^^^^^\n",
    ),
    "a misspelt field": (
        "def outgoing(item, replica):\n    replica.sumary = 'é'\n    replica.status = 'x'\n",
        (2, 5, "sumary"),
        "replica has no field 'sumary'.\n        replica.sumary = 'é'\n        ^^^^^^^^^^^^^^\n",
    ),
    "a value that does not fit": (
        "def outgoing(item, replica):\n    replica.due = 'soon'\n",
        (2, 5, "due"),
        "replica.due was given a value that does not fit: "
        "input should be a valid date or datetime, input is too short.\n"
        "        replica.due = 'soon'\n        ^^^^^^^^^^^\n",
    ),
    "a value that can't travel": (
        "def outgoing(item, replica):\n    replica.custom['x'] = 1\n    replica.custom['x'] = b'y'\n",
        (3, 5, "custom.x"),
        "replica.custom.x was given a value that does not fit: input was not a valid json value.\n"
        "        replica.custom['x'] = b'y'\n        ^^^^^^^^^^^^^^^^^^^\n",
    ),
    "a read-only field": (
        "def outgoing(item, replica):\n    replica.key = 'X-1'\n",
        (2, 5, "key"),
        "replica.key can't be assigned.\n        replica.key = 'X-1'\n        ^^^^^^^^^^^\n",
    ),
    "a comment made up": (
        "def outgoing(item, replica):\n    replica.comments = [Comment()]\n",
        (2, 5, "comments"),
        "replica.comments has one that was not given.\n"
        "        replica.comments = [Comment()]\n        ^^^^^^^^^^^^^^^^\n",
    ),
    "the bytes of a file changed": (
        "def outgoing(item, replica):\n    replica.attachments = item.attachments\n"
        "    replica.attachments[0].sha256 = '00'\n",
        (2, 5, "attachments"),
        "replica.attachments: the bytes of a file can't be changed.\n"
        "        replica.attachments = item.attachments\n        ^^^^^^^^^^^^^^^^^^^\n",
    ),
    "a result where none belongs": (
        "def outgoing(item, replica):\n    return {'summary': 1}\n",
        (1, 5, None),
        "TypeError: a rule assigns to its draft and returns nothing\n"
        "    def outgoing(item, replica):\n        ^^^^^^^^\n",
    ),
    "a line that starts with a tab": (
        "def outgoing(item, replica):\n\treplica.summary = nope\n",
        (2, 20, None),
        "NameError: name 'nope' is not defined\n    \treplica.summary = nope\n    \t                  ^^^^\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTGOING_ERRORS)
async def test_an_error_names_its_line_and_shows_it(scripted: Scripted, name: str) -> None:
    text, place, message = OUTGOING_ERRORS[name]
    with pytest.raises(RuleFailed) as caught:
        await scripted(text).outgoing(ITEM, CONTEXT)
    told = caught.value
    assert (told.line, told.column, told.field) == place
    assert told.message == message
    assert (told.file, told.item, told.step) == ("acme.py", "B-1", "outgoing")


IN = "def incoming(replica, item, context):\n    {}\n"
OUT = "def outgoing(item, replica):\n    {}\n"
# What is written, the values that are told with it, and the sentence that helps.
WITH_VALUES = {
    "what is empty": (
        OUT, "replica.summary = item.summary + item.resolution",
        "item.summary was 'The door squeaks', item.resolution was None", 'write `(item.x or "")`',
    ),
    "what was not said": (
        IN, "item.summary = replica.status.strip()",
        "replica.status was absent", "ask `if replica.<field>:` first",
    ),
    "a key that is not there": (
        IN, "item.status = {'Done': 'closed'}[replica.priority]",
        "replica.priority was 'high'", ".get(key, default)",
    ),
    "a person who is nobody": (
        OUT, "replica.summary = item.reporter.name", "item.reporter was None", "is empty (None)",
    ),
    "a field of the tracker's own": (
        OUT, "replica.custom['n'] = item.fields['cost'] + item.fields['severity']",
        "item.fields['cost'] was 40, item.fields['severity'] was '2'", "do not add up",
    ),
    "a free field": (
        IN, "item.summary = replica.custom['sla']['due'].upper()",
        "replica.custom['sla']['due'] was None, replica.custom['sla'] was {'due': None}", "is empty (None)",
    ),
    "the context": (
        IN, "item.summary = context.connection + context.first_sync",
        "context.connection was 'acme', context.first_sync was False", "do not add up",
    ),
    "a method not called": (OUT, "replica.summary = item.summary.upper.strip()", "'The door squeaks'", "call it"),
    "a function not called": (OUT, "replica.custom['x'] = lookup", "", "Call it: add the parentheses."),
    "another tracker's word": (OUT, "replica.summary = item.title", "", "called 'summary' here"),
    "one of the tracker's own": (OUT, "replica.summary = item.severity", "", 'item.fields["severity"]'),
    "an empty list": (OUT, "replica.summary = item.comments[7].body", "", "The list may be empty"),
    "a module": (OUT, "import requests", "", "The sandbox has no requests"),
    "an attribute of a dict": (OUT, "replica.summary = item.fields.severity", "", 'Write ["severity"]'),
    "a comment twice": (OUT, "replica.comments = item.comments + item.comments", "", "Leave out or change"),
}  # fmt: skip


@pytest.mark.parametrize("name", WITH_VALUES)
async def test_an_error_tells_the_values_of_its_line_and_what_to_do(sandbox: Sandbox, name: str) -> None:
    shape, line, values, remedy = WITH_VALUES[name]
    script = ScriptRules(rules(), sandbox.load(ScriptSource.of(shape.format(line), Path("acme.py"))), inline=True)
    replica = Replica(priority="high", custom={"sla": {"due": None}})
    with pytest.raises(RuleFailed) as caught:
        await (script.outgoing(ITEM, CONTEXT) if shape is OUT else script.incoming(replica, ITEM, CONTEXT))
    told = caught.value
    assert (told.file, told.line) == ("acme.py", 2)
    assert values in told.message
    assert remedy in (told.remedy or "")


async def test_reading_a_method_of_what_is_absent_says_how_to_ask(scripted: Scripted) -> None:
    text = "def incoming(replica, item, context):\n    item.status = replica.status.upper()\n"
    with pytest.raises(RuleFailed, match=r"acme.py:2: AttributeError: 'Absent' object has no attribute 'upper'"):
        await scripted(text).incoming(Replica(), ITEM, CONTEXT)


@pytest.mark.parametrize(
    ("assignment", "field"),
    [
        ("item.key = 'B-2'", "key"),
        ("item.labels = 'bug'", "labels"),
        ("item.assignee = 'alice'", "assignee"),
        ("item.summary = ['x']", "summary"),
        ("item.fields = []", "fields"),
        ("item.fields['x'] = b'y'", "fields.x"),
        ("item.version = 'v2'", "version"),
    ],
)
async def test_a_draft_that_is_no_item_is_refused_by_field(scripted: Scripted, assignment: str, field: str) -> None:
    with pytest.raises(RuleFailed) as caught:
        await scripted(f"def incoming(replica, item, context):\n    {assignment}\n").incoming(Replica(), ITEM, CONTEXT)
    assert (caught.value.field, caught.value.line, caught.value.step) == (field, 2, "incoming")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("def outgoing(item, replica)\n    pass\n", 1, "SyntaxError: expected ':'"),
        ("x = 1\n", None, "There is no rule in the script."),
        ("def outgoin(item, replica): pass\n", None, "There is no rule in the script."),
        ("\ndef outgoing(item): pass\n", 2, "outgoing takes other arguments than it is given."),
        ("def incoming(replica, item, context, more): pass\n", 1, "incoming takes other arguments than it is given."),
        (
            "x = '\0'\ndef outgoing(item, replica): pass\n",
            1,
            "SyntaxError: source code string cannot contain null bytes",
        ),
        ("TABLE = {}['x']\ndef outgoing(item, replica): pass\n", 1, "KeyError: "),
    ],
)
def test_a_script_that_can_not_run_at_all_is_told_at_once(
    scripted: Scripted, text: str, line: int | None, message: str
) -> None:
    with pytest.raises(RuleFailed) as caught:
        scripted(text)
    assert caught.value.message.startswith(message)
    assert (caught.value.file, caught.value.line) == ("acme.py", line)


def test_a_file_that_can_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuleFailed, match=r"x\.py: The script can't be read: No such file"):
        ScriptSource.read(tmp_path / "x.py")
    (tmp_path / "latin.py").write_bytes(b"# \xff\n")
    with pytest.raises(RuleFailed, match="it is not UTF-8 text"):
        ScriptSource.read(tmp_path / "latin.py")


async def test_a_run_in_a_thread_gives_the_same(sandbox: Sandbox) -> None:
    source = ScriptSource.of("def outgoing(item, replica):\n    replica.summary = item.summary\n", Path("acme.py"))
    script, table = sandbox.load(source), TableRules(rules().table)
    both = [await ScriptRules(table, script, inline=inline).outgoing(ITEM, CONTEXT) for inline in (True, False)]
    assert both[0] == both[1]
    assert both[0].summary == ITEM.summary
