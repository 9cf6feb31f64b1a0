"""The child process: `python -m accord.testing.roundup.serve HOME PORT CALLS_PER_HOUR` serves one tracker on loopback.

Says `ready PORT` on its standard output. Ends, with all its children, when its standard input does: that is when the
process that started it stops it or dies, however it dies.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
import threading
from types import FrameType

import roundup.configuration
from roundup.scripts import roundup_server


def main(home: str, port: int, calls_per_hour: int) -> None:
    port = port or _free_port()
    settings = roundup.configuration.CoreConfig(home)
    settings["TRACKER_WEB"] = f"http://127.0.0.1:{port}/tracker/"
    settings["WEB_API_CALLS_PER_INTERVAL"] = calls_per_hour
    settings.save()
    signal.signal(signal.SIGTERM, _end)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Roundup refuses to run as root, where test containers commonly are.
    roundup_server.setuid = lambda user: None  # noqa: ARG005
    # Its answers go out in several small writes: with Nagle's algorithm each takes 40 ms.
    roundup_server.RoundupRequestHandler.disable_nagle_algorithm = True
    config = roundup_server.ServerConfig()
    config["HOST"], config["PORT"] = "127.0.0.1", port
    # Threads would be faster, but CPython 3.11.7 has a race in ast.literal_eval, which Roundup's schema loading uses.
    config["MULTIPROCESS"] = "fork"
    config.add_option(roundup_server.TrackerHomeOption(config, "trackers", "tracker"))
    config["TRACKERS_TRACKER"] = home
    server = config.get_server()
    print(f"ready {port}", flush=True)
    # Roundup prints tracebacks to standard output, which nobody reads from here on.
    os.dup2(2, 1)
    server.serve_forever()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _end_with_parent() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    _end()


def _end(signum: int = 0, frame: FrameType | None = None) -> None:  # noqa: ARG001
    # The server leads its own process group: whoever still answers a request goes with it.
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
