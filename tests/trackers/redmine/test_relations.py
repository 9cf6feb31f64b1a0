"""Relations and subtasks of a real Redmine."""

from __future__ import annotations

import pytest

from accord.errors import WriteRefused
from accord.model import Link
from accord.testing.redmine import RedminePerson
from accord.trackers.redmine import RedmineTracker


async def two_issues(alice: RedminePerson) -> tuple[str, str]:
    return await alice.create("One"), await alice.create("Two")


async def test_what_people_relate_shows_at_both_ends(tracker: RedmineTracker, alice: RedminePerson) -> None:
    one, two = await two_issues(alice)
    cursor = (await tracker.changes(None)).cursor
    made = await alice.relate(one, "blocks", two)
    assert {hint.key for hint in (await tracker.changes(cursor)).hints} >= {one, two}
    (here,), (there,) = [(await tracker.read(key)).links for key in (one, two)]
    assert (here.id, here.kind, here.key, here.mirrored) == (made, "blocks", two, False)
    assert (there.id, there.kind, there.key, there.mirrored) == (made, "blocked", one, True)
    assert (there.url or "").endswith(f"/issues/{one}")


async def test_from_the_other_end_it_is_the_same_relation(tracker: RedmineTracker, alice: RedminePerson) -> None:
    one, two = await two_issues(alice)
    made = await alice.relate(one, "blocks", two)
    assert (await tracker.add_link(two, Link(kind="blocked", key=one))).id == made


async def test_a_second_relation_between_two_issues_is_refused_with_the_reason(
    tracker: RedmineTracker, alice: RedminePerson
) -> None:
    one, two = await two_issues(alice)
    await tracker.add_link(one, Link(kind="relates", key=two))
    with pytest.raises(WriteRefused) as refused:
        await tracker.add_link(one, Link(kind="blocks", key=two))
    assert (refused.value.item, refused.value.field, refused.value.value) == (one, "links", f"blocks {two}")
    assert "one relation each way" in (refused.value.remedy or "")


async def test_a_kind_that_redmine_does_not_have_names_the_nearest(
    tracker: RedmineTracker, alice: RedminePerson
) -> None:
    one, two = await two_issues(alice)
    with pytest.raises(WriteRefused, match="no relation 'bloks'") as refused:
        await tracker.add_link(one, Link(kind="bloks", key=two))
    assert "blocks" in (refused.value.remedy or "")
