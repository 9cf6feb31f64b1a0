"""Starting, stopping and restarting a real Roundup as a child process."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType

from accord.testing.roundup.person import RoundupPerson
from accord.testing.roundup.template import USERS, RoundupStartFailed, copy_template

__all__ = ["RoundupServer", "RoundupStartFailed"]

READY_WITHIN = 60.0


class RoundupServer:
    """One Roundup on loopback, its data in a folder of yours. `url` ends in `/tracker/` and survives a restart."""

    def __init__(self, folder: Path, *, calls_per_hour: int = 0) -> None:
        self.folder = folder
        self.port = 0
        self.calls_per_hour = calls_per_hour
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(
        cls, folder: Path, *, stock: bool = False, strict: bool = False, port: int = 0, calls_per_hour: int = 0
    ) -> RoundupServer:
        """Serves the tracker in `folder`, made there first if there is none. Use it as a context manager, or stop it.

        `stock`: the classic template as it is, without the extra issue properties. `strict`: of two writes at the same
        instant to the same version one is refused, where Roundup as it comes may take both and lose one. `port` 0: a
        free one. `calls_per_hour` 0: no rate limit. Raises RoundupStartFailed.
        """
        server = cls(folder, calls_per_hour=calls_per_hour)
        server.port = port
        if not server.home.exists():
            folder.mkdir(parents=True, exist_ok=True)
            copy_template(server.home, stock=stock, strict=strict)
        server.restart()
        return server

    @property
    def home(self) -> Path:
        return self.folder / "roundup"

    @property
    def log(self) -> Path:
        return self.folder / "roundup.log"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/tracker/"

    @property
    def pid(self) -> int | None:
        """The server's process, None while it is stopped."""
        return self._process.pid if self._process else None

    def user(self, login: str) -> RoundupPerson:
        """One of the seeded users, `admin` among them, to act as."""
        if login not in (*USERS, "admin"):
            raise ValueError(f"No user {login!r}: there are {', '.join(USERS)} and admin.")
        return RoundupPerson(self.url, login, self.password(login))

    def password(self, login: str) -> str:
        return "adminadmin" if login == "admin" else f"{login}-password"

    def restart(self) -> None:
        """Starts again on the same data and port; stops first where it runs. Raises RoundupStartFailed."""
        self.stop()
        command = (sys.executable, "-m", "accord.testing.roundup.serve")
        arguments = (str(self.home), str(self.port), str(self.calls_per_hour))
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603
                (*command, *arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**os.environ, "TZ": "UTC", "PYTHONWARNINGS": "ignore"},
                start_new_session=True,
            )
        self.port = self._wait_until_ready(self._process)

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> int:
        said = b""
        until = time.monotonic() + READY_WITHIN
        assert process.stdout is not None
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, until - time.monotonic()))
            part = os.read(process.stdout.fileno(), 200) if ready else b""
            if not part:
                self.stop()
                raise RoundupStartFailed(f"Roundup did not start. {self.log} ends with:\n{self._log_end()}")
            said += part
        word, _, port = said.decode().strip().partition(" ")
        if word != "ready":
            self.stop()
            raise RoundupStartFailed(f"Roundup did not start: {said.decode(errors='replace').strip()}")
        return int(port)

    def _log_end(self) -> str:
        return self.log.read_text(errors="replace")[-1500:].strip()

    def stop(self) -> None:
        """Ends the server and all its children at once, as a power cut would; what it has committed stays."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe:
                pipe.close()

    def __enter__(self) -> RoundupServer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()
