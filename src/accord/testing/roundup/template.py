"""Initialised Roundup trackers, made once per machine and copied for each test."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from accord.testing.cache import locked_cache

USERS = ("alice", "bob", "carol", "syncbot")
SETTINGS = {
    "tracker_web": "http://127.0.0.1:1/tracker/",
    "mail_domain": "example.net",
    "mail_host": "localhost",
    "mail_debug": "mail.log",
    "timezone": "UTC",
    "password_pbkdf2_default_rounds": "1000",
    "web_api_calls_per_interval": "0",
    "web_api_failed_login_limit": "0",
}
STATUS = '                status=Link("status"))'
MORE_PROPERTIES = """                status=Link("status"),
                project=Link("project"),
                severity=Link("severity"),
                externalid=String(indexme='yes'),
                storypoints=Number(),
                points=Integer(),
                duedate=Date(),
                estimate=Interval(),
                visible=Boolean(),
                dependson=Multilink("issue"))"""
MORE_CLASSES = """project = Class(db, "project", name=String(), title=String())
project.setkey("name")
severity = Class(db, "severity", name=String(), order=Number())
severity.setkey("name")

issue = IssueClass("""
SCHEMA_EDITS = (
    (STATUS, MORE_PROPERTIES),
    ("issue = IssueClass(", MORE_CLASSES),
    ("for cl in 'priority', 'status':", "for cl in 'priority', 'status', 'project', 'severity':"),
)
SEED = """
import sys
import roundup.instance
from roundup import password
db = roundup.instance.open(sys.argv[1]).open("admin")
for login in %r:
    db.user.create(
        username=login,
        realname=login.capitalize() + " Test",
        address=login + "@example.net",
        password=password.Password(login + "-password", config=db.config),
        roles="User,Admin" if login == "syncbot" else "User",
    )
for name in ("red", "green", "blue"):
    db.keyword.create(name=name)
if "project" in db.classes:
    for name in ("alpha", "beta"):
        db.project.create(name=name, title=name.capitalize())
    for order, name in enumerate(("low", "medium", "high", "critical")):
        db.severity.create(name=name, order=order + 1)
db.commit()
"""

# Roundup compares the ETag first and begins its transaction later: of two writes within some milliseconds that name the
# same ETag it takes both, and the first is lost. With this in a tracker's interfaces.py it refuses the second.
STRICT = """
from roundup import rest
check = rest.RestfulInstance.raise_if_no_etag

def locked_check(self, *args, **kwargs):
    if not self.db.conn.in_transaction:
        self.db.sql("BEGIN IMMEDIATE")
        self.db.clearCache()
    return check(self, *args, **kwargs)

rest.RestfulInstance.raise_if_no_etag = locked_check
"""


class RoundupStartFailed(Exception):
    """Roundup could not be set up or started; the message ends with what it said."""


def copy_template(target: Path, *, stock: bool, strict: bool) -> None:
    """Puts an initialised tracker into `target`.

    `stock` is the classic template, else issues have more properties. `strict`: two writes never pass as one.
    """
    with locked_cache("roundup") as cache:
        template = cache / _name(stock)
        if not template.exists():
            _build(template, stock)
    shutil.copytree(template, target)
    if strict:
        (target / "interfaces.py").write_text(STRICT)


def _name(stock: bool) -> str:
    """Changes whenever what the template is made from does."""
    recipe = repr((SETTINGS, () if stock else SCHEMA_EDITS, SEED, USERS))
    return f"roundup-{version('roundup')}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def _build(template: Path, stock: bool) -> None:
    building = template.with_suffix(".building")
    shutil.rmtree(building, ignore_errors=True)
    settings = ",".join(f"{name}={value}" for name, value in SETTINGS.items())
    admin = (sys.executable, "-m", "roundup.scripts.roundup_admin", "-i", str(building))
    _run(*admin, "install", "classic", "sqlite", settings)
    if not stock:
        schema = building / "schema.py"
        text = schema.read_text()
        for old, new in SCHEMA_EDITS:
            if old not in text:
                raise RoundupStartFailed(f"Roundup's classic schema no longer has {old!r}.")
            text = text.replace(old, new, 1)
        schema.write_text(text)
    _run(*admin, "initialise", "adminadmin")
    _run(sys.executable, "-c", SEED % (USERS,), str(building))
    building.rename(template)


def _run(*command: str) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RoundupStartFailed(f"Setting up Roundup failed:\n{(done.stdout + done.stderr)[-2000:]}")
