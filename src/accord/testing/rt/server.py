"""Starting, stopping and restarting a real RT as a child process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

from accord.testing.postgres import postgres_server
from accord.testing.rt.packages import HOME
from accord.testing.rt.person import RTPerson
from accord.testing.rt.template import RTStartFailed, configure, run, template

USERS = ("alice", "bob", "syncbot", "root")
READY_WITHIN = 120.0
WORKERS = 4
# Whoever started it holds the other end of its standard input: with them, however they end, the server ends too.
SERVE = 'exec 3<&0 </dev/null; ( read -r _ <&3; kill -KILL 0 ) & exec perl "$@" 3<&-'


class RTServer:
    """One RT on loopback with a PostgreSQL of its own. `url` ends in `/` and survives a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._database = ""
        self._tokens: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = contextlib.ExitStack()

    @classmethod
    def start(cls, folder: Path) -> RTServer:
        """Serves a new tracker in `folder`, which is lost at the end. Use it as a context manager, or `close` it.

        Raises RTMissing, RTStartFailed.
        """
        made = template()
        server = cls(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            server._tokens = json.loads(made.tokens.read_text())
            server._database = server._closing.enter_context(postgres_server()).load(made.dump)
            server.port = _free_port()
            server.restart()
        except BaseException:
            server.close()
            raise
        return server

    @property
    def log(self) -> Path:
        return self.folder / "rt.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int | None:
        """The server's process, None while it is stopped."""
        return self._process.pid if self._process else None

    def user(self, login: str) -> RTPerson:
        """One of the seeded users to act as."""
        return RTPerson(self.url, login, self.token(login))

    def token(self, login: str) -> str:
        """The token of a seeded user."""
        if login not in USERS:
            raise ValueError(f"No user {login!r} with a token: there are {', '.join(USERS)}.")
        return self._tokens[login]

    def perl(self, script: str) -> None:
        """Runs a script within RT (2 s): what an administrator does who has no API for it."""
        path = self.folder / "script.pl"
        path.write_text(f"use lib '{HOME}/lib'; use utf8; use RT -init; my $system = RT->SystemUser;\n{script}\n")
        run(configure(self.folder, self._database, self.port), "perl", str(path))

    def restart(self) -> None:
        """Starts again on the same data and port; stops first where it runs. Raises RTStartFailed."""
        self.stop()
        known = configure(self.folder, self._database, self.port)
        serving = ("--host", "127.0.0.1", "--port", str(self.port), "--max-workers", str(WORKERS))
        command = ("/bin/sh", "-c", SERVE, "sh", str(HOME / "libexec" / "rt-server"), *serving)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                command,
                cwd=self.folder,
                env=known,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._wait_until_ready(self._process)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + READY_WITHIN
        while not self._answers():
            if process.poll() is not None or time.monotonic() > until:
                said = self.log.read_text(errors="replace")[-1500:].strip()
                self.stop()
                raise RTStartFailed(f"RT did not start. {self.log} ends with:\n{said}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        headers = {"Authorization": f"token {self.token('syncbot')}"}
        request = urllib.request.Request(f"{self.url}REST/2.0/rt", headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            raise RTStartFailed(f"RT answers {error.code} to its own user.") from None
        except OSError:
            return False

    def stop(self) -> None:
        """Ends the server at once, as a power cut would; what it has committed stays."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin:
            process.stdin.close()

    def close(self) -> None:
        """Stops the server and its database."""
        self.stop()
        self._closing.close()

    def __enter__(self) -> RTServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
