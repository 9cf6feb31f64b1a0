"""How much a connector's writer gets for one subclass."""

from __future__ import annotations

import inspect

import pytest

from accord.testing.conformance import TrackerConformance

NAMED = 180
"""May grow."""

SUBJECTS = {
    "creation": "a_created_item_reads_back_field_by_field",
    "once only": "creations_that_are_cut_short_end_up_as_one_each",
    "a time-out after the commit": "a_creation_without_an_answer_is_found",
    "versions": "a_stale_version_is_refused",
    "Unicode": "an_awkward_summary_survives",
    "control characters": "a_control_character_in_a_description_does_no_harm",
    "100 kB": "a_description_of_100_kilobytes_survives",
    "empty and null": "null_and_empty_both_clear",
    "a deleted comment": "a_deleted_comment_is_told",
    "zero bytes": "an_empty_file_is_kept_or_refused",
    "odd file names": "an_odd_file_name_is_kept",
    "the edge of a page": "changes_that_fill_a_page_are_all_told",
    "changes during paging": "what_happens_during_a_look_is_told",
    "throttling": "throttling_tells_when_to_come_back",
    "time zones": "an_item_was_created_just_now",
    "links once": "a_link_is_there_once",
    "links at both ends": "a_link_shows_at_both_ends_or_at_one",
    "children": "children_are_found",
    "workflows": "a_way_that_the_workflow_does_not_know_is_refused",
}


def checks() -> dict[str, object]:
    return {name: check for name, check in inspect.getmembers(TrackerConformance) if name.startswith("test_")}


def test_the_number_of_named_checks_does_not_shrink() -> None:
    assert len(checks()) >= NAMED


@pytest.mark.parametrize("subject", SUBJECTS)
def test_a_subject_is_checked(subject: str) -> None:
    assert f"test_{SUBJECTS[subject]}" in checks()


def test_no_check_hides_another_of_the_same_name() -> None:
    """Two parts with one name would be one check fewer."""
    parts = [part for part in TrackerConformance.__mro__ if part is not TrackerConformance]
    named = [name for part in parts for name in vars(part) if name.startswith("test_")]
    assert len(named) == len(set(named)) == len(checks())
