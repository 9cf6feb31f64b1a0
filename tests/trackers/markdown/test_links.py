"""Links in front matter, as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from accord.errors import ItemBroken, WriteRefused
from accord.model import Link
from accord.trackers.markdown import MarkdownTracker

WRITTEN = """---
# mine
summary: x
links:
  - blocks PAY-2  # until May
  - relates to PAY-2
  - see https://wiki.example/a%20door
---

Text.
"""


@pytest.fixture
def two(folder: Path) -> Path:
    (folder / "PAY-2.md").write_text("---\nsummary: y\nparent: PAY-1\n---\n")
    path = folder / "PAY-1.md"
    path.write_text(WRITTEN)
    return path


async def test_links_are_read(tracker: MarkdownTracker, two: Path) -> None:
    found = (await tracker.read("PAY-1")).links
    assert [(link.kind, link.key, link.url) for link in found] == [
        ("blocks", "PAY-2", None),
        ("relates to", "PAY-2", None),
        ("see", "", "https://wiki.example/a%20door"),
    ]


async def test_a_link_is_added_and_all_else_stays(tracker: MarkdownTracker, two: Path) -> None:
    made = await tracker.add_link("PAY-1", Link(kind="duplicates", key="PAY-2"))
    lines = two.read_text().splitlines()
    assert [line for line in lines if line not in WRITTEN.splitlines()] == [f"  - {made.id}"]
    await tracker.delete_link("PAY-1", made.id)
    assert two.read_text() == WRITTEN


async def test_a_link_that_people_wrote_is_taken_away(tracker: MarkdownTracker, two: Path) -> None:
    (first, *_) = (await tracker.read("PAY-1")).links
    await tracker.delete_link("PAY-1", first.id)
    assert [line for line in WRITTEN.splitlines() if line not in two.read_text().splitlines()] == [
        "  - blocks PAY-2  # until May"
    ]


async def test_the_first_link_makes_the_list(tracker: MarkdownTracker, two: Path) -> None:
    await tracker.add_link("PAY-2", Link(kind="is blocked by", key="PAY-1"))
    assert "links:" in (two.parent / "PAY-2.md").read_text()
    assert [link.kind for link in (await tracker.read("PAY-2")).links] == ["is blocked by"]


async def test_kinds_that_are_declared_are_all_that_there_are(tracker: MarkdownTracker, two: Path) -> None:
    (two.parent / "tracker.yaml").write_text("links: [blocks, see]\n")
    assert (await tracker.describe()).fields["links"].options == ("blocks", "see")
    with pytest.raises(ItemBroken, match="declares no link 'relates to'") as broken:
        await tracker.read("PAY-1")
    assert broken.value.line == 4
    with pytest.raises(WriteRefused, match="declares no link 'blokcs'") as refused:
        await tracker.add_link("PAY-2", Link(kind="blokcs", key="PAY-1"))
    assert (refused.value.field, refused.value.value) == ("links", "blokcs")
    assert "blocks" in (refused.value.remedy or "")


async def test_children_are_those_whose_parent_it_is(tracker: MarkdownTracker, two: Path) -> None:
    assert await tracker.children("PAY-1") == ["PAY-2"]
    assert await tracker.children("PAY-2") == []
