"""A short sample of what `make bench` measures: it runs, and its forms of the rules make the same."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BENCH = Path(__file__).parents[2] / "bench"


def run(*words: str) -> str:
    command = [sys.executable, str(BENCH / "rules.py"), "--runs", "5", "--items", "3", *words]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


@pytest.fixture(scope="module")
def measured() -> Any:
    return json.loads(run("--json"))


def test_each_form_is_measured_in_both_directions(measured: Any) -> None:
    forms = ["plain function", "table", "table and script", "table and script, trusted", "script for all"]
    named = [(one["direction"], one["form"]) for one in measured["runs"]]
    assert named == [(direction, form) for direction in ("outgoing", "incoming") for form in forms]
    for one in measured["runs"]:
        assert one["microseconds"] > 0
        assert (one["to_table"] == 1) or one["form"] != "table"
        assert (one["to_plain"] == 1) or one["form"] != "plain function"


def test_a_table_is_shorter_than_the_script_that_does_the_same(measured: Any) -> None:
    table, script = measured["sizes"]
    assert (table["form"], script["form"]) == ("table", "script for all")
    assert table["lines"] * 3 < script["lines"]
    assert table["bytes"] * 2 < script["bytes"]


def test_previews_of_many_items_are_timed(measured: Any) -> None:
    assert [(one["form"], one["items"]) for one in measured["previews"]] == [("table", 3), ("table and script", 3)]


def test_people_read_a_table() -> None:
    told = run()
    assert "table and script" in told
    assert "3 items in" in told
