"""Redmine's own packages: whether they are there, and getting them from Debian."""

from __future__ import annotations

from pathlib import Path

from accord.testing.debian import PackagesMissing, install, installed_version

PACKAGES = ("redmine", "redmine-pgsql", "puma", "ruby-bundler")
HOME = Path("/usr/share/redmine")
VERSIONS = ("5.",)
# Debian's security updates of Ruby bring a bundler of their own that does not see Debian's gems: this one does.
BUNDLER = {"BUNDLER_VERSION": "2.3.15"}
DATABASE_BY_HAND = "redmine redmine/instances/default/dbconfig-install boolean false\n"


class RedmineMissing(Exception):
    """There is no Redmine on this machine, and it can't be installed; the message says why."""


def redmine_version() -> str:
    """The version of the Debian package, installed first if this is root. Raises RedmineMissing.

    Call it under a lock: two installations at once are one too many.
    """
    version = installed_version(PACKAGES)
    if version is None:
        try:
            install("Redmine", PACKAGES, DATABASE_BY_HAND, BUNDLER)
        except PackagesMissing as missing:
            raise RedmineMissing(str(missing)) from None
        version = installed_version(PACKAGES)
    if version is None:
        raise RedmineMissing(f"The packages {', '.join(PACKAGES)} were installed, but are not there.")
    if not version.startswith(VERSIONS):
        raise RedmineMissing(f"The Redmine here is {version}; these tests are written for 5.x.")
    return version
