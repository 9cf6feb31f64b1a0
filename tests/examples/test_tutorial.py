"""`docs/writing-a-connector.md` shows the package as it is: every line of it, and nothing else."""

from __future__ import annotations

import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from accord.ports import Capabilities
from accord.testing.conformance import Sample, TrackerConformance
from tests.examples.conftest import DOCUMENT, PACKAGE

CONNECTOR = PACKAGE / "src" / "accord_taskwarrior.py"
# A block belongs to the file that the comment before it names; blocks of one file follow one another.
BLOCK = re.compile(r"<!-- (?P<file>[\w./-]+) -->\n```\w+\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
SHOWN = (
    "pyproject.toml",
    "src/accord_taskwarrior.py",
    "tests/test_conformance.py",
    "tests/conftest.py",
)
CODE_LINES = 200


def shown(file: str) -> str:
    return "\n".join(block["text"] for block in BLOCK.finditer(DOCUMENT.read_text()) if block["file"] == file)


def lines(text: str) -> list[str]:
    """Without the empty ones, of which a block neither begins nor ends with any."""
    return [line for line in text.splitlines() if line.strip()]


def code_lines(path: Path) -> int:
    """Lines that are neither empty, nor comments, nor documentation."""
    source = path.read_text()
    left_out: set[int] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            left_out.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    numbered = enumerate(source.splitlines(), 1)
    return sum(1 for number, line in numbered if number not in left_out and line.strip() and line.strip()[0] != "#")


@pytest.mark.parametrize("file", SHOWN)
def test_the_document_shows_the_file(file: str) -> None:
    assert lines(shown(file)) == lines((PACKAGE / file).read_text())


def test_the_document_shows_no_other_file() -> None:
    assert {block["file"] for block in BLOCK.finditer(DOCUMENT.read_text())} == set(SHOWN)


def test_the_connector_is_short() -> None:
    assert code_lines(CONNECTOR) < CODE_LINES


def test_the_connector_is_all_there_is() -> None:
    assert [path.name for path in (PACKAGE / "src").rglob("*.py")] == [CONNECTOR.name]


def test_the_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", DOCUMENT.read_text()):
        assert (DOCUMENT.parent / target).exists(), target


def test_the_checks_are_counted_as_they_are() -> None:
    """By part, and in all."""
    text = DOCUMENT.read_text()
    for part in TrackerConformance.__bases__:
        number = sum(name.startswith("test_") for name in vars(part))
        module = part.__module__.rpartition(".")[2]
        assert f"| [`{module}`](../src/accord/testing/conformance/{module}.py) | {number} |" in text
    everything = sum(name.startswith("test_") for name in dir(TrackerConformance))
    assert f"`TrackerConformance` has {everything} named checks" in text


def test_every_capability_is_told() -> None:
    assert {field.name for field in fields(Capabilities)} <= set(re.findall(r"`(\w+)`", DOCUMENT.read_text()))


def test_every_field_of_a_sample_is_told() -> None:
    assert {field.name for field in fields(Sample)} <= set(re.findall(r"`(\w+)`", DOCUMENT.read_text()))
