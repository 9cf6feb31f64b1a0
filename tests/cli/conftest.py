"""The command line in this process, on nodes whose trackers are folders of Markdown files."""

from __future__ import annotations

import json
import re
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from accord.cli import app


@dataclass(frozen=True)
class Ran:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Home:
    """A node's folder. `run` runs a command on its configuration."""

    path: Path

    @property
    def config(self) -> Path:
        return self.path / "accord.toml"

    @property
    def items(self) -> Path:
        return self.path / "items"

    def run(self, *words: str) -> Ran:
        return run(words[0], "-c", str(self.config), *words[1:])

    def done(self, *words: str) -> Any:
        """The answer of a command that succeeds, from its JSON."""
        ran = self.run(*words, "--json")
        assert ran.code == 0, ran.err or ran.out
        return ran.json

    def item(self, key: str, summary: str, text: str = "Text.") -> None:
        (self.items / f"{key}.md").write_text(f"---\nkey: {key}\nsummary: {summary}\nstatus: open\n---\n\n{text}\n")


def run(*words: str) -> Ran:
    """Runs a command line in this process."""
    result = CliRunner().invoke(app, list(words))
    return Ran(result.exit_code, result.stdout, result.stderr)


def make_home(path: Path, name: str) -> Home:
    """A node as `accord init` makes it, on a port of its own."""
    assert run("init", str(path)).code == 0
    home = Home(path)
    text = home.config.read_text().replace("my-node", name)
    home.config.write_text(re.sub(r"listen = \S+", f'listen = "127.0.0.1:{free_port()}"', text))
    return home


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return make_home(tmp_path / "node", "blue")
