"""An initialised Redmine, made once per machine and copied for each test run: the program and a database dump."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from accord.testing.cache import locked_cache
from accord.testing.postgres import name_of, postgres_server, socket_of
from accord.testing.redmine.packages import BUNDLER, HOME, redmine_version

SEED = Path(__file__).with_name("seed.rb")
WHERE = "/usr/share/redmine/{config,instances/*/config}/database.yml"
DATABASE = """\
production:
  adapter: postgresql
  database: <%= ENV["ACCORD_REDMINE_DATABASE"] %>
  host: <%= ENV["ACCORD_REDMINE_SOCKET"] %>
  username: postgres
  encoding: utf8
  pool: 20
"""
# Whoever started it holds the other end of its standard input: with them, however they end, the server ends too.
ENDING = """\
if ENV["ACCORD_REDMINE_ENDS_WITH_INPUT"]
  Thread.new do
    STDIN.read
    Process.kill(:KILL, Process.pid)
  end
end
"""
NOT_COPIED = shutil.ignore_patterns("Gemfile.lock", "instances", "database.yml")


class RedmineStartFailed(Exception):
    """Redmine could not be set up or started; the message ends with what it said."""


@dataclass(frozen=True)
class Template:
    """`app` is the program with empty folders for one instance, `dump` its database as SQL."""

    app: Path
    dump: Path


def template() -> Template:
    """The one of this machine, made first if there is none (about 30 s, and the installation of the packages).

    Raises RedmineMissing, RedmineStartFailed.
    """
    with locked_cache("redmine") as cache:
        folder = cache / _name(redmine_version())
        if not folder.exists():
            _build(folder)
    return Template(folder / "app", folder / "seed.sql")


def environment(app: Path, database: str) -> dict[str, str]:
    """What Redmine's own programs are run with; `database` is a URL that `PostgresServer` gave."""
    kept = {
        name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "RAILS_RELATIVE_URL_ROOT"}
    }
    return {
        **kept,
        **BUNDLER,
        "ACCORD_REDMINE_DATABASE": name_of(database),
        "ACCORD_REDMINE_SOCKET": socket_of(database),
        "BUNDLE_APP_CONFIG": str(app / ".bundle"),
        "BUNDLE_GEMFILE": str(app / "Gemfile"),
        "BUNDLE_SILENCE_ROOT_WARNING": "1",
        "HOME": str(app),
        "LC_ALL": "C.UTF-8",
        "RACK_ENV": "production",
        "RAILS_ENV": "production",
        "REDMINE_INSTANCE": "default",
        "RUBYOPT": "-W0",
        "SCHEMA": "/dev/null",
        "TZ": "UTC",
    }


def run(app: Path, environment: Mapping[str, str], *command: str) -> None:
    """Runs one of Redmine's programs. Raises RedmineStartFailed with the end of what it said."""
    done = subprocess.run(  # noqa: S603
        command, cwd=app, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = (done.stdout + done.stderr)[-2000:]
        raise RedmineStartFailed(f"Setting up Redmine failed at {' '.join(command)[:80]}:\n{said}")


def _build(folder: Path) -> None:
    building = folder.with_suffix(".building")
    shutil.rmtree(building, ignore_errors=True)
    app = building / "app"
    _copy_program(app)
    with postgres_server() as server:
        url = server.database()
        known = environment(app, url)
        run(app, known, "bundle", "install", "--local", "--quiet")
        run(app, known, "bundle", "exec", "rake", "db:migrate")
        run(app, known, "bundle", "exec", "rails", "runner", str(SEED))
        server.dump(url, building / "seed.sql")
    building.rename(folder)


def _copy_program(app: Path) -> None:
    shutil.copytree(HOME, app, symlinks=True, ignore=NOT_COPIED)
    instance = app / "instances" / "default"
    for name in ("config", "log", "files", "tmp", "public/plugin_assets", "db"):
        (instance / name).mkdir(parents=True)
    for name in ("plugins", "public/plugin_assets"):
        (app / name).mkdir(parents=True, exist_ok=True)
    (instance / "config" / "database.yml").write_text(DATABASE)
    (instance / "config" / "secret_key.txt").write_text(secrets.token_hex(32))
    gemfile = (app / "Gemfile").read_text()
    if WHERE not in gemfile:
        raise RedmineStartFailed(f"Redmine's Gemfile no longer looks for its database in {WHERE}.")
    (app / "Gemfile").write_text(gemfile.replace(WHERE, "instances/default/config/database.yml"))
    (app / "Gemfile.local").write_text("gem 'puma'\n")
    (app / "config" / "additional_environment.rb").write_text("config.active_job.queue_adapter = :inline\n")
    (app / "config" / "initializers" / "ends_with_input.rb").write_text(ENDING)


def _name(version: str) -> str:
    """Changes whenever what the template is made from does."""
    recipe = SEED.read_bytes() + Path(__file__).read_bytes()
    return f"redmine-{version.replace(':', '-')}-{hashlib.sha256(recipe).hexdigest()[:12]}"
