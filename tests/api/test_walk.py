"""The walk in `docs/api.md`, with a real curl against a node that `accord up` runs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Home, free_port
from tests.cli.test_two_nodes import Running, agree, two_homes

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def blue(tmp_path: Path) -> Iterator[tuple[Home, str]]:
    """Blue's folder, and the address of its API. Red runs beside it."""
    blue, red = two_homes(tmp_path)
    port = free_port()
    text = blue.config.read_text()
    blue.config.write_text(f'{text}\n[api]\nlisten = "127.0.0.1:{port}"\n')
    running = [Running(home) for home in (blue, red)]
    for node in running:
        node.ready()
    agree(blue, red)
    yield blue, f"http://127.0.0.1:{port}"
    for node in running:
        code, log = node.stop()
        assert (code, [line for line in log if line["level"] == "error"]) == (0, [])


def test_the_walk_goes_as_the_docs_say(blue: tuple[Home, str]) -> None:
    home, address = blue
    steps = re.findall(r"```sh\n(.*?)```(?:\n\n```json\n(.*?)```)?", DOCS.read_text(), re.S)
    assert len(steps) == 11
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "API": address, "ACCORD_CONFIG": str(home.config), "PATH": path}
    for command, expected in steps:
        script = f"set -e\n{command}\n"
        if not expected:
            script += 'echo "OPERATOR=$OPERATOR"\necho "ADMIN=$ADMIN"\n'
        ran = subprocess.run(["bash", "-c", script], capture_output=True, text=True, env=environment, timeout=60)
        assert ran.returncode == 0, (command, ran.stdout, ran.stderr)
        if expected:
            assert_holds(json.loads(ran.stdout.strip().splitlines()[-1]), json.loads(expected))
        else:
            environment |= dict(line.split("=", 1) for line in ran.stdout.splitlines())
    assert environment["OPERATOR"].startswith("accord_")


def assert_holds(answer: Any, expected: Any) -> None:
    """All that the docs show is there; there may be more."""
    if isinstance(expected, dict):
        for name, value in expected.items():
            assert name in answer, (name, answer)
            assert_holds(answer[name], value)
    elif isinstance(expected, list):
        assert len(answer) == len(expected), answer
        for one, other in zip(answer, expected, strict=True):
            assert_holds(one, other)
    else:
        assert answer == expected
