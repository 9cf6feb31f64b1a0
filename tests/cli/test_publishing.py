"""Rules are changed while two nodes run: tried, published, brought to all items, and taken back."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Home
from tests.cli.test_two_nodes import Running, agree, copy_of, errors_of, two_homes, until

PRIORITY = 'priority = "both"\n'
ITEMS = 6


def bring_items_under_sync(blue: Home, items: int = ITEMS) -> None:
    for number in range(1, items + 1):
        blue.item(f"ITEM-{number}", f"Item {number}")
        file = blue.items / f"ITEM-{number}.md"
        file.write_text(file.read_text().replace("status: open", "status: open\npriority: high"))
    blue.done("sync", *(f"ITEM-{number}" for number in range(1, items + 1)))


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Home, Home]]:
    """Both at work, under an agreement, for one test: what it publishes stays. Red keeps the priority out."""
    blue, red = two_homes(tmp_path)
    red.config.write_text(red.config.read_text().replace(PRIORITY, ""))
    running = [Running(blue), Running(red)]
    for node in running:
        assert node.ready()
    agree(blue, red)
    yield blue, red
    for node in running:
        node.stop()


def edit(home: Home, old: str, new: str) -> None:
    text = home.config.read_text()
    assert old in text
    home.config.write_text(text.replace(old, new, 1))


def priorities(home: Home) -> list[bool]:
    files = sorted(home.items.glob("*.md"))
    return ["priority: high" in file.read_text() for file in files]


def rows(home: Home) -> list[str]:
    """All that a node's database holds, but for what passes by itself."""
    with sqlite3.connect(home.path / ".accord" / "accord.db") as database:
        return [line for line in database.iterdump() if '"nonces"' not in line and '"cursors"' not in line]


def test_the_first_version_came_by_itself(nodes: tuple[Home, Home]) -> None:
    for home in nodes:
        listed = home.done("rules")
        assert [(v["number"], v["who"], v["in_force"]) for v in listed["versions"]] == [(1, "accord", True)]
        assert listed["drafts"] == []
        assert "in force" in home.run("rules").out


def test_a_draft_is_seen_tried_published_and_brought_to_all_items(nodes: tuple[Home, Home]) -> None:
    blue, red = nodes
    bring_items_under_sync(blue)
    until(lambda: copy_of(red, f"Item {ITEMS}") is not None)
    edit(red, 'summary = "both" ', PRIORITY + 'summary = "both" ')
    (draft,) = red.done("status")["drafts"]
    assert (draft["connection"], draft["in_force"], draft["lines"]) == ("partner", 1, 1)
    assert "The files of partner hold a draft" in red.run("check").err
    assert '+priority = "both"' in red.run("rules", "diff").out

    # Trying it writes nothing, here or there.
    before, files = rows(red), {file: file.read_bytes() for file in red.items.rglob("*") if file.is_file()}
    ran = red.run("preview", "--all", "--draft", "--json")
    *items, last = [json.loads(line) for line in ran.out.splitlines()]
    assert len(items) == last["summary"]["items"] == last["summary"]["writes"] == ITEMS
    assert items[0]["item"]["here"]["fields"] == {"priority": [None, "high"]}
    assert f"{ITEMS} items: 0 would tell the other side something, {ITEMS} would be changed" in (
        red.run("preview", "--all", "--draft").out
    )
    seen = [json.loads(line) for line in red.run("preview", "--query", "status = open", "--json").out.splitlines()]
    assert (len(seen), seen[-1]["summary"]["writes"]) == (ITEMS + 1, 0)
    replayed = red.done("rules", "replay", "partner", "--last", "3")
    assert [sync["fields"] for sync in replayed["syncs"]] == [{"priority": [None, "high"]}] * 3
    assert "would be high" in red.run("rules", "replay", "partner").out
    assert rows(red) == before
    assert {file: file.read_bytes() for file in red.items.rglob("*") if file.is_file()} == files

    # Publishing it asks where many items would change, and brings them in line.
    assert "nobody here to ask" in red.run("publish", "partner", "--why", "they ask", "--and-sync").err
    done = red.done("publish", "partner", "--why", "they ask for it", "--by", "anna", "--and-sync", "--yes")
    assert (done["version"], done["who"], done["job"]["total"]) == (2, "anna", ITEMS)
    until(lambda: all(priorities(red)))
    until(lambda: red.done("jobs")[0]["state"] == "done")
    assert red.done("status")["drafts"] == []
    line = next(line for line in red.done("history") if line["step"] == "renewed")
    assert line["details"]["rules"] == 2


