"""Comments."""

from __future__ import annotations

from contextlib import suppress

import pytest

from accord.errors import ItemGone, VersionMismatch
from accord.model import Comment, Item, Person, same
from accord.ports import Once, Tracker
from accord.testing.conformance.base import (
    Checks,
    Sample,
    Somebody,
    assert_same_fields,
    assert_version_told,
    assert_versions_differ,
    comment_named,
    needs,
    text_of,
)

HEADER = "Alice Ö. wrote:"
BODIES = {
    "emoji": "Done 🚀 – „endlich“",
    "code": "```\n---\nkey: value\n---\n```",
    "quote": "> quoted\n\nanswer",
    "front matter": "---\nauthor: mallory\n---\n\ntext",
    "mention": "@bob see PAY-1, #12 and <https://example.net/?a=1&b=2>",
    "crlf": "one\r\ntwo\r\n\r\nthree",
    "long": "\n".join(f"{n}: The quick brown fox jumps over the lazy dog." for n in range(600)),
}


class CommentChecks(Checks):
    """Comments are added, edited and deleted, here and by people."""

    async def _item(self, tracker: Tracker, sample: Sample) -> Item:
        needs(tracker.capabilities.comments, "comments")
        return await self.created(tracker, sample, description="Not a comment.")

    async def test_a_comment_is_added(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._item(tracker, sample)
        written = await tracker.add_comment(item.key, Comment(body="Hello *world*"), self.marker())
        after = await tracker.read(item.key)
        assert [(c.id, c.body) for c in after.comments] == [(written.id, "Hello *world*")]
        assert_same_fields(item, after)

    async def test_a_comment_shows_its_marker(self, tracker: Tracker, sample: Sample) -> None:
        item, marker = await self._item(tracker, sample), self.marker()
        needs(tracker.capabilities.comment_once is Once.MARKER, "markers on comments")
        written = await tracker.add_comment(item.key, Comment(body="Hello", header=HEADER), marker)
        after = await tracker.read(item.key)
        assert [(c.id, c.marker) for c in after.comments] == [(written.id, marker)]

    async def test_a_header_comes_before_the_body(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._item(tracker, sample)
        await tracker.add_comment(item.key, Comment(body="Hello", header=HEADER), self.marker())
        (comment,) = (await tracker.read(item.key)).comments
        assert text_of(comment) == f"{HEADER}\n\nHello"

    @pytest.mark.parametrize("name", BODIES)
    async def test_an_awkward_comment_survives(self, tracker: Tracker, sample: Sample, name: str) -> None:
        item = await self._item(tracker, sample)
        await tracker.add_comment(item.key, Comment(body=BODIES[name]), self.marker())
        (comment,) = (await tracker.read(item.key)).comments
        assert same(comment.body, sample.kept(BODIES[name]))

    async def test_comments_keep_their_order(self, tracker: Tracker, sample: Sample, person: Somebody) -> None:
        item = await self._item(tracker, sample)
        ids = []
        for n in range(12):
            if n % 4 == 3:
                ids.append(await person.comment(item.key, f"Number {n}"))
            else:
                ids.append((await tracker.add_comment(item.key, Comment(body=f"Number {n}"), self.marker())).id)
        comments = (await tracker.read(item.key)).comments
        assert [c.body for c in comments] == [f"Number {n}" for n in range(12)]
        assert [c.id for c in comments] == ids

    async def test_a_comment_is_edited_and_keeps_its_header(self, tracker: Tracker, sample: Sample) -> None:
        item, marker = await self._item(tracker, sample), self.marker()
        needs(tracker.capabilities.comment_edit, "editing of comments")
        written = await tracker.add_comment(item.key, Comment(body="First", header=HEADER), marker)
        before = comment_named(await tracker.read(item.key), written.id)
        edited = Comment(id=written.id, body="Second\n\nparagraph", header=HEADER)
        assert (await tracker.edit_comment(item.key, edited)).id == written.id
        after = comment_named(await tracker.read(item.key), written.id)
        assert text_of(after) == f"{HEADER}\n\nSecond\n\nparagraph"
        assert (after.marker, after.author, after.created_at) == (before.marker, before.author, before.created_at)

    @pytest.mark.parametrize("name", BODIES)
    async def test_a_comment_becomes_an_awkward_one(self, tracker: Tracker, sample: Sample, name: str) -> None:
        item = await self._item(tracker, sample)
        needs(tracker.capabilities.comment_edit, "editing of comments")
        written = await tracker.add_comment(item.key, Comment(body="First"), self.marker())
        await tracker.edit_comment(item.key, Comment(id=written.id, body=BODIES[name]))
        (comment,) = (await tracker.read(item.key)).comments
        assert same(comment.body, sample.kept(BODIES[name]))

    async def test_a_persons_edit_of_our_comment_is_read(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        item = await self._item(tracker, sample)
        written = await tracker.add_comment(item.key, Comment(body="By sync"), self.marker())
        before = await tracker.read(item.key)
        await person.edit_comment(item.key, written.id, "By hand")
        after = await tracker.read(item.key)
        marker = before.comments[0].marker
        assert [(c.id, text_of(c), c.marker) for c in after.comments] == [(written.id, "By hand", marker)]
        assert_versions_differ(tracker, before.version, after.version)

    async def test_an_author_whom_nobody_knows_is_no_hindrance(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._item(tracker, sample)
        stranger = Person(name="Nobody Here", email="nobody@elsewhere.example")
        await tracker.add_comment(item.key, Comment(body="Hello", author=stranger), self.marker())
        assert [text_of(c) for c in (await tracker.read(item.key)).comments] == ["Hello"]

    async def test_editing_leaves_other_comments_alone(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._item(tracker, sample)
        needs(tracker.capabilities.comment_edit, "editing of comments")
        ids = [(await tracker.add_comment(item.key, Comment(body=b), self.marker())).id for b in ("a", "b", "c")]
        await tracker.edit_comment(item.key, Comment(id=ids[1], body="new"))
        after = await tracker.read(item.key)
        assert [(c.id, c.body) for c in after.comments] == [(ids[0], "a"), (ids[1], "new"), (ids[2], "c")]

    async def test_a_comment_is_deleted_and_only_that(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._item(tracker, sample)
        needs(tracker.capabilities.comment_delete, "deleting of comments")
        ids = [(await tracker.add_comment(item.key, Comment(body=b), self.marker())).id for b in ("a", "b")]
        await tracker.delete_comment(item.key, ids[0])
        assert [c.id for c in (await tracker.read(item.key)).comments] == [ids[1]]

    async def test_a_comment_can_be_deleted_twice(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._item(tracker, sample)
        needs(tracker.capabilities.comment_delete, "deleting of comments")
        written = await tracker.add_comment(item.key, Comment(body="Bye"), self.marker())
        for _ in range(2):
            await tracker.delete_comment(item.key, written.id)
        assert (await tracker.read(item.key)).comments == ()

    async def test_a_comment_that_a_person_deleted_can_be_deleted(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        item = await self._item(tracker, sample)
        needs(tracker.capabilities.comment_delete, "deleting of comments")
        written = await tracker.add_comment(item.key, Comment(body="Bye"), self.marker())
        await person.delete_comment(item.key, written.id)
        await tracker.delete_comment(item.key, written.id)
        assert (await tracker.read(item.key)).comments == ()

    async def test_the_id_of_a_deleted_comment_is_not_given_again(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._item(tracker, sample)
        needs(tracker.capabilities.comment_delete, "deleting of comments")
        one = await tracker.add_comment(item.key, Comment(body="One"), self.marker())
        await tracker.delete_comment(item.key, one.id)
        two = await tracker.add_comment(item.key, Comment(body="One"), self.marker())
        assert one.id != two.id

    async def test_a_comment_that_a_person_deleted_does_not_come_back(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        item = await self._item(tracker, sample)
        needs(tracker.capabilities.comment_edit, "editing of comments")
        kept = await person.comment(item.key, "Kept")
        deleted = await person.comment(item.key, "Deleted")
        await person.delete_comment(item.key, deleted)
        with suppress(VersionMismatch, ItemGone):
            await tracker.edit_comment(item.key, Comment(id=deleted, body="Edited"))
        assert [(c.id, c.body) for c in (await tracker.read(item.key)).comments] == [(kept, "Kept")]

    async def test_what_a_person_does_to_comments_is_read(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        item = await self._item(tracker, sample)
        one, two = await person.comment(item.key, "One"), await person.comment(item.key, "Two")
        read = (await tracker.read(item.key)).comments
        assert [(c.id, c.body, c.marker) for c in read] == [(one, "One", None), (two, "Two", None)]
        await person.edit_comment(item.key, one, "One, edited")
        await person.delete_comment(item.key, two)
        assert [(c.id, c.body) for c in (await tracker.read(item.key)).comments] == [(one, "One, edited")]

    async def test_a_comment_of_a_person_changes_the_version(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        item = await self._item(tracker, sample)
        versions = [item.version]
        comment = await person.comment(item.key, "Hello")
        versions.append((await tracker.read(item.key)).version)
        await person.edit_comment(item.key, comment, "Hello, edited")
        versions.append((await tracker.read(item.key)).version)
        await person.delete_comment(item.key, comment)
        assert_versions_differ(tracker, *versions)
        assert_versions_differ(tracker, versions[-1], (await tracker.read(item.key)).version)

    async def test_writing_comments_tells_the_version_that_is_read_next(self, tracker: Tracker, sample: Sample) -> None:
        item = await self._item(tracker, sample)
        can = tracker.capabilities
        written = await tracker.add_comment(item.key, Comment(body="One", header=HEADER), self.marker())
        comment_id = written.id
        await assert_version_told(tracker, item.key, written)
        if can.comment_edit:
            written = await tracker.edit_comment(item.key, Comment(id=comment_id, body="Two", header=HEADER))
            await assert_version_told(tracker, item.key, written)
        if can.comment_delete:
            written = await tracker.delete_comment(item.key, comment_id)
            await assert_version_told(tracker, item.key, written)
