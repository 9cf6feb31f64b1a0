"""The package of the tutorial, installed beside Accord in an environment of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import pytest

from accord.errors import AccordError

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "writing-a-connector.md"
PACKAGE = ROOT / "examples" / "accord-taskwarrior"
WITHIN = 300.0


class NotInstalled(AccordError):
    """The packages are not to be had."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment that knows nothing of this repository's tests."""

    path: Path

    def run(self, *command: str, cwd: Path | None = None) -> str:
        """What one of its programs says; it must succeed."""
        program = self.path / "bin" / command[0]
        inherited = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        done = subprocess.run(
            (str(program), *command[1:]),
            cwd=cwd or self.path,
            env={**inherited, "NO_COLOR": "1", "COLUMNS": "500"},
            capture_output=True,
            text=True,
            timeout=WITHIN,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
        return done.stdout


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Skips, with a warning, where uv is missing or has neither the packages nor a network."""
    uv = shutil.which("uv") or next((str(path) for path in (ROOT / ".uv" / "bin" / "uv",) if path.exists()), None)
    path = tmp_path_factory.mktemp("installed") / "venv"
    try:
        if uv is None:
            raise NotInstalled("there is no uv")
        _uv(uv, "venv", "--python", sys.executable, str(path))
        _installed(uv, path)
    except NotInstalled as missing:
        if os.environ.get("ACCORD_REQUIRE_TASKWARRIOR"):
            pytest.fail(str(missing))
        warnings.warn(f"The tutorial's package was not installed: {missing}", stacklevel=1)
        pytest.skip(str(missing))
    return Environment(path)


def _installed(uv: str, path: Path) -> None:
    """From uv's cache where that is enough."""
    packages = ("install", "--python", str(path / "bin" / "python"), f"{ROOT}[testing]", str(PACKAGE))
    try:
        _uv(uv, "pip", *packages, "--offline")
    except NotInstalled:
        _uv(uv, "pip", *packages)


def _uv(uv: str, *arguments: str) -> None:
    done = subprocess.run((uv, *arguments), capture_output=True, text=True, timeout=WITHIN, check=False)
    if done.returncode:
        raise NotInstalled(f"uv {arguments[0]}: {done.stderr.strip()[-500:]}")
