"""From nothing to two nodes that agree, by the command line alone; the nodes are processes of their own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Home, make_home

PATIENCE = 60.0


class Running:
    """`accord up` in a process of its own."""

    def __init__(self, home: Home) -> None:
        command = [sys.executable, "-m", "accord.cli", "-c", str(home.config), "up", "--json"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ready(self) -> str:
        """The line that it says when it takes requests."""
        assert self._process.stdout
        return self._process.stdout.readline()

    def stop(self) -> tuple[int, list[dict[str, str]]]:
        """Asks it to end; its exit code, and its log."""
        self._process.send_signal(signal.SIGTERM)
        _, log = self._process.communicate(timeout=PATIENCE)
        return self._process.returncode, [json.loads(line) for line in log.splitlines()]


def two_homes(folder: Path) -> tuple[Home, Home]:
    """Blue has ITEM-1, red has nothing; red's tracker knows its own statuses only."""
    blue, red = make_home(folder / "blue", "blue"), make_home(folder / "red", "red")
    (red.items / "ITEM-1.md").unlink()
    (red.items / "tracker.yaml").write_text("statuses: [open, closed]\n")
    return blue, red


def agree(blue: Home, red: Home) -> None:
    red.done("accept", blue.done("invite", "partner")["code"], "partner")


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Home]]:
    """Both nodes at work, under an agreement."""
    homes = two_homes(tmp_path_factory.mktemp("nodes"))
    running = [Running(home) for home in homes]
    for node, home in zip(running, homes, strict=True):
        assert f"{home.path.name} is up at http://127.0.0.1:" in node.ready()
    agree(*homes)
    yield homes
    for node in running:
        node.stop()


@pytest.fixture
def blue(nodes: tuple[Home, Home]) -> Home:
    return nodes[0]


@pytest.fixture
def red(nodes: tuple[Home, Home]) -> Home:
    return nodes[1]


