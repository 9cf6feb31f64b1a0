"""People answer what they are asked, and bring back what lost: by the commands, on two nodes at work."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Home
from tests.cli.test_two_nodes import Running, agree, copy_of, errors_of, two_homes, until

QUESTIONS = '# priority = "ask" '


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Home]]:
    """Both at work, under terms by which people are asked about the priority, and the later edit wins elsewhere."""
    blue, red = two_homes(tmp_path_factory.mktemp("deciding"))
    text = blue.config.read_text()
    assert QUESTIONS in text
    blue.config.write_text(text.replace(QUESTIONS, QUESTIONS.removeprefix("# ")))
    running = [Running(blue), Running(red)]
    for node in running:
        assert node.ready()
    agree(blue, red)
    yield blue, red
    for node in running:
        node.stop()


@pytest.fixture
def blue(nodes: tuple[Home, Home]) -> Home:
    return nodes[0]


@pytest.fixture
def red(nodes: tuple[Home, Home]) -> Home:
    return nodes[1]


def held(file: Path, field: str) -> str | None:
    """What the item of a file holds in a field."""
    lines = [line for line in file.read_text().splitlines() if line.startswith(f"{field}: ")]
    return lines[0].removeprefix(f"{field}: ") if lines else None


def write(file: Path, field: str, value: str) -> None:
    """A person's edit."""
    text = file.read_text()
    before = held(file, field)
    assert before is not None
    file.write_text(text.replace(f"{field}: {before}\n", f"{field}: {value}\n", 1))


def synced(blue: Home, red: Home, key: str, **fields: str) -> tuple[Path, str, Path]:
    """An item that both hold: blue's file, red's key, red's file."""
    blue.item(key, f"Item {key}")
    file = blue.items / f"{key}.md"
    more = "".join(f"{name}: {value}\n" for name, value in fields.items())
    file.write_text(file.read_text().replace("status: open\n", f"status: open\n{more}"))
    (done,) = blue.done("sync", key)
    copy = copy_of(red, f"Item {key}")
    assert copy is not None
    return file, done["remote_key"], copy


def edited_on_both(blue: Home, mine: Path, theirs: Path, field: str, values: tuple[str, str]) -> None:
    """Two people write at the same time: neither hears of the other before both are done."""
    blue.done("pause", "partner", "--because", "a test")
    write(mine, field, values[0])
    write(theirs, field, values[1])
    blue.done("resume", "partner", "--accept")


def asked(blue: Home, red: Home, key: str) -> tuple[Path, str, Path]:
    """An item whose priority waits for a person: high at blue, low at red."""
    mine, there, theirs = synced(blue, red, key, priority="normal")
    edited_on_both(blue, mine, theirs, "priority", ("high", "low"))
    until(lambda: key in errors_of(blue, "Asked") and there in errors_of(red, "Asked"))
    return mine, there, theirs


def test_a_question_is_shown_tried_and_answered(blue: Home, red: Home) -> None:
    mine, there, theirs = asked(blue, red, "ITEM-1")
    assert 'priority of ITEM-1 was changed on both sides: here "high", there "low".' in blue.run("errors").out
    assert f"accord choose {there} priority ours|theirs" in red.run("errors").out
    assert "nobody wins until a person chooses" in red.run("history", there).out

    tried = red.run("choose", there, "priority", "ours", "--preview")
    assert (tried.code, tried.out) == (0, f"priority of {there}: low here, high there -> low\n")
    assert "Nothing was written." in tried.err
    assert (held(mine, "priority"), held(theirs, "priority")) == ("high", "low")

    done = red.done("choose", there, "priority", "theirs", "--by", "ann")
    assert (done["outcome"], done["chosen"]["before"], done["chosen"]["after"]) == ("done", "low", "high")
    until(lambda: held(theirs, "priority") == "high" and not errors_of(blue, "Asked"))
    assert held(mine, "priority") == "high"
    (line,) = [line for line in red.done("history", there) if line["step"] == "conflict"]
    assert (line["details"]["chosen"], line["details"]["lost"]) == ("by ann", "low")
    assert f"Nothing is asked about priority of {there}." in red.run("choose", there, "priority", "ours").err


