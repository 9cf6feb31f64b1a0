"""What front matter means where YAML and JSON differ, and under which key a file goes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from accord.trackers.markdown import MarkdownTracker
from accord.trackers.markdown.document import parse
from accord.trackers.markdown.keys import heading


@pytest.mark.parametrize("number", ["1e400", "-1e400", ".inf", "-.inf", ".nan"])
async def test_a_number_that_json_does_not_have_stays_text(tracker: MarkdownTracker, folder: Path, number: str) -> None:
    (folder / "PAY-1.md").write_text(f"---\nsummary: x\npoints: {number}\nmore: [{number}]\n---\n")
    fields = (await tracker.read("PAY-1")).fields
    assert fields == {"points": number, "more": [number]}
    assert json.loads(json.dumps(fields, allow_nan=False)) == fields


@pytest.mark.parametrize(("written", "number"), [("1e3", 1000.0), ("-1.5", -1.5), ("2.0e+2", 200.0)])
def test_other_numbers_are_numbers(written: str, number: float) -> None:
    assert parse(f"---\npoints: {written}\n---\n".encode(), "a.md").value("points") == number


@pytest.mark.parametrize(
    "line", ["key: PAY-5", "key : PAY-5", 'key: "PAY-5"', "key: 'PAY-5'  # mine", '"key": PAY-5', "'key': PAY-5"]
)
def test_a_key_is_found_however_it_is_quoted(line: str) -> None:
    assert heading(f"---\nsummary: x\n{line}\n---\n".encode(), "note.md").key == "PAY-5"


@pytest.mark.parametrize("front", ["monkey: PAY-5", "parent:\n  key: PAY-5", "summary: 'key: PAY-5'", '"key: PAY-5'])
def test_what_only_looks_like_a_key_is_none(front: str) -> None:
    assert heading(f"---\n{front}\n---\n".encode(), "note.md").key is None
