"""RT's own packages: whether they are there, and getting them from Debian."""

from __future__ import annotations

from pathlib import Path

from accord.testing.debian import PackagesMissing, install, installed_version

# An MTA that is no daemon: RT wants one, and nothing is sent here.
PACKAGES = ("request-tracker5", "rt5-db-postgresql", "rt5-standalone", "libjson-perl", "msmtp-mta")
NEEDED = PACKAGES[:4]
HOME = Path("/usr/share/request-tracker5")
VERSIONS = ("5.",)
BY_HAND = """\
request-tracker5 request-tracker5/dbconfig-install boolean false
request-tracker5 request-tracker5/rtname string rt.test
request-tracker5 request-tracker5/organization string rt.test
request-tracker5 request-tracker5/install-cronjobs boolean false
"""


class RTMissing(Exception):
    """There is no RT on this machine, and it can't be installed; the message says why."""


def rt_version() -> str:
    """The version of the Debian package, installed first if this is root. Raises RTMissing.

    Call it under a lock: two installations at once are one too many.
    """
    version = installed_version(NEEDED)
    if version is None:
        try:
            install("Request Tracker", PACKAGES, BY_HAND, {})
        except PackagesMissing as missing:
            raise RTMissing(str(missing)) from None
        version = installed_version(NEEDED)
    if version is None:
        raise RTMissing(f"The packages {', '.join(NEEDED)} were installed, but are not there.")
    if not version.startswith(VERSIONS):
        raise RTMissing(f"The Request Tracker here is {version}; these tests are written for 5.x.")
    return version
