"""The tutorial's package where others would have it: installed, found by its entry point, tested and at work."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.examples.conftest import DOCUMENT, PACKAGE, Environment

PATIENCE = 60.0


@pytest.fixture(scope="session")
def taskwarrior(environment: Environment) -> str:
    """Its program, as the package's own tests find it."""
    find = "import conftest, pathlib, shutil, sys; d = pathlib.Path(sys.argv[1]);"
    find += "print(shutil.which('task') or conftest.unpacked(d) or '')"
    found = environment.run("python", "-c", find, str(environment.path), cwd=PACKAGE / "tests").strip()
    if not found:
        pytest.skip("There is no Taskwarrior here: apt-get install taskwarrior.")
    return found


def test_the_package_passes_the_suite(environment: Environment, taskwarrior: str, tmp_path: Path) -> None:
    """What it skips is what tasks do not have: files, time spent, a workflow, pushes, HTTP."""
    copy = tmp_path / "package"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    shutil.rmtree(copy / "src")
    said = environment.run("python", "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider", cwd=copy)
    reasons = set(re.findall(r"^SKIPPED .*?: (?:\S+\.py:\d+: )?(.*)$", said, re.MULTILINE))
    ends = re.search(r"(\d+) passed, (\d+) skipped", said)
    assert ends, said
    passed, skipped = int(ends[1]), int(ends[2])
    assert {reason for reason in reasons if not re.search(LACKING, reason)} == set()
    words = " ".join(DOCUMENT.read_text().split())
    assert f"{passed + skipped} in number with all their parameters, {skipped} are skipped" in words
    assert f"named checks, {passed + skipped} with their parameters" in words


LACKING = (
    "no (attachments|deleting of attachments|work logs|pushes|correcting|deleting work|deleting links|finding children"
    "|links)|no (type|resolution|assignee|parent) that can be written|no tracker_at|no workflow"
)


@dataclass(frozen=True)
class Node:
    """A node of the installed Accord."""

    environment: Environment
    home: Path

    def accord(self, *words: str) -> str:
        return self.environment.run("accord", words[0], "-c", str(self.home / "accord.toml"), *words[1:])

    def write(self, name: str, tracker: str) -> None:
        """Its configuration: `accord init`'s, with this tracker."""
        file = self.home / "accord.toml"
        text = file.read_text().replace("my-node", name)
        text = re.sub(r"(?m)^listen = \S+", f'listen = "127.0.0.1:{free_port()}"\npoll_seconds = 1', text)
        text = re.sub(r"(\[trackers\.mine\]\n).*?\n\n", rf"\g<1>{tracker}\n\n", text, flags=re.DOTALL)
        file.write_text(text)

    @contextmanager
    def up(self) -> Iterator[None]:
        command = (str(self.environment.path / "bin" / "accord"), "-c", str(self.home / "accord.toml"), "up")
        with (self.home / "log").open("w") as log:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert process.stdout
            assert " is up at " in process.stdout.readline(), (self.home / "log").read_text()
            yield
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(holds: Callable[[], bool]) -> None:
    """Another process has no event to wait for."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.1)


def test_tasks_and_a_folder_come_to_agree(environment: Environment, taskwarrior: str, tmp_path: Path) -> None:
    tasks, folder = (Node(environment, tmp_path / name) for name in ("tasks", "folder"))
    environment.run("accord", "init", "--kind", "taskwarrior", str(tasks.home))
    environment.run("accord", "init", str(folder.home))
    (folder.home / "items" / "ITEM-1.md").unlink()
    tasks.write("tasks", f'kind = "taskwarrior"\ndata = "data"\ncommand = "{taskwarrior}"')
    (tasks.home / "data").mkdir()
    folder.write("folder", 'kind = "markdown"\nfolder = "items"\nprefix = "RED"')
    config = tasks.home / "accord.toml"
    text = re.sub(r"(?m)^(assignee|attachments) = .*\n", "", config.read_text())  # a task has neither
    config.write_text(text.replace('# trigger = "..."', 'trigger = "+shared"'))

    def task(*words: str) -> str:
        options = (taskwarrior, "rc:/dev/null", "rc.confirmation=no", f"rc.data.location={tasks.home / 'data'}")
        return subprocess.run((*options, *words), capture_output=True, text=True, check=True, timeout=10).stdout

    task("add", "Café closes early", "+shared", "priority:H")
    key = task("rc.verbose=nothing", "+LATEST", "uuids").strip()
    assert "tracker mine: answers, 7 fields" in tasks.accord("check")
    with ExitStack() as running:
        running.enter_context(tasks.up())
        running.enter_context(folder.up())
        code = json.loads(tasks.accord("invite", "partner", "--json"))["code"]
        folder.accord("accept", code, "partner")
        items = folder.home / "items"
        until(lambda: any("Café closes early" in file.read_text() for file in items.glob("RED-1*.md")))
        (file,) = items.glob("RED-1*.md")
        file.write_text(file.read_text().replace("Café closes early", "Café closes late"))
        until(lambda: "Café closes late" in task("export"))
        task(key, "annotate", "--", "Says who?")
        until(lambda: any("Says who?" in note.read_text() for note in items.rglob("comments/*.md")))
        assert [one["uuid"] for one in json.loads(task("export"))] == [key]
