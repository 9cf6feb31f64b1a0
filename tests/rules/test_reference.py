"""docs/rules.md names every word of the table and of scripts, and its examples are sound."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from accord.config import load
from accord.rules import Afterwards, Limits, MappingTable, PeopleTable, check_script
from accord.rules.engine import prelude
from accord.rules.entries import (
    AttachmentsEntry,
    CommentParts,
    CommentsEntry,
    FileParts,
    LabelsEntry,
    LinksEntry,
    ParentEntry,
    PersonEntry,
    ValueEntry,
)
from accord.rules.given import GIVEN, METHODS
from accord.rules.kinds import Kind
from accord.rules.plain import MOST_TEXT, MOST_VALUES

REFERENCE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?ms)^```(\w+)\n(.*?)^```$", REFERENCE)
HEAD = '[node]\nname = "blue"\n\n[trackers.mine]\nkind = "markdown"\nfolder = "items"\nprefix = "OPS"\n\n'
MODELS = (
    *(MappingTable, PersonEntry, ValueEntry, LabelsEntry, CommentsEntry, CommentParts, AttachmentsEntry, FileParts),
    *(LinksEntry, ParentEntry, PeopleTable, Afterwards),
)


def words() -> set[str]:
    """All that stands in code."""
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```$", "", REFERENCE))
    return {word for text in inline for word in re.findall(r"\w+", text)}


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_word_of_the_table_is_explained(model: type[BaseModel]) -> None:
    names = {field.alias or name for name, field in model.model_fields.items()}
    assert names - words() - ({"pairs"} if model is PeopleTable else set()) == set()


def test_every_kind_and_every_word_of_scripts_is_explained() -> None:
    assert {kind.value for kind in Kind} <= words()
    functions = set(re.findall(r"(?m)^def ([a-z]\w+)", prelude())) - {"run_outgoing", "run_incoming"}
    assert functions | {"absent", "Person"} <= words()
    assert {*GIVEN["context"], *METHODS} <= words()
    assert {*GIVEN["item"], *GIVEN["replica"]} <= words()


def test_limits_are_told_as_they_are() -> None:
    limits = Limits()
    assert (limits.seconds, limits.megabytes, limits.recursion) == (1.0, 64, 200)
    assert "1 second, 64 MB and 200 calls" in REFERENCE
    assert (MOST_VALUES, MOST_TEXT) == (200_000, 16 * 2**20)
    assert "200,000 values and 16 MB of text" in " ".join(REFERENCE.split())


@pytest.mark.parametrize("number", range(sum(kind == "toml" for kind, _ in BLOCKS)))
def test_every_example_of_the_table_is_sound(number: int, tmp_path: Path) -> None:
    text = [content for kind, content in BLOCKS if kind == "toml"][number]
    (tmp_path / "partner.py").write_text("def outgoing(item, replica): pass\n")
    own, tracker = "[connections.partner]\n", 'tracker = "mine"\n'
    text = text if own in text else own + text
    text = text if "\ntracker = " in text else text.replace(own, own + tracker)
    (tmp_path / "accord.toml").write_text(HEAD + text)
    assert "partner" in load(tmp_path / "accord.toml").connections


def test_every_example_of_a_script_is_sound(tmp_path: Path) -> None:
    for content in (content for kind, content in BLOCKS if kind == "python"):
        (tmp_path / "partner.py").write_text(content)
        assert check_script(tmp_path / "partner.py") == []
