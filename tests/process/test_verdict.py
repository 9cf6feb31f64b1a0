"""The judge of the soak: it has to find what is wrong, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.soak.ledger import Ledger
from tests.soak.place import Seen, SeenComment, SeenFile, SeenTime
from tests.soak.verdict import Verdict, judge

NORTH = Seen(
    handle="1",
    key="1",
    summary="i1.s1 printer",
    description="i1.d2 on fire",
    status="testing",
    number=7,
    labels=frozenset({"red"}),
    comments=(SeenComment("4", "i1.c3 help"),),
    files=(SeenFile("i1.f4.bin", "abc"),),
    times=(SeenTime("5", 90, "i1.w5 reading"),),
)
SOUTH = replace(NORTH, handle="A.md", key="A-1", comments=(SeenComment("0001-x", "Alice wrote:\n\ni1.c3 help\n"),))


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    ledger = Ledger(tmp_path / "journal.jsonl")
    for text in ("i1.s1", "i1.d2", "i1.n7", "i1.c3", "i1.f4"):
        ledger.wrote("north", text)
    return ledger


def verdict(ledger: Ledger, north: list[Seen], south: list[Seen], losers: tuple[object, ...] = ()) -> Verdict:
    return judge(("north", "south"), (north, south), ledger.fates.values(), losers)


def test_two_that_agree(ledger: Ledger) -> None:
    assert verdict(ledger, [NORTH], [SOUTH]) == Verdict()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"status": "unread"}, "status"),
        ({"labels": frozenset()}, "labels"),
        ({"description": "i1.d2 in flames"}, "description"),
        ({"comments": (SeenComment("1", "Bob wrote:\n\nBob wrote:\n\ni1.c3 help"),)}, "comments"),
        ({"files": (SeenFile("i1.f4.bin", "other bytes"),)}, "files"),
        ({"times": (SeenTime("8", 60, "i1.w5 reading"),)}, "times"),
    ],
)
def test_a_field_that_differs(ledger: Ledger, change: dict[str, object], field: str) -> None:
    found = verdict(ledger, [NORTH], [replace(SOUTH, **change)])  # type: ignore[arg-type]
    assert len(found.disagreeing) == 1
    assert field in found.disagreeing[0]
    assert not found.lost
    assert not found.doubled


def test_an_item_that_is_missing_or_twice(ledger: Ledger) -> None:
    missing = verdict(ledger, [NORTH], [])
    assert (len(missing.disagreeing), len(missing.lost)) == (1, 5)
    twice = verdict(ledger, [NORTH], [SOUTH, replace(SOUTH, handle="B.md")])
    assert len(twice.doubled) == 1


def test_a_comment_and_a_file_that_are_there_twice_on_both_sides(ledger: Ledger) -> None:
    more = {"comments": NORTH.comments * 2, "files": (*NORTH.files, SeenFile("i1.f4-2.bin", "abc"))}
    found = verdict(ledger, [replace(NORTH, **more)], [replace(SOUTH, **more)])  # type: ignore[arg-type]
    assert (len(found.doubled), len(found.disagreeing)) == (4, 0)


def test_a_value_that_went_with_nobody_having_replaced_it(ledger: Ledger) -> None:
    ledger.wrote("south", "i1.s9 lost")
    assert verdict(ledger, [NORTH], [SOUTH]).lost == ("i1.s9, written at south, is not at north nor at south",)
    assert verdict(ledger, [NORTH], [SOUTH], ("i1.s9 lost",)).clean
    ledger.replaced("south", "i1.s9 lost")
    assert verdict(ledger, [NORTH], [SOUTH]).clean


def test_a_number_that_went(ledger: Ledger) -> None:
    ledger.wrote("north", "i1.n8")
    assert len(verdict(ledger, [NORTH], [SOUTH]).lost) == 1
    assert verdict(ledger, [NORTH], [SOUTH], (8,)).clean


def test_what_was_restored_counts_again(ledger: Ledger) -> None:
    ledger.wrote("south", "i1.d8 old")
    ledger.replaced("south", "i1.d8 old")
    ledger.wrote("south", "i1.d8 old")
    assert len(verdict(ledger, [NORTH], [SOUTH]).lost) == 1
    ledger.replaced("north", "i1.d8 old")
    assert verdict(ledger, [NORTH], [SOUTH]).clean
