from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from accord.merge.conflict import Contest, resolve
from accord.merge.fields import before_changes, merge_fields
from accord.merge.text import merge_text
from accord.model import Change, Policy, Replica, Side, flatten, same

AT = datetime(2026, 1, 1, tzinfo=UTC)
values = st.sampled_from(["a", "b", "c", None])
flats = st.fixed_dictionaries({"summary": values, "status": values, "labels.x": st.sampled_from([True, None])})
times = st.none() | st.datetimes(timezones=st.just(UTC))


@given(flats, flats, flats)
def test_only_the_remotes_change_is_written(base: dict, theirs: dict, ours: dict) -> None:
    merged = merge_fields(base, theirs, theirs, ours, edited=set())
    assert merged.contested == ()
    for path, value in merged.values.items():
        assert not same(base[path], theirs[path])
        assert same(value, theirs[path])


@given(flats, flats)
def test_nothing_is_written_where_it_is_there_already(base: dict, theirs: dict) -> None:
    merged = merge_fields(base, theirs, theirs, theirs, edited=set(base))
    assert not merged.values
    assert not merged.contested


@given(flats, flats, flats)
def test_a_field_edited_here_is_never_overwritten_unjudged(base: dict, theirs: dict, ours: dict) -> None:
    edited = {path for path in base if not same(base[path], ours[path])}
    merged = merge_fields(base, theirs, theirs, ours, edited)
    assert not edited & merged.values.keys()


@given(values, values, times, times, st.sampled_from(list(Policy)))
def test_both_sides_keep_the_same_value(one: str, other: str, at: datetime, other_at: datetime, policy: Policy) -> None:
    here = resolve(Contest("description", "a", one, other, at, other_at), policy, Side.INITIATOR)
    there = resolve(Contest("description", "a", other, one, other_at, at), policy, Side.ACCEPTOR)
    assert same(here.kept, there.kept)
    assert here.winner == there.winner
    if here.winner is not None:
        assert {str(here.kept), str(here.lost)} == {str(one), str(other)}


lines = st.lists(st.sampled_from(["one", "two", "three", "four"]), max_size=6).map("\n".join)


@given(lines, lines, lines)
def test_merged_text_does_not_depend_on_the_side(base: str, ours: str, theirs: str) -> None:
    assert merge_text(base, ours, theirs) == merge_text(base, theirs, ours)


def test_edits_of_different_lines_merge_and_of_the_same_line_do_not() -> None:
    base = "one\ntwo\nthree\nfour\nfive"
    assert (
        merge_text(base, "ONE\ntwo\nthree\nfour\nfive", "one\ntwo\nthree\nfour\nFIVE") == "ONE\ntwo\nthree\nfour\nFIVE"
    )
    assert merge_text(base, "ONE\ntwo\nthree\nfour\nfive", "Uno\ntwo\nthree\nfour\nfive") is None


@given(st.dictionaries(st.sampled_from(["summary", "status", "fields.x", "labels.a", "labels.b"]), values, max_size=4))
def test_before_its_changes_a_replica_holds_the_bases(bases: dict) -> None:
    replica = Replica(summary="now", status="now", labels=("a",), fields={"x": "now"})
    changed = {path: Change(at=AT, version=5, base=base) for path, base in bases.items()}
    before = flatten(before_changes(replica, changed, known=4))
    for path, base in bases.items():
        expected = (True if base else None) if path.startswith("labels.") else base
        assert same(before.get(path), expected)
    assert before_changes(replica, changed, known=5) == replica
