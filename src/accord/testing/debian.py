"""Programs that come as packages of Debian: whether they are there, and getting them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence

INSTALL_WITHIN = 1200.0


class PackagesMissing(Exception):
    """They are not on this machine, and can't be installed; the message says why."""


def installed_version(packages: Sequence[str]) -> str | None:
    """The version of the first of them, None unless all are installed."""
    if shutil.which("dpkg-query") is None:
        return None
    query = ("dpkg-query", "-W", "-f=${Package} ${db:Status-Status} ${Version}\\n", *packages)
    told = subprocess.run(query, capture_output=True, text=True, check=False).stdout  # noqa: S603
    states = {name: (state, version) for name, state, version in (line.split(" ", 2) for line in told.splitlines())}
    if any(states.get(name, ("", ""))[0] != "installed" for name in packages):
        return None
    return states[packages[0]][1].strip()


def install(name: str, packages: Sequence[str], answers: str, environment: Mapping[str, str]) -> None:
    """Installs them, as root. `answers` is what debconf is told before, `environment` what apt is run with besides.

    Raises PackagesMissing. Call it under a lock: two installations at once are one too many.
    """
    missing = f"{name} is not installed ({', '.join(packages)})"
    if shutil.which("apt-get") is None:
        raise PackagesMissing(f"{missing}, and this is no Debian where it could be.")
    if os.geteuid() != 0:
        settings = "".join(f"{key}={value} " for key, value in environment.items())
        raise PackagesMissing(f"{missing}. As root: {settings}apt-get install {' '.join(packages)}")
    if shutil.which("debconf-set-selections"):
        subprocess.run(("debconf-set-selections",), input=answers, text=True, check=False)  # noqa: S607
    for arguments in (("update", "-qq"), ("install", "-y", "--no-install-recommends", *packages)):
        _apt(missing, environment, *arguments)


def _apt(missing: str, environment: Mapping[str, str], *arguments: str) -> None:
    command = ("apt-get", "-o", "DPkg::Lock::Timeout=600", *arguments)
    try:
        done = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_WITHIN,
            env={**os.environ, **environment, "DEBIAN_FRONTEND": "noninteractive"},
        )
    except subprocess.TimeoutExpired:
        why = f"apt-get {arguments[0]} did not end in {INSTALL_WITHIN:.0f} s"
        raise PackagesMissing(f"{missing}, and {why}.") from None
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-1500:]
        raise PackagesMissing(f"{missing}, and apt-get {arguments[0]} failed:\n{said}")