def until(holds: Callable[[], bool]) -> None:
    """Another process has no event to wait for."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def copy_of(home: Home, summary: str) -> Path | None:
    """The file of the item with this summary, once there is one."""
    return next((file for file in home.items.glob("*.md") if f"summary: {summary}\n" in file.read_text()), None)


def set_status(home: Home, key: str, status: str) -> None:
    file = home.items / f"{key}.md"
    file.write_text(file.read_text().replace("status: open", f"status: {status}"))


def errors_of(home: Home, error: str) -> list[str]:
    return [key for group in home.done("errors") if group["error"] == error for key in group["keys"]]


def test_an_item_comes_under_sync_and_leaves_it_again(blue: Home, red: Home) -> None:
    before = red.done("status")["connections"][0]["under_sync"]
    preview = blue.done("preview", "ITEM-1")
    assert (preview["under_sync"], preview["sending"]["fields"]["summary"]) == (False, [None, "Try Accord"])
    assert "summary: (empty) -> Try Accord" in blue.run("preview", "ITEM-1").out

    (synced,) = blue.done("sync", "ITEM-1")
    assert (synced["key"], synced["status"], synced["new"]) == ("ITEM-1", "settled", True)
    key, file = synced["remote_key"], copy_of(red, "Try Accord")
    assert file is not None
    assert blue.run("sync", "ITEM-1").out.strip() == f"ITEM-1 -> {key} (partner): settled"

    status = red.done("status")
    assert status["running"]
    (connection,) = status["connections"]
    assert (connection["under_sync"], connection["peer"]) == (before + 1, "blue")
    assert "partner" in blue.run("status").out
    assert [line["step"] for line in blue.done("history", "ITEM-1")][-2:] == ["settle", "outgoing"]
    assert f"created {key} from ITEM-1" in red.run("history", key).out
    assert blue.done("preview", "ITEM-1")["sending"]["news"] is False

    file.write_text(file.read_text().replace("Try Accord", "Tried"))
    until(lambda: "summary: Tried" in (blue.items / "ITEM-1.md").read_text())

    assert "no longer under sync" in blue.run("unsync", "ITEM-1").out
    until(lambda: red.done("status")["connections"][0]["under_sync"] == before)
    assert red.done("history", key)[0]["step"] == "ended"


def test_what_is_refused_there_is_shown_mended_and_retried(blue: Home, red: Home) -> None:
    blue.item("ITEM-20", "Reopened there")
    set_status(blue, "ITEM-20", "reopened")
    ran = blue.run("sync", "ITEM-20", "--timeout", "0.1")
    assert (ran.code, "(still)" in ran.out) == (1, True)
    until(lambda: "ITEM-20" in errors_of(red, "WriteRefused"))
    assert "status" in red.run("errors").out
    assert "blocked" in red.run("queue").out
    assert red.done("preview", "ITEM-20")["request"]["fields"]["status"] == [None, "reopened"]
    assert "would create an item here" in red.run("preview", "ITEM-20").out

    (red.items / "tracker.yaml").write_text("statuses: [open, closed, reopened]\n")
    assert red.done("retry", "ITEM-20")["lanes"] == 1
    until(lambda: copy_of(red, "Reopened there") is not None)
    assert blue.run("sync", "ITEM-20").code == 0


def test_what_is_refused_there_can_be_skipped(blue: Home, red: Home) -> None:
    blue.item("ITEM-30", "Skipped there")
    (synced,) = blue.done("sync", "ITEM-30")
    set_status(blue, "ITEM-30", "lost")
    until(lambda: synced["remote_key"] in errors_of(red, "WriteRefused"))
    assert "Skipped what ITEM-30 sent" in red.run("skip", synced["remote_key"]).out
    assert blue.run("sync", "ITEM-30").code == 0
    file = copy_of(red, "Skipped there")
    assert file is not None
    assert "status: open" in file.read_text()


def test_two_items_are_paired(blue: Home, red: Home) -> None:
    blue.item("ITEM-40", "The same here")
    red.item("RED-4", "The same there")
    asked = blue.run("connect", "ITEM-40", "RED-4")
    assert (asked.code, "accord connect RED-4 ITEM-40" in asked.out) == (0, True)
    until(lambda: "RED-4" in errors_of(red, "GuardStopped"))
    assert red.done("connect", "RED-4", "ITEM-40")["approved"]
    (synced,) = blue.done("sync", "ITEM-40")
    assert (synced["remote_key"], synced["status"]) == ("RED-4", "settled")


def test_a_paused_connection_waits(blue: Home, red: Home) -> None:
    blue.item("ITEM-50", "Paused for a while")
    assert blue.run("pause", "partner", "--because", "the move").code == 0
    ran = blue.run("sync", "ITEM-50")
    assert (ran.code, "Connection partner is paused: the move." in ran.err) == (1, True)
    assert "accord resume partner" in blue.run("queue").out
    assert blue.done("resume", "partner", "--accept")["allowed_until"]
    assert blue.run("sync", "ITEM-50").code == 0
    assert copy_of(red, "Paused for a while") is not None


def test_one_node_at_a_time_on_a_folder(blue: Home) -> None:
    ran = blue.run("up")
    assert (ran.code, "A node is running on" in ran.err) == (1, True)


def test_what_is_asked_for_while_no_node_runs_is_done_when_one_starts(tmp_path: Path) -> None:
    blue, red = two_homes(tmp_path)
    node, other = Running(blue), Running(red)
    assert node.ready()
    assert other.ready()
    agree(blue, red)
    code, log = node.stop()
    assert (code, [line["event"] for line in log]) == (0, ["node.up", "node.down"])
    ran = blue.run("sync", "ITEM-1")
    assert (ran.code, ran.out) == (0, "ITEM-1 (partner): registered\n")
    assert "accord up starts one" in ran.err
    assert blue.run("sync", "ITEM-1", "--no-wait").err == ""
    assert blue.done("queue")[0]["status"] == "queued"
    again = Running(blue)
    assert again.ready()
    assert blue.run("sync", "ITEM-1").code == 0
    for each in (again, other):
        assert each.stop()[0] == 0
