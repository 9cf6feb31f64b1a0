"""The real Request Tracker that tests start."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from pathlib import Path

import pytest

from accord.testing.rt import RTMissing, RTRefused, RTServer, packages
from accord.testing.rt.fixtures import rt_server

__all__ = ["rt_server"]

HOLDER = """
import sys
from pathlib import Path
from accord.testing.rt import RTServer
server = RTServer.start(Path(sys.argv[1]))
print(server.pid, flush=True)
sys.stdin.read()
"""


async def test_data_and_address_survive_a_restart(rt_server: RTServer) -> None:
    alice, url = rt_server.user("alice"), rt_server.url
    key = await alice.create("Kept", "...")
    rt_server.stop()
    assert rt_server.pid is None
    rt_server.restart()
    assert rt_server.url == url
    assert (await alice.get(key))["Subject"] == "Kept"


def test_it_ends_with_whoever_started_it(tmp_path: Path, rt_server: RTServer) -> None:
    command = (sys.executable, "-c", HOLDER, str(tmp_path))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        pid = int(holder.stdout.readline())
        server = os.pidfd_open(pid)
        holder.kill()
    ended, _, _ = select.select([server], [], [], 10)
    os.close(server)
    assert ended


async def test_people_may_do_what_their_rights_let_them(rt_server: RTServer) -> None:
    key = await rt_server.user("alice").create("Hidden", Queue="Hidden")
    with pytest.raises(RTRefused) as caught:
        await rt_server.user("syncbot").get(key)
    assert caught.value.status == 403
    with pytest.raises(ValueError, match="No user 'mallory'"):
        rt_server.user("mallory")


def test_where_it_can_not_be_had_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "PACKAGES", ("request-tracker5", "no-such-package"))
    monkeypatch.setattr(packages, "NEEDED", ("request-tracker5", "no-such-package"))
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(RTMissing, match=r"As root: apt-get install request-tracker5 no-such-package"):
        packages.rt_version()
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(RTMissing, match="no Debian"):
        packages.rt_version()
