"""The real Redmine that tests start."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from accord.testing.redmine import RedmineMissing, RedmineRefused, RedmineServer, RedmineStartFailed, packages
from accord.testing.redmine.fixtures import redmine_server

__all__ = ["redmine_server"]

HOLDER = """
import sys
from pathlib import Path
from accord.testing.redmine import RedmineServer
server = RedmineServer.start(Path(sys.argv[1]))
print(server.pid, flush=True)
sys.stdin.read()
"""


async def test_data_and_address_survive_a_restart(redmine_server: RedmineServer) -> None:
    alice, url = redmine_server.user("alice"), redmine_server.url
    key = await alice.create("Kept", "...")
    redmine_server.stop()
    assert redmine_server.pid is None
    redmine_server.restart()
    assert redmine_server.url == url
    assert (await alice.get(key))["subject"] == "Kept"


def test_it_ends_with_whoever_started_it(tmp_path: Path, redmine_server: RedmineServer) -> None:
    command = (sys.executable, "-c", HOLDER, str(tmp_path))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        pid = int(holder.stdout.readline())
        server = os.pidfd_open(pid)
        holder.kill()
    ended, _, _ = select.select([server], [], [], 10)
    os.close(server)
    assert ended


def test_one_that_is_damaged_is_told(redmine_server: RedmineServer) -> None:
    broken = redmine_server.app / "config.ru"
    text = broken.read_text()
    broken.write_text("this is no rackup file (\n")
    try:
        with pytest.raises(RedmineStartFailed, match=r"config\.ru"):
            redmine_server.restart()
        assert redmine_server.pid is None
    finally:
        broken.write_text(text)
        redmine_server.restart()


async def test_people_may_do_what_their_roles_let_them(redmine_server: RedmineServer) -> None:
    key = await redmine_server.user("syncbot").create("Hidden", project_id="hidden")
    with pytest.raises(RedmineRefused) as caught:
        await redmine_server.user("alice").get(key)
    assert caught.value.status == 403
    with pytest.raises(ValueError, match="No user 'mallory'"):
        redmine_server.user("mallory")


def test_where_it_can_not_be_had_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "PACKAGES", ("redmine", "no-such-package"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(RedmineMissing, match=r"As root: .*apt-get install redmine no-such-package"):
        packages.redmine_version()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RedmineMissing, match="no Debian"):
        packages.redmine_version()