def test_items_that_a_rule_had_blocked_go_on(nodes: tuple[Home, Home]) -> None:
    blue, red = nodes
    bring_items_under_sync(blue, 1)
    until(lambda: copy_of(red, "Item 1") is not None)
    edit(red, 'summary = "both" ', 'priority = { pairs = { "high" = "high" }, strict = true }\nsummary = "both" ')
    red.done("publish", "partner", "--why", "only what we know")
    file = blue.items / "ITEM-1.md"
    file.write_text(file.read_text().replace("priority: high", "priority: medium"))
    until(lambda: "RuleFailed" in str(red.done("errors")))
    key = errors_of(red, "RuleFailed")[0]
    edit(red, '"high" = "high" }', '"high" = "high", "medium" = "medium" }')
    ran = red.run("publish", "partner", "--why", "another word")
    assert (ran.code, "1 that a rule had blocked try again" in ran.out) == (0, True)
    until(lambda: "priority: medium" in next(red.items.glob(f"{key}*.md")).read_text())


def test_a_draft_that_does_not_check_is_refused_and_one_can_go_back(nodes: tuple[Home, Home]) -> None:
    _, red = nodes
    edit(red, 'status = "both"\n', 'status = { pairs = { "open" = "opne" } }\n')
    ran = red.run("publish", "partner", "--why", "a slip")
    assert (ran.code, "accord.toml:" in ran.err, "opne" in ran.err) == (1, True, True)
    edit(red, 'status = { pairs = { "open" = "opne" } }\n', 'status = "both"\n')
    assert "say what is in force already" in red.run("publish", "partner", "--why", "nothing").err

    edit(red, 'summary = "both" ', PRIORITY + 'summary = "both" ')
    assert red.done("publish", "partner", "--why", "they ask for it")["version"] == 2
    edit(red, PRIORITY, 'priority = { pairs = { "high" = "high" }, strict = true }\n')
    assert red.done("publish", "partner", "--why", "only what we know")["version"] == 3

    done = red.done("rules", "roll-back", "2", "--why", "too strict")
    assert (done["version"], [d["connection"] for d in done["drafts"]]) == (4, ["partner"])
    shown = red.run("rules", "show", "4").out
    assert "[connections.partner.map]" in shown
    assert PRIORITY.strip() in shown
    assert red.done("rules")["versions"][0]["why"] == "back to version 2: too strict"
    assert "no version 9" in red.run("rules", "roll-back", "9", "--why", "x").err
    assert red.done("rules", "diff", "2", "4")["diff"] == ""


def test_a_job_outlives_the_node_that_runs_it(tmp_path: Path) -> None:
    blue, red = two_homes(tmp_path)
    red.config.write_text(red.config.read_text().replace(PRIORITY, ""))
    node, other = Running(red), Running(blue)
    assert node.ready()
    assert other.ready()
    agree(blue, red)
    bring_items_under_sync(blue)
    edit(red, 'summary = "both" ', PRIORITY + 'summary = "both" ')
    red.done("publish", "partner", "--why", "they ask for it")
    job = red.done("sync", "--all", "--yes", "--pace", "1")["job"]
    until(lambda: red.done("jobs")[0]["done"] >= 2)
    os.kill(node._process.pid, signal.SIGKILL)
    node._process.wait()
    until(lambda: not red.done("status")["running"])
    (line,) = red.done("status")["jobs"]
    assert 2 <= line["done"] < ITEMS
    assert red.done("jobs", "pause", str(job["id"]))["state"] == "paused"
    again = Running(red)
    assert again.ready()
    assert red.done("jobs", "resume", str(job["id"]))["state"] == "running"
    until(lambda: red.done("jobs")[0]["state"] == "done")
    until(lambda: all(priorities(red)))
    assert red.done("jobs")[0]["done"] == ITEMS
    assert "has ended" in red.run("jobs", "cancel", str(job["id"])).err
    for each in (again, other):
        each.stop()
