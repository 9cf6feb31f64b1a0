"""The real Roundup that tests start."""

from __future__ import annotations

import asyncio
import os
import select
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from accord.testing.roundup import RoundupPerson, RoundupRefused, RoundupServer, RoundupStartFailed
from accord.testing.roundup.fixtures import roundup_server

__all__ = ["roundup_server"]

HOLDER = """
import sys
from pathlib import Path
from accord.testing.roundup import RoundupServer
server = RoundupServer.start(Path(sys.argv[1]))
print(server.pid, flush=True)
sys.stdin.read()
"""


async def test_data_and_address_survive_a_restart(tmp_path: Path) -> None:
    with RoundupServer.start(tmp_path) as server:
        alice, url = server.user("alice"), server.url
        key = await alice.create("Kept", "...")
        server.stop()
        assert server.pid is None
        server.restart()
        assert server.url == url
        assert (await alice.get(key))["title"] == "Kept"
    with RoundupServer.start(tmp_path) as again:
        assert (await again.user("bob").get(key))["title"] == "Kept"


def test_it_ends_with_whoever_started_it(tmp_path: Path) -> None:
    command = (sys.executable, "-c", HOLDER, str(tmp_path))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        pid = int(holder.stdout.readline())
        server = os.pidfd_open(pid)
        holder.kill()
    ended, _, _ = select.select([server], [], [], 10)
    os.close(server)
    assert ended


def test_a_port_that_is_taken_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(RoundupStartFailed, match="port already in use"):
            RoundupServer.start(tmp_path, port=taken.getsockname()[1])


def test_a_tracker_that_is_damaged_is_told(tmp_path: Path) -> None:
    with RoundupServer.start(tmp_path) as server:
        server.stop()
        (server.home / "schema.py").write_text("this is not a schema\n")
        with pytest.raises(RoundupStartFailed, match="SyntaxError"):
            server.restart()
        assert server.pid is None


async def test_people_do_not_overwrite_each_other(roundup_server: RoundupServer) -> None:
    alice = roundup_server.user("alice")
    key = await alice.create("Mine", "...")
    with pytest.raises(RoundupRefused) as caught:
        await alice.call("PUT", f"data/issue/{key}", json={"title": "Blind"}, etag='"stale"')
    assert caught.value.status == 412
    await alice.set(key, title="Seen")
    assert (await alice.get(key))["title"] == "Seen"


async def test_a_strict_one_never_takes_two_writes_to_one_version(tmp_path: Path) -> None:
    with RoundupServer.start(tmp_path, strict=True) as server:
        alice, bob = server.user("alice"), server.user("bob")
        key = await alice.create("Race", "...")

        async def write(person: RoundupPerson, title: str, etag: str) -> int:
            try:
                await person.call("PUT", f"data/issue/{key}", json={"title": title}, etag=etag)
            except RoundupRefused as refused:
                return refused.status
            return 200

        for n in range(10):
            etag = (await alice.call("GET", f"data/issue/{key}"))["@etag"]
            outcomes = await asyncio.gather(write(alice, f"a{n}", etag), write(bob, f"b{n}", etag))
            assert sorted(outcomes) == [200, 412]


def test_only_seeded_users_are_there(roundup_server: RoundupServer) -> None:
    with pytest.raises(ValueError, match="No user 'mallory'"):
        roundup_server.user("mallory")