def test_a_third_value_holds_for_both_sides(blue: Home, red: Home) -> None:
    mine, there, theirs = asked(blue, red, "ITEM-2")
    assert blue.run("choose", "ITEM-2", "priority").code == 2
    assert blue.run("choose", "ITEM-2", "priority", "ours", "--value", "normal").code == 2
    missed = blue.run("choose", "ITEM-2", "prioriti", "ours")
    assert (missed.code, "Did you mean 'priority'?" in missed.err) == (1, True)
    assert blue.done("choose", "ITEM-2", "priority", "--value", "urgent")["outcome"] == "done"
    until(lambda: held(mine, "priority") == held(theirs, "priority") == "urgent")
    assert {one["lost"] for one in blue.done("restore", "ITEM-2")} == {"high", "low"}
    assert [one["lost"] for one in red.done("restore", there)] == ["low"]


def test_what_lost_is_listed_tried_and_brought_back(blue: Home, red: Home) -> None:
    mine, there, theirs = synced(blue, red, "ITEM-3")
    edited_on_both(blue, mine, theirs, "summary", ("By blue", "By red"))
    until(lambda: bool(blue.done("restore", "ITEM-3")) and bool(red.done("restore", there)))
    (lost,) = blue.done("restore", "ITEM-3")
    assert {lost["kept"], lost["lost"]} == {"By blue", "By red"}
    assert (lost["field"], lost["number"]) == ("summary", 1)
    assert f"lost {lost['lost']}, kept {lost['kept']}" in blue.run("restore", "ITEM-3").out
    until(lambda: held(mine, "summary") == held(theirs, "summary") == lost["kept"])

    tried = blue.run("restore", "ITEM-3", "summary", "--preview")
    assert (tried.code, tried.out) == (0, f"summary of ITEM-3: {lost['kept']} -> {lost['lost']}\n")
    assert held(mine, "summary") == lost["kept"]

    ran = blue.run("restore", "ITEM-3", "summary", "--by", "ann")
    assert (ran.code, "Written here, and on its way to the other side." in ran.err) == (0, True)
    until(lambda: held(mine, "summary") == held(theirs, "summary") == lost["lost"])
    assert "ann restored summary of ITEM-3" in blue.run("history", "ITEM-3").out


def test_what_was_edited_since_is_written_over_only_when_asked(blue: Home, red: Home) -> None:
    mine, there, theirs = synced(blue, red, "ITEM-4")
    edited_on_both(blue, mine, theirs, "summary", ("By blue", "By red"))
    until(lambda: bool(red.done("restore", there)) and held(mine, "summary") == held(theirs, "summary"))
    (lost,) = red.done("restore", there)
    write(theirs, "summary", "Since then")
    until(lambda: held(mine, "summary") == "Since then")
    ran = red.run("restore", there, "summary")
    assert (ran.code, f"summary of {there} was edited since that conflict." in ran.err) == (1, True)
    assert "(edited since that conflict)" in red.run("restore", there, "summary", "--preview").out
    assert red.done("restore", there, "summary", "--over-edits")["outcome"] == "done"
    until(lambda: held(mine, "summary") == held(theirs, "summary") == lost["lost"])


def test_what_never_lost_is_not_there_to_restore(blue: Home, red: Home) -> None:
    synced(blue, red, "ITEM-5")
    assert blue.run("restore", "ITEM-5").out == "No value of ITEM-5 has lost a conflict that is in history.\n"
    ran = blue.run("restore", "ITEM-5", "summary")
    assert (ran.code, "No value of summary of ITEM-5 has lost a conflict" in ran.err) == (1, True)
    assert blue.run("restore", "ITEM-99", "summary").code == 1


def test_what_is_decided_while_no_node_runs_waits_for_one(tmp_path: Path) -> None:
    blue, red = two_homes(tmp_path)
    blue.config.write_text(blue.config.read_text().replace(QUESTIONS, QUESTIONS.removeprefix("# ")))
    node, other = Running(blue), Running(red)
    assert node.ready()
    assert other.ready()
    agree(blue, red)
    mine, _, theirs = asked(blue, red, "ITEM-6")
    node.stop()
    ran = blue.run("choose", "ITEM-6", "priority", "theirs")
    assert (ran.code, "No node is running here, so it waits" in ran.err) == (0, True)
    assert held(mine, "priority") == "high"
    again = Running(blue)
    assert again.ready()
    until(lambda: held(mine, "priority") == held(theirs, "priority") == "low")
    for each in (again, other):
        each.stop()
