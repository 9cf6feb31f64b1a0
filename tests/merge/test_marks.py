"""The marks of copies that sync makes."""

from __future__ import annotations

from accord.merge.marks import is_copy_of, sub_item_mark
from accord.model import SubItem


def test_a_copy_is_known_by_the_twin_and_by_what_it_is_a_copy_of() -> None:
    mark = sub_item_mark("twin-1", SubItem.COMMENT, "7")
    assert mark == sub_item_mark("twin-1", SubItem.COMMENT, "7")
    others = [("twin-2", SubItem.COMMENT, "7"), ("twin-1", SubItem.WORKLOG, "7"), ("twin-1", SubItem.COMMENT, "8")]
    assert mark not in [sub_item_mark(*other) for other in others]
    assert is_copy_of("twin-1", mark)
    assert not is_copy_of("twin-2", mark)


def test_what_people_wrote_is_no_copy() -> None:
    for mark in (None, "", sub_item_mark("twin-1", SubItem.COMMENT, "7")[:8], "0" * 24):
        assert not is_copy_of("twin-1", mark)
