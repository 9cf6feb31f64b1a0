"""An initialised RT, made once per machine and copied for each test run: a database dump and the users' tokens."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from accord.testing.cache import locked_cache
from accord.testing.postgres import name_of, postgres_server, socket_of
from accord.testing.rt.packages import HOME, rt_version

SEED = Path(__file__).with_name("seed.pl")
# Statuses for a soak, each of which leads to all others; the names are those that the other trackers' words map to.
DESK = ("new", "deferred", "open", "feedback", "testing", "resolved", "rejected", "closed")
CONFIG = """\
$RT::MasonDataDir = '{folder}/mason'; $RT::MasonSessionDir = '{folder}/sessions'; $RT::VarPath = '{folder}/var';
Set($rtname, 'rt.test'); Set($Organization, 'rt.test'); Set($Timezone, 'UTC');
Set($CorrespondAddress, 'rt\\@example.net'); Set($CommentAddress, 'rt-comment\\@example.net');
Set($WebPath, ''); Set($WebDomain, '127.0.0.1'); Set($WebPort, {port}); Set($WebBaseURL, 'http://127.0.0.1:{port}');
Set($DatabaseType, 'Pg'); Set($DatabaseName, '{database}'); Set($DatabaseHost, '{socket}');
Set($DatabaseUser, 'postgres'); Set($DatabaseAdmin, 'postgres'); Set($DatabasePassword, '');
Set($DatabaseRTHost, 'localhost');
Set($MailCommand, 'testfile'); Set($LogToSyslog, undef); Set($LogToSTDERR, 'warning'); Set($LogToFile, undef);
Set($MaxAttachmentSize, 10_000_000); Set($TruncateLongAttachments, 1);
Set($WebSessionClass, 'Apache::Session::File');
Set($BcryptCost, 4); Set($StatementLog, undef); Set($AutoLogoff, 0); Set($WebSecureCookies, 0);
Set(%Lifecycles, desk => {{
    initial => ['new'], active => [qw({active})], inactive => [qw(resolved rejected closed deleted)],
    defaults => {{ on_create => 'new' }},
    transitions => {{ '' => [qw({all})], map {{ $_ => [qw({all} deleted)] }} qw({all} deleted) }},
    rights => {{ '* -> deleted' => 'DeleteTicket', '* -> *' => 'ModifyTicket' }},
    actions => [ 'new -> open' => {{ label => 'Open' }}, 'open -> resolved' => {{ label => 'Resolve' }} ],
}});
1;
"""


class RTStartFailed(Exception):
    """RT could not be set up or started; the message ends with what it said."""


@dataclass(frozen=True)
class Template:
    """`dump` is the database as SQL, `tokens` a JSON file with each user's token."""

    dump: Path
    tokens: Path


def template() -> Template:
    """The one of this machine, made first if there is none (about 15 s, and the installation of the packages).

    Raises RTMissing, RTStartFailed.
    """
    with locked_cache("rt") as cache:
        folder = cache / _name(rt_version())
        if not folder.exists():
            _build(folder)
    return Template(folder / "seed.sql", folder / "tokens.json")


def configure(folder: Path, database: str, port: int) -> dict[str, str]:
    """Writes RT's configuration into `folder`, and gives the environment that its programs are run with; `database` is
    a URL that `PostgresServer` gave."""
    for name in ("mason", "sessions", "var", "site.d"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    config = folder / "RT_SiteConfig.pm"
    text = CONFIG.format(
        folder=folder,
        port=port,
        database=name_of(database),
        socket=socket_of(database),
        all=" ".join(DESK),
        active=" ".join(DESK[1:5]),
    )
    config.write_text(text)
    return {
        **os.environ,
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "RT_SITE_CONFIG": str(config),
        "RT_SITE_CONFIG_DIR": str(folder / "site.d"),
        "TZ": "UTC",
    }


def run(environment: Mapping[str, str], *command: str) -> None:
    """Runs one of RT's programs. Raises RTStartFailed with the end of what it said."""
    done = subprocess.run(  # noqa: S603
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-2000:]
        raise RTStartFailed(f"Setting up RT failed at {' '.join(command)[:80]}:\n{said}")


def _build(folder: Path) -> None:
    building = folder.with_suffix(".building")
    shutil.rmtree(building, ignore_errors=True)
    home = building / "rt"
    home.mkdir(parents=True)
    with postgres_server() as server:
        url = server.database()
        known = configure(home, url, 80)
        setup = ("rt-setup-database-5", "--dba", "postgres", "--dba-password", "", "--action")
        run(known, *setup, "schema,acl,coredata")
        run(known, *setup, "insert", "--datafile", str(HOME / "etc" / "initialdata"))
        run(known | {"ACCORD_RT_TOKENS": str(building / "tokens.json")}, "perl", str(SEED))
        server.dump(url, building / "seed.sql")
    shutil.rmtree(home)
    building.rename(folder)


def _name(version: str) -> str:
    """Changes whenever what the template is made from does."""
    recipe = SEED.read_bytes() + Path(__file__).read_bytes()
    return f"rt-{version.replace(':', '-')}-{hashlib.sha256(recipe).hexdigest()[:12]}"
