from __future__ import annotations

from typing import Any

from accord.merge.observe import observe
from accord.merge.traces import Shown, SubItemMerge, SubItemPlan, digest
from accord.model import Comment, Removal, ReplicaComment, SubItem, Trace

OURS = Comment(id="1", body="ours")
TRACE = Trace(kind=SubItem.COMMENT, local_id="1", remote_id="r1", here=digest(OURS), shown=True)


def plan(
    shown: list[ReplicaComment], *, traces: tuple[Trace, ...] = (TRACE,), current: tuple[Comment, ...] = (OURS,),
    seen: int = 0, known: int = 0, removed: tuple[Removal, ...] = (), first: bool = False, **more: Any,
) -> SubItemPlan:  # fmt: skip
    merge = SubItemMerge(
        SubItem.COMMENT, traces, current, seen, known, removed, first, more.get("attempted", {}), lambda rid: f"m-{rid}"
    )
    return merge.plan([Shown(remote, Comment(id=remote.id, body=remote.body)) for remote in shown])


def test_a_new_comment_is_created() -> None:
    made = plan([ReplicaComment(id="r2", body="new", version=1)])
    assert [c.wanted.draft.body for c in made.creations] == ["new"]


def test_an_old_comment_that_was_deleted_here_is_not_created_again() -> None:
    assert not plan([ReplicaComment(id="r2", body="old", version=1)], known=1).creations


def test_an_edit_there_is_an_edit_here() -> None:
    made = plan([ReplicaComment(id="r1", body="theirs", version=2)], known=1)
    assert [(e.local_id, e.draft.body) for e in made.edits] == [("1", "theirs")]
    assert not made.lost


def test_our_own_comment_rendered_by_the_other_tracker_is_no_edit() -> None:
    made = plan([ReplicaComment(id="r1", body="OURS (rendered)", twin_id="1", version=0)])
    assert not made


def test_of_two_edits_the_side_wins_where_it_was_written() -> None:
    edited = Comment(id="1", body="edited here")
    theirs = [ReplicaComment(id="r1", body="edited there", version=2)]
    ours_first = TRACE.model_copy(update={"ours": True})
    kept = plan(theirs, traces=(ours_first,), current=(edited,), known=1)
    assert not kept.edits
    assert (kept.lost[0].ours, kept.lost[0].theirs, kept.lost[0].kept_here) == ("edited here", "edited there", True)
    taken = plan(theirs, current=(edited,), known=1)
    assert taken.edits
    assert taken.lost[0].kept_here is False


def test_a_deletion_there_deletes_here_unless_it_was_edited() -> None:
    gone = (Removal(id="r1", twin_id="1"),)
    assert [d.sub.id for d in plan([], removed=gone).deletions] == ["1"]
    kept = plan([], removed=gone, current=(Comment(id="1", body="edited here"),))
    assert not kept.deletions
    assert kept.traces[0].remote_id is None
    assert kept.lost[0].theirs == "(deleted)"


def test_what_is_not_shown_is_not_deleted() -> None:
    assert not plan([]).deletions


def test_a_copy_made_by_a_run_that_crashed_is_found_by_its_marker() -> None:
    orphan = Comment(id="2", body="new", marker="m-r2")
    made = plan([ReplicaComment(id="r2", body="new", version=1)], current=(OURS, orphan))
    assert not made
    assert {(t.local_id, t.remote_id) for t in made.traces} == {("1", "r1"), ("2", "r2")}


def test_a_copy_made_by_a_run_that_crashed_goes_if_it_was_removed_there_meanwhile() -> None:
    gone = (Removal(id="r2"),)
    attempted = {"r2": digest(Comment(id="", body="new"))}
    marked = Comment(id="2", body="new", marker="m-r2")
    unmarked = Comment(id="2", body="Anna wrote:\n\nnew")
    for orphan in (marked, unmarked):
        made = plan([], removed=gone, current=(OURS, orphan), attempted=attempted)
        assert [deletion.sub.id for deletion in made.deletions] == ["2"]
    for other in (unmarked.model_copy(update={"marker": "m-r3"}), Comment(id="2", body="somebody's")):
        assert not plan([], removed=gone, current=(OURS, other), attempted=attempted).deletions
    edited = plan([], removed=gone, current=(OURS, marked.model_copy(update={"body": "edited"})), attempted=attempted)
    assert not edited.deletions
    assert [lost.ours for lost in edited.lost] == ["edited"]


def test_observing_tells_edits_deletions_and_new_comments_apart_from_what_sync_wrote() -> None:
    edited, new = Comment(id="1", body="edited"), Comment(id="9", body="new")
    seen = observe(SubItem.COMMENT, [TRACE], [edited, new], {"1", "9"}, 7, synced=())
    assert seen.news
    assert {(t.local_id, t.version) for t in seen.traces} == {("1", 7), ("9", 7)}
    quiet = observe(SubItem.COMMENT, [TRACE], [edited], {"1"}, 7, synced={"1"})
    assert not quiet.news
    gone = observe(SubItem.COMMENT, [TRACE], [], set(), 7, synced=())
    assert gone.news
    assert gone.traces[0].deleted


def test_a_copy_of_ours_that_nothing_is_known_of_is_nobodys_news() -> None:
    forgotten = Comment(id="9", body="copied before the database was brought back", marker="m-r9")
    seen = observe(SubItem.COMMENT, [TRACE], [OURS, forgotten], {"1", "9"}, 7, synced=(), copies={"9"})
    assert not seen.news
    assert [t.local_id for t in seen.traces] == ["1"]
