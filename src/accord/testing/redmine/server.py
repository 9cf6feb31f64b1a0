"""Starting, stopping and restarting a real Redmine as a child process."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType

from accord.testing.postgres import postgres_server
from accord.testing.redmine.person import RedminePerson
from accord.testing.redmine.template import RedmineStartFailed, environment, run, template

USERS = ("alice", "bob", "carol", "syncbot", "admin")
READY_WITHIN = 120.0
THREADS = 4


class RedmineServer:
    """One Redmine on loopback with a PostgreSQL of its own. `url` ends in `/` and survives a restart."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self._database = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._closing = contextlib.ExitStack()

    @classmethod
    def start(cls, folder: Path) -> RedmineServer:
        """Serves a new tracker in `folder`, which is lost at the end. Use it as a context manager, or `close` it.

        Raises RedmineMissing, RedmineStartFailed.
        """
        made = template()
        server = cls(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copytree(made.app, server.app, symlinks=True)
            server._database = server._closing.enter_context(postgres_server()).load(made.dump)
            server.port = _free_port()
            server.restart()
        except BaseException:
            server.close()
            raise
        return server

    @property
    def app(self) -> Path:
        return self.folder / "redmine"

    @property
    def log(self) -> Path:
        return self.folder / "puma.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def pid(self) -> int | None:
        """The server's process, None while it is stopped."""
        return self._process.pid if self._process else None

    def user(self, login: str) -> RedminePerson:
        """One of the seeded users to act as."""
        return RedminePerson(self.url, login, self.key(login))

    def key(self, login: str) -> str:
        """The API key of a seeded user."""
        if login not in USERS:
            raise ValueError(f"No user {login!r}: there are {', '.join(USERS)}.")
        return hashlib.sha1(f"redmine-key-{login}".encode()).hexdigest()  # noqa: S324

    def ruby(self, script: str) -> None:
        """Runs a script within Redmine (5 s): what an administrator does who has no API for it."""
        path = self.folder / "script.rb"
        path.write_text(script)
        run(self.app, environment(self.app, self._database), "bundle", "exec", "rails", "runner", str(path))

    def restart(self) -> None:
        """Starts again on the same data and port; stops first where it runs. Raises RedmineStartFailed."""
        self.stop()
        known = environment(self.app, self._database) | {"ACCORD_REDMINE_ENDS_WITH_INPUT": "1"}
        bind, threads = f"tcp://127.0.0.1:{self.port}", f"{THREADS}:{THREADS}"
        puma = ("bundle", "exec", "puma", "-b", bind, "-t", threads, "-e", "production", "config.ru")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                puma, cwd=self.app, env=known, stdin=subprocess.PIPE, stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_ready(self._process)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + READY_WITHIN
        while not self._answers():
            if process.poll() is not None or time.monotonic() > until:
                said = self.log.read_text(errors="replace")[-1500:].strip()
                self.stop()
                raise RedmineStartFailed(f"Redmine did not start. {self.log} ends with:\n{said}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        headers = {"X-Redmine-API-Key": self.key("syncbot")}
        request = urllib.request.Request(f"{self.url}issues.json?limit=1", headers=headers)  # noqa: S310
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except urllib.error.HTTPError as error:
            raise RedmineStartFailed(f"Redmine answers {error.code} to its own user.") from None
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

    def __enter__(self) -> RedmineServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
