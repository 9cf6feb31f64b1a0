"""The server that tests run on leaves nothing behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil

SERVE = """
import psycopg, signal
from accord.testing.postgres import postgres_server
with postgres_server() as server, psycopg.connect(server.url) as connection:
    print(connection.execute("show data_directory").fetchone()[0], flush=True)
    signal.pause()
"""


def test_a_server_ends_with_its_process_even_if_that_is_killed() -> None:
    command = (sys.executable, "-W", "ignore", "-c", SERVE)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as serving:
        assert serving.stdout
        data = Path(serving.stdout.readline().strip())
        server = psutil.Process(int((data / "postmaster.pid").read_text().split()[0]))
        assert server.is_running()
        serving.kill()
    server.wait(timeout=20)
    assert not server.is_running()
