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

PATIENCE = 20.0


class Running:
    """`accord up` in a process of its own."""

    def __init__(self, home: Home) -> None:
        command = [sys.executable, "-m", "accord.cli", "-c", str(home.config), "up", "--json"]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.ready = self._process.stdout.readline()

    def stop(self) -> tuple[int, list[dict[str, str]]]:
        """Asks it to end; its exit code, and its log."""
        self._process.send_signal(signal.SIGTERM)
        _, log = self._process.communicate(timeout=PATIENCE)
        return self._process.returncode, [json.loads(line) for line in log.splitlines()]


@pytest.fixture
def blue(tmp_path: Path) -> Home:
    return make_home(tmp_path / "blue", "blue")


@pytest.fixture
def red(tmp_path: Path) -> Home:
    home = make_home(tmp_path / "red", "red")
    (home.items / "ITEM-1.md").unlink()
    (home.items / "tracker.yaml").write_text("statuses: [open, closed]\n")
    return home


@pytest.fixture
def running(blue: Home, red: Home) -> Iterator[tuple[Running, Running]]:
    """Both nodes at work, in agreement to keep items in agreement."""
    both = (Running(blue), Running(red))
    red.done("accept", blue.done("invite", "partner")["code"], "partner")
    yield both
    for node in both:
        node.stop()


def until(holds: Callable[[], bool]) -> None:
    """Another process has no event to wait for."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.05)


def files(home: Home) -> list[Path]:
    return sorted(home.items.glob("*.md"))


def test_an_item_comes_under_sync_and_leaves_it_again(running: tuple[Running, Running], blue: Home, red: Home) -> None:
    assert "blue is up at http://127.0.0.1:" in running[0].ready
    preview = blue.done("preview", "ITEM-1")
    assert (preview["under_sync"], preview["sending"]["fields"]["summary"]) == (False, [None, "Try Accord"])

    synced = blue.run("sync", "ITEM-1")
    assert (synced.code, synced.out.strip()) == (0, "ITEM-1 -> ITEM-1 (partner): settled")
    (file,) = files(red)
    assert "summary: Try Accord" in file.read_text()

    status = red.done("status")
    assert (status["running"], status["well"]) == (True, True)
    (connection,) = status["connections"]
    assert (connection["under_sync"], connection["peer"], connection["waiting_in"]) == (1, "blue", 0)
    assert "partner" in blue.run("status").out
    assert [line["step"] for line in blue.done("history", "ITEM-1")] == ["settle", "outgoing"]
    assert "created ITEM-1 from ITEM-1" in red.run("history", "ITEM-1").out
    assert blue.done("preview", "ITEM-1")["sending"]["news"] is False

    file.write_text(file.read_text().replace("Try Accord", "Tried"))
    until(lambda: "summary: Tried" in (blue.items / "ITEM-1.md").read_text())

    assert "no longer under sync" in blue.run("unsync", "ITEM-1").out
    until(lambda: red.done("status")["connections"][0]["under_sync"] == 0)
    assert red.done("history", "ITEM-1")[0]["step"] == "ended"


def test_what_is_refused_there_is_shown_mended_and_retried(
    running: tuple[Running, Running], blue: Home, red: Home
) -> None:  # fmt: skip
    blue.item("ITEM-2", "Two")
    (blue.items / "ITEM-2.md").write_text((blue.items / "ITEM-2.md").read_text().replace("open", "reopened"))
    ran = blue.run("sync", "ITEM-2", "--timeout", "0.1")
    assert (ran.code, "(still)" in ran.out) == (1, True)
    until(lambda: bool(red.done("errors")))
    (group,) = red.done("errors")
    assert (group["error"], group["where"]["value"], group["blocked"]) == ("WriteRefused", "reopened", 1)
    assert "reopened" in red.run("errors").out
    assert "blocked" in red.run("queue").out
    assert red.done("preview", "ITEM-2")["request"]["fields"]["status"] == [None, "reopened"]
    assert "would create an item here" in red.run("preview", "ITEM-2").out

    (red.items / "tracker.yaml").write_text("statuses: [open, closed, reopened]\n")
    assert red.done("retry")["lanes"] == 1
    until(lambda: len(files(red)) == 1)
    assert blue.run("sync", "ITEM-2").code == 0


def test_what_is_refused_there_can_be_skipped(running: tuple[Running, Running], blue: Home, red: Home) -> None:
    assert blue.run("sync", "ITEM-1").code == 0
    item = blue.items / "ITEM-1.md"
    item.write_text(item.read_text().replace("status: open", "status: reopened"))
    until(lambda: bool(red.done("errors")))
    assert "Skipped what ITEM-1 sent" in red.run("skip", "ITEM-1").out
    assert blue.run("sync", "ITEM-1").code == 0
    assert "status: open" in files(red)[0].read_text()


def test_two_items_are_paired(running: tuple[Running, Running], blue: Home, red: Home) -> None:
    red.item("RED-7", "The same thing")
    asked = blue.run("connect", "ITEM-1", "RED-7")
    assert (asked.code, "accord connect RED-7 ITEM-1" in asked.out) == (0, True)
    until(lambda: bool(red.done("errors")))
    assert red.done("connect", "RED-7", "ITEM-1")["approved"]
    synced = blue.done("sync", "ITEM-1")
    assert [(one["key"], one["remote_key"], one["status"]) for one in synced] == [("ITEM-1", "RED-7", "settled")]
    assert len(files(red)) == 1


def test_a_paused_connection_waits(running: tuple[Running, Running], blue: Home, red: Home) -> None:
    assert blue.run("pause", "partner", "--because", "the move").code == 0
    ran = blue.run("sync", "ITEM-1")
    assert (ran.code, "Connection partner is paused: the move." in ran.err) == (1, True)
    assert "accord resume partner" in blue.run("queue").out
    assert blue.done("resume", "partner", "--accept")["allowed_until"]
    assert blue.run("sync", "ITEM-1").code == 0
    assert len(files(red)) == 1


def test_without_a_node_what_is_asked_for_waits_and_is_done_when_one_starts(blue: Home, red: Home) -> None:
    node, other = Running(blue), Running(red)
    red.done("accept", blue.done("invite", "partner")["code"], "partner")
    code, log = node.stop()
    assert (code, [line["event"] for line in log]) == (0, ["node.up", "node.down"])
    ran = blue.run("sync", "ITEM-1")
    assert (ran.code, ran.out) == (0, "ITEM-1 (partner): registered\n")
    assert "accord up starts one" in ran.err
    assert blue.run("sync", "ITEM-1", "--no-wait").err == ""
    assert blue.done("queue")[0]["status"] == "queued"
    again = Running(blue)
    assert blue.run("sync", "ITEM-1").code == 0
    for each in (again, other):
        assert each.stop()[0] == 0


def test_one_node_at_a_time_on_a_folder(running: tuple[Running, Running], blue: Home) -> None:
    ran = blue.run("up")
    assert (ran.code, "A node is running on" in ran.err) == (1, True)
