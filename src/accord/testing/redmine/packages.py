"""Redmine's own packages: whether they are there, and getting them from Debian."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PACKAGES = ("redmine", "redmine-pgsql", "puma", "ruby-bundler")
HOME = Path("/usr/share/redmine")
VERSIONS = ("5.",)
# Debian's security updates of Ruby bring a bundler of their own that does not see Debian's gems: this one does.
BUNDLER = {"BUNDLER_VERSION": "2.3.15"}
DATABASE_BY_HAND = "redmine redmine/instances/default/dbconfig-install boolean false\n"
INSTALL_WITHIN = 1200.0


class RedmineMissing(Exception):
    """There is no Redmine on this machine, and it can't be installed; the message says why."""


def redmine_version() -> str:
    """The version of the Debian package, installed first if this is root. Raises RedmineMissing.

    Call it under a lock: two installations at once are one too many.
    """
    version = _installed()
    if version is None:
        _install()
        version = _installed()
    if version is None:
        raise RedmineMissing(f"The packages {', '.join(PACKAGES)} were installed, but are not there.")
    if not version.startswith(VERSIONS):
        raise RedmineMissing(f"The Redmine here is {version}; these tests are written for 5.x.")
    return version


def _installed() -> str | None:
    if shutil.which("dpkg-query") is None:
        return None
    query = ("dpkg-query", "-W", "-f=${Package} ${db:Status-Status} ${Version}\\n", *PACKAGES)
    told = subprocess.run(query, capture_output=True, text=True, check=False).stdout  # noqa: S603
    states = {name: (state, version) for name, state, version in (line.split(" ", 2) for line in told.splitlines())}
    if any(states.get(name, ("", ""))[0] != "installed" for name in PACKAGES):
        return None
    return states["redmine"][1].strip()


def _install() -> None:
    missing = f"Redmine is not installed ({', '.join(PACKAGES)})"
    if shutil.which("apt-get") is None:
        raise RedmineMissing(f"{missing}, and this is no Debian where it could be.")
    if os.geteuid() != 0:
        raise RedmineMissing(f"{missing}. As root: BUNDLER_VERSION=2.3.15 apt-get install {' '.join(PACKAGES)}")
    if shutil.which("debconf-set-selections"):
        subprocess.run(("debconf-set-selections",), input=DATABASE_BY_HAND, text=True, check=False)  # noqa: S607
    for arguments in (("update", "-qq"), ("install", "-y", "--no-install-recommends", *PACKAGES)):
        _apt(missing, *arguments)


def _apt(missing: str, *arguments: str) -> None:
    command = ("apt-get", "-o", "DPkg::Lock::Timeout=600", *arguments)
    environment = {**os.environ, **BUNDLER, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=INSTALL_WITHIN,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise RedmineMissing(f"{missing}, and apt-get {arguments[0]} did not end in {INSTALL_WITHIN:.0f} s.") from None
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-1500:]
        raise RedmineMissing(f"{missing}, and apt-get {arguments[0]} failed:\n{said}")
