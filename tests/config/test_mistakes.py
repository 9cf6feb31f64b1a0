"""What people get wrong, and what they are told: the line, the key, the value, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from accord.config import ConfigurationProblems, load
from accord.errors import ConfigurationInvalid

from .conftest import GOOD, KINDS, Load


@dataclass(frozen=True)
class Mistake:
    """In the good configuration, `old` (once) becomes `new`; what is said of it, and where."""

    name: str
    old: str
    new: str
    line: int
    column: int
    key: str
    value: str | None
    message: str
    remedy: str | None


MISTAKES = [
    Mistake(
        "a misspelt key", 'name = "blue"', 'name = "blue"\nlissen = "127.0.0.1:1"', 3, 1, "node.lissen", None,
        "There is no 'lissen' in [node].", "Did you mean 'listen'?",
    ),
    Mistake(
        "a misspelt table", "[node]", "[nodes]", 1, 2, "nodes", None,
        "There is no [nodes].", "Did you mean 'node'?",
    ),
    Mistake(
        "an unknown tracker kind", 'kind = "notes"', 'kind = "roundupp"', 5, 1, "trackers.mine.kind", "roundupp",
        "There is no tracker kind 'roundupp'.", "Did you mean 'roundup'?",
    ),
    Mistake(
        "a tracker without kind", 'kind = "notes"\n', "", 4, 2, "trackers.mine.kind", None,
        "trackers.mine.kind is missing.", "Known: notes, roundup.",
    ),
    Mistake(
        "a required setting left out", 'folder = "items"\n', "", 4, 2, "trackers.mine.folder", None,
        "trackers.mine.folder is missing.", "Add folder = ... to [trackers.mine].",
    ),
    Mistake(
        "a connection to no tracker", 'tracker = "mine"', 'tracker = "mime"', 9, 1, "connections.acme.tracker", "mime",
        "There is no [trackers.mime].", "Did you mean 'mine'?",
    ),
    Mistake(
        "a policy that does not exist", 'tracker = "mine"', 'tracker = "mine"\npolicy = "lattest"', 10, 1,
        "connections.acme.policy", "lattest",
        "connections.acme.policy: should be 'latest', 'initiator', 'acceptor', 'merge' or 'ask' (found 'lattest').",
        "Did you mean 'latest'?",
    ),
    Mistake(
        "a direction that does not exist", 'summary = "both"', 'summary = "boht"', 12, 1,
        "connections.acme.map.summary", "boht",
        "connections.acme.map.summary: should be 'both', 'send', 'receive' or 'never' (found 'boht').",
        "Did you mean 'both'?",
    ),
    Mistake(
        "a misspelt field in the map", 'summary = "both"', 'sumary = "both"', 12, 1,
        "connections.acme.map.sumary", None,
        "There is no 'sumary' in [connections.acme.map].", "Did you mean 'summary'?",
    ),
    Mistake(
        "a misspelt option of a field", 'summary = "both"', 'summary = { direktion = "both" }', 12, 13,
        "connections.acme.map.summary.direktion", None,
        "There is no 'direktion' in [connections.acme.map.summary].", "Did you mean 'direction'?",
    ),
    Mistake(
        "a custom field's entry", 'summary = "both"', '"fields.severity" = { as = "severity" }', 12, 23,
        'connections.acme.map."fields.severity".as', "severity",
        'connections.acme.map."fields.severity".as: \'severity\' is no path: use type, summary, description, status, '
        "resolution, priority, assignee, reporter, due, parent, fields.<name> or custom.<name>.",
        None,
    ),
    Mistake(
        "a template both ways that can't be undone", 'summary = "both"',
        'summary = { template = "{reporter}: {value}" }', 12, 1,
        "connections.acme.map.summary", None,
        "connections.acme.map.summary: a template for both directions has {value} once, and besides it only {key}, "
        '{url} or {connection}, so that it can be taken off again; otherwise use direction = "send" or '
        'direction = "receive".', None,
    ),
    Mistake(
        "a placeholder that does not exist", 'summary = "both"', 'summary = { template = "{titel}" }', 12, 13,
        "connections.acme.map.summary.template", "{titel}",
        "connections.acme.map.summary.template: '{titel}' is no placeholder: there are {value}, {key}, {url} and the "
        "names of fields, as in {status} and {fields.severity}.", None,
    ),
    Mistake(
        "two fields under one name", 'summary = "both"', 'summary = "both"\ndescription = { as = "summary" }', 11, 2,
        "connections.acme.map", None,
        "connections.acme.map: summary and description would both travel as summary.", None,
    ),
    Mistake(
        "a number too small", 'folder = "items"', 'folder = "items"\npage_size = 0', 7, 1,
        "trackers.mine.page_size", "0",
        "trackers.mine.page_size: should be greater than or equal to 1 (found '0').", None,
    ),
    Mistake(
        "a share above one", "[connections.acme.map]",
        "[connections.acme.guard]\nshare_ended = 20\n[connections.acme.map]", 12, 1,
        "connections.acme.guard.share_ended", "20",
        "connections.acme.guard.share_ended: should be less than or equal to 1 (found '20').", None,
    ),
    Mistake(
        "an address without port", 'name = "blue"', 'name = "blue"\nlisten = "localhost"', 3, 1,
        "node.listen", "localhost",
        "node.listen: an address to listen on is \"host:port\", such as \"127.0.0.1:7401\" (found 'localhost').", None,
    ),
    Mistake(
        "a node that no peer can reach", 'name = "blue"', 'name = "blue"\nlisten = "0.0.0.0:7401"', 1, 2, "node", None,
        "node: url is needed: peers can't reach this node at 0.0.0.0.", None,
    ),
    Mistake(
        "a name that is no name", "[connections.acme]", '[connections."a/b"]', 8, 2, 'connections."a/b"', "a/b",
        'connections."a/b": a name has up to 64 letters, digits, \'-\', \'_\' and \'.\', and starts with a letter '
        "or digit.", None,
    ),
    Mistake(
        "a script that is not there", 'tracker = "mine"', 'tracker = "mine"\nscript = "acme.py"', 10, 1,
        "connections.acme.script", "{folder}/acme.py", "There is no script {folder}/acme.py.", None,
    ),
    Mistake(
        "trust without a script", 'tracker = "mine"', 'tracker = "mine"\ntrusted = true', 8, 2,
        "connections.acme", None,
        "connections.acme: trusted is about a script, and there is none.", None,
    ),
    Mistake(
        "text where a table belongs", '[trackers.mine]\nkind = "notes"\nfolder = "items"', '[trackers]\nmine = "notes"',
        5, 1, "trackers.mine", None, "trackers.mine is not a table.", "Write [trackers.mine] on a line of its own.",
    ),
    Mistake(
        "a person who is a list", "[connections.acme.map]",
        '[connections.acme.people]\n"é@x" = ["alice"]\n[connections.acme.map]', 12, 1,
        'connections.acme.people."é@x"', "['alice']",
        'connections.acme.people."é@x": should be a valid string.', None,
    ),
    Mistake(
        "a word of another tracker", 'summary = "both"', 'title = "both"', 12, 1, "connections.acme.map.title", None,
        "There is no 'title' in [connections.acme.map].", "It is called 'summary' here.",
    ),
    Mistake(
        "a custom field without its group", 'summary = "both"', 'severity = "both"', 12, 1,
        "connections.acme.map.severity", None,
        "There is no 'severity' in [connections.acme.map].",
        "A field of the tracker's own is written \"fields.severity\". Known: assignee, attachments, comments, "
        "description, due, fields, labels, links, parent, priority, reporter, resolution, status, summary, type, "
        "worklogs.",
    ),
    Mistake(
        "pairs without their table", 'summary = "both"', 'status = { "Done" = "closed" }', 12, 12,
        "connections.acme.map.status.Done", None,
        "There is no 'Done' in [connections.acme.map.status].",
        'Pairs of values stand in a table of their own: values = { "Done" = ... }. Known: as, constant, default, '
        "direction, kind, max_length, only_on_create, pairs, send_default, send_max_length, send_template, "
        "send_values, strict, template, unless, values, when.",
    ),
    Mistake(
        "an entry of a list", 'summary = "both"', 'status = [\n  "send",\n  { directon = "receive" },\n]', 14, 5,
        "connections.acme.map.status.1.directon", None,
        "There is no 'directon' in [connections.acme.map.status.1].", "Did you mean 'direction'?",
    ),
    Mistake(
        "an entry that never counts", 'summary = "both"', 'status = ["both", { when = { type = "bug" } }]', 11, 2,
        "connections.acme.map", None,
        "connections.acme.map: entry 2 of status never counts: one before it has no condition.", None,
    ),
    Mistake(
        "a condition on no field", 'summary = "both"', 'summary = { when = { stauts = "open" } }', 12, 13,
        "connections.acme.map.summary.when", None,
        "connections.acme.map.summary.when: 'stauts' is no field: status is near, and there are those of our "
        "item (status, fields.<name>) and of theirs (theirs.status, theirs.custom.<name>).", None,
    ),
    Mistake(
        "a condition as text", 'summary = "both"', 'summary = { when = "status = open" }', 12, 13,
        "connections.acme.map.summary.when", "status = open",
        "connections.acme.map.summary.when: a condition is a table of fields and values, such as "
        "{ status = \"open\" } (found 'status = open').",
        None,
    ),
    Mistake(
        "conditions in a ring", 'summary = "both"',
        'summary = { when = { status = "x" } }\nstatus = { when = { summary = "x" } }', 11, 2,
        "connections.acme.map", None,
        "connections.acme.map: the conditions of status and summary wait for each other.", None,
    ),
    Mistake(
        "a kind that does not exist", 'summary = "both"', '"fields.x" = { kind = "numeric" }', 12, 16,
        'connections.acme.map."fields.x".kind', "numeric",
        "connections.acme.map.\"fields.x\".kind: should be 'text', 'rich_text', 'number', 'boolean', 'date', "
        "'datetime', 'option', 'options', 'labels', 'cascade', 'person', 'people', 'item' or 'items' "
        "(found 'numeric').", "Did you mean 'number'?",
    ),
    Mistake(
        "pairs twice", 'summary = "both"', 'status = { pairs = { a = "b" }, values = { a = "b" } }', 12, 1,
        "connections.acme.map.status", None,
        "connections.acme.map.status: either pairs, or values and send_values, not both.", None,
    ),
    Mistake(
        "a part of a comment", 'summary = "both"', 'comments = { send_only = { text = "x" } }', 12, 28,
        "connections.acme.map.comments.send_only.text", None,
        "There is no 'text' in [connections.acme.map.comments.send_only].", "Known: author, body, internal.",
    ),
    Mistake(
        "a comment's header", 'summary = "both"', 'comments = { header = "{who} wrote" }', 12, 14,
        "connections.acme.map.comments.header", "{who} wrote",
        "connections.acme.map.comments.header: '{who}' is no placeholder here: use {author}, {date}, {time}, {key}, "
        "{connection} (found '{who} wrote').", None,
    ),
    Mistake(
        "a key that is on no path", 'tracker = "mine"', 'tracker = "mine"\npair_by = "their key"', 10, 1,
        "connections.acme.pair_by", "their key",
        "connections.acme.pair_by: 'their key' is no path of what the other side sends: use fields.<name> or "
        "custom.<name>.", None,
    ),
    Mistake(
        "an end on no field", 'tracker = "mine"', 'tracker = "mine"\nunsync_when = { theirs.state = "x" }', 10, 1,
        "connections.acme.unsync_when", None,
        "connections.acme.unsync_when: 'theirs.state' is no field: status is near, and there are those "
        "of our item (status, fields.<name>) and of theirs (theirs.status, theirs.custom.<name>).", None,
    ),
    Mistake(
        "a way to know people", "[connections.acme.map]",
        '[connections.acme.people]\nmatch = ["email", "fullname"]\n[connections.acme.map]', 12, 19,
        "connections.acme.people.match.1", "fullname",
        "connections.acme.people.match.1: should be 'email', 'username' or 'name' (found 'fullname').",
        "Did you mean 'name' or 'username'?",
    ),
    Mistake(
        "a size that is none", 'summary = "both"', 'attachments = { max_size = "huge" }', 12, 17,
        "connections.acme.map.attachments.max_size", "huge",
        "connections.acme.map.attachments.max_size: could not parse value and unit from byte string (found 'huge').",
        'Write a size such as "20 MB".',
    ),
]  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_told_with_its_place_and_what_to_do(mistake: Mistake, load_text: Load, tmp_path: Path) -> None:
    assert GOOD.count(mistake.old) == 1
    with pytest.raises(ConfigurationProblems) as caught:
        load_text(GOOD.replace(mistake.old, mistake.new))

    message = mistake.message.replace("{folder}", str(tmp_path))
    told = {problem.message: problem.to_json() for problem in caught.value.problems}
    expected = {
        "error": "ConfigurationInvalid",
        "who": "operator",
        "message": message,
        "remedy": mistake.remedy,
        "file": str(tmp_path / "accord.toml"),
        "line": mistake.line,
        "column": mistake.column,
        "field": mistake.key,
        "value": mistake.value and mistake.value.replace("{folder}", str(tmp_path)),
    }
    assert told[message] == {name: part for name, part in expected.items() if part is not None}


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(load_text: Load) -> None:
    broken = GOOD.replace('"blue"', '"blue"\nworkers = 0').replace('"notes"', '"note"').replace("summary", "sumary")
    with pytest.raises(ConfigurationProblems) as caught:
        load_text(broken)
    assert [problem.line for problem in caught.value.problems] == [3, 6, 13]
    assert str(caught.value).count("Did you mean") == 2


WHOLE_FILES = {
    "nothing": (b"", 1, None, "The file is empty."),
    "only white space": (b" \n\n", 1, None, "The file is empty."),
    "not text": (b'[node]\nname = "\xff"\n', 2, None, "This is not UTF-8 text."),
    "a key twice": (
        b'[node]\nname = "a"\nname = "b"\n',
        3,
        11,
        "The file is not valid TOML: Cannot overwrite a value.",
    ),
    "a table twice": (
        b'[node]\nname = "a"\n[node]\n',
        3,
        6,
        "The file is not valid TOML: Cannot declare ('node',) twice.",
    ),
    "an open string": (b'[node]\nname = "a\n', 2, 10, "The file is not valid TOML: Illegal character '\\n'."),
}


@pytest.mark.parametrize("name", WHOLE_FILES)
def test_a_file_that_is_no_toml_is_told_with_its_place(name: str, tmp_path: Path) -> None:
    content, line, column, message = WHOLE_FILES[name]
    path = tmp_path / "accord.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigurationInvalid) as caught:
        load(path, kinds=KINDS, environ={})
    told = caught.value
    assert (told.file, told.line, told.column, told.message) == (str(path), line, column, message)


def test_a_folder_and_a_missing_file_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"This is a folder\. Name the file: .*/accord\.toml"):
        load(tmp_path, kinds=KINDS)
    with pytest.raises(ConfigurationInvalid, match=r"There is no such file\. Make one: accord init"):
        load(tmp_path / "accord.toml", kinds=KINDS)


def test_what_is_wrong_in_a_script_is_told_with_the_scripts_own_line(load_text: Load, tmp_path: Path) -> None:
    (tmp_path / "acme.py").write_text("def outgoing(item, replica):\n    replica.sumary = item.summary\n")
    with pytest.raises(ConfigurationProblems) as caught:
        load_text(GOOD.replace('tracker = "mine"', 'tracker = "mine"\nscript = "acme.py"'))
    (told,) = caught.value.problems
    assert (told.file, told.line, told.column) == (str(tmp_path / "acme.py"), 2, 5)
    assert told.remedy == "Did you mean 'summary'?"
