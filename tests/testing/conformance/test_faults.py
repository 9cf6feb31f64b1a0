"""Connectors that break a promise fail the check of that promise."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from accord.errors import AccordError, ItemGone
from accord.model import Attachment, Comment, Item, Link, Patch
from accord.ports import Changes, Hint, Written
from accord.testing.conformance import TrackerConformance
from accord.testing.memory import Behaviour, MemoryTracker
from tests.testing.conformance.test_memory import FIELDS, PEOPLE, MemoryPerson, sample_for, simulated_now


class ForgetsMarkers(MemoryTracker):
    async def create(self, draft: Item, marker: str) -> Written:
        return await super().create(draft, "")


class FindsMarkersInTexts(MemoryTracker):
    async def find(self, marker: str) -> str | None:
        return next((item.key for item in self.items.values() if marker in item.model_dump_json()), None)


class FoldsLines(MemoryTracker):
    async def create(self, draft: Item, marker: str) -> Written:
        text = " ".join((draft.description or "").split()) or None
        return await super().create(draft.model_copy(update={"description": text}), marker)


class WritesOverPeople(MemoryTracker):
    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        return await super().update(key, patch, None)


class WritesWholeItems(MemoryTracker):
    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        values = {"priority": None, **patch.values}
        return await super().update(key, patch.model_copy(update={"values": values}), expected_version)


class KeepsWhatIsCleared(MemoryTracker):
    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        values = {path: value for path, value in patch.values.items() if value is not None}
        return await super().update(key, patch.model_copy(update={"values": values}), expected_version)


class TellsAnOldVersion(MemoryTracker):
    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        before = self.items[key].version if key in self.items else None
        return Written((await super().update(key, patch, expected_version)).id, before)


class DropsHeaders(MemoryTracker):
    async def edit_comment(self, key: str, comment: Comment) -> Written:
        return await super().edit_comment(key, comment.model_copy(update={"header": ""}))


class BringsCommentsBack(MemoryTracker):
    async def edit_comment(self, key: str, comment: Comment) -> Written:
        try:
            return await super().edit_comment(key, comment)
        except AccordError:
            return await super().add_comment(key, comment, "")


class DeletesOnce(MemoryTracker):
    async def delete_comment(self, key: str, comment_id: str) -> Written:
        if comment_id not in {comment.id for comment in self.items[key].comments}:
            raise ItemGone(item=key)
        return await super().delete_comment(key, comment_id)


class OneFileOfEachName(MemoryTracker):
    async def add_attachment(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:
        for there in self.items[key].attachments if key in self.items else ():
            if there.name == attachment.name:
                await self.delete_attachment(key, there.id)
        return await super().add_attachment(key, attachment, content, marker)


class TranslatesLineEnds(MemoryTracker):
    async def add_attachment(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:
        content.write_bytes(content.read_bytes().replace(b"\n", b"\r\n"))
        return await super().add_attachment(key, attachment, content, marker)


class IgnoresComments(MemoryTracker):
    """Changes of the discussion pass for versions that are known."""

    async def read(self, key: str) -> Item:
        item = await super().read(key)
        return item.model_copy(update={"version": str(hash(item.model_copy(update=QUIET).model_dump_json()))})

    async def changes(self, cursor: str | None) -> Changes:
        told = await super().changes(cursor)
        hints = [hint if hint.gone else Hint(hint.key, (await self.read(hint.key)).version) for hint in told.hints]
        return Changes(tuple(hints), told.cursor)


class TrustsStamps(MemoryTracker):
    """Takes an item whose stamp it saw for known, though stamps are coarse."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, behaviour=Behaviour(stamp_resolution=1.0, versioned=False))

    async def changes(self, cursor: str | None) -> Changes:
        stamps = {key: item.updated_at.isoformat() for key, item in self.items.items() if item.updated_at}
        keys = [key for key, stamp in stamps.items() if stamp > (cursor or "")]
        return Changes(tuple(Hint(key) for key in keys), max(stamps.values(), default=""))


class TrustsTheClock(MemoryTracker):
    """Goes on from when it looked, though search shows what is older."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, behaviour=Behaviour(search_lag=2.0))

    async def changes(self, cursor: str | None) -> Changes:
        told = await super().changes(None)
        stamps = {hint.key: str(self.items[hint.key].updated_at) for hint in told.hints}
        hints = tuple(hint for hint in told.hints if stamps[hint.key] > (cursor or ""))
        return Changes(hints, str(self.now()))


class NeverSilent(MemoryTracker):
    async def changes(self, cursor: str | None) -> Changes:
        return Changes((await super().changes(None)).hints, (await super().changes(cursor)).cursor)


class ForgetsDeletions(MemoryTracker):
    async def changes(self, cursor: str | None) -> Changes:
        told = await super().changes(cursor)
        return Changes(tuple(hint for hint in told.hints if not hint.gone), told.cursor)


class MatchesAll(MemoryTracker):
    async def matching(self, query: str, keys: Sequence[str]) -> set[str]:
        return set(keys)


class AsksOneQuestion(MemoryTracker):
    """Puts no more keys into a query than a page holds."""

    async def matching(self, query: str, keys: Sequence[str]) -> set[str]:
        return await super().matching(query, keys[:20])


class ReadsOnePage(MemoryTracker):
    async def changes(self, cursor: str | None) -> Changes:
        told = await super().changes(cursor)
        return Changes(told.hints[:20], told.cursor)


class TakesLocalTimeForUniversal(MemoryTracker):
    async def read(self, key: str) -> Item:
        item = await super().read(key)
        return item.model_copy(update={"created_at": item.created_at and item.created_at + timedelta(hours=2)})


class WritesFieldByField(MemoryTracker):
    """What comes before a refused value stays written."""

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        for path, value in patch.values.items():
            written = await super().update(key, Patch(values={path: value}), None)
        return written


class LosesTheMarkOfAnUnansweredComment(MemoryTracker):
    async def add_comment(self, key: str, comment: Comment, marker: str) -> Written:
        return await super().add_comment(key, comment, "")


class AppendsTextsAgain(MemoryTracker):
    async def edit_comment(self, key: str, comment: Comment) -> Written:
        there = next(one for one in self.items[key].comments if one.id == comment.id)
        return await super().edit_comment(key, comment.model_copy(update={"body": there.body + comment.body}))


QUIET = {"version": None, "updated_at": None, "comments": (), "attachments": ()}


class LinksAnew(MemoryTracker):
    """Makes a second link where there is one."""

    async def add_link(self, key: str, link: Link) -> Written:
        made = await super().add_link(key, link)
        item, self._sub = self.items[key], self._sub + 1
        again = Link(id=str(self._sub), kind=link.kind, key=link.key)
        self.items[key] = item.model_copy(update={"links": (*item.links, again)})
        return made


class LinksIntoTheBlue(MemoryTracker):
    async def add_link(self, key: str, link: Link) -> Written:
        return await super().add_link(key, link) if link.key in self.items else Written("1")


class SaysNotWhoseALinkIs(MemoryTracker):
    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named | {"behaviour": Behaviour(mirrored_links=True)})

    async def read(self, key: str) -> Item:
        item = await super().read(key)
        return item.model_copy(
            update={"links": tuple(one.model_copy(update={"mirrored": False}) for one in item.links)}
        )


class TakesGrandchildrenForChildren(MemoryTracker):
    async def children(self, key: str) -> Sequence[str]:
        found = list(await super().children(key))
        for child in tuple(found):
            found += await super().children(child)
        return found


FAULTS = {
    LinksAnew: "a_link_is_there_once",
    LinksIntoTheBlue: "a_link_needs_both_its_ends",
    SaysNotWhoseALinkIs: "a_link_shows_at_both_ends_or_at_one",
    TakesGrandchildrenForChildren: "children_are_found",
    ForgetsMarkers: "a_created_item_is_found_by_its_marker",
    FindsMarkersInTexts: "a_marker_in_a_text_finds_nothing",
    FoldsLines: "a_created_item_reads_back_field_by_field",
    WritesOverPeople: "a_stale_version_is_refused",
    WritesWholeItems: "a_summary_is_updated_and_nothing_else",
    KeepsWhatIsCleared: "fields_are_cleared",
    TellsAnOldVersion: "updating_tells_the_version_that_is_read_next",
    DropsHeaders: "a_comment_is_edited_and_keeps_its_header",
    BringsCommentsBack: "a_comment_that_a_person_deleted_does_not_come_back",
    DeletesOnce: "a_comment_can_be_deleted_twice",
    OneFileOfEachName: "one_name_can_be_there_twice",
    TranslatesLineEnds: "a_file_is_attached",
    IgnoresComments: "an_edited_comment_is_told",
    TrustsStamps: "an_edit_right_after_a_look_is_told",
    TrustsTheClock: "an_edit_is_told",
    NeverSilent: "nothing_is_told_when_nothing_happens",
    ForgetsDeletions: "a_deleted_item_is_told",
    MatchesAll: "a_query_finds_what_matches",
    AsksOneQuestion: "a_query_is_asked_of_more_than_a_page",
    ReadsOnePage: "changes_that_fill_a_page_are_all_told",
    TakesLocalTimeForUniversal: "an_item_was_created_just_now",
    WritesFieldByField: "what_comes_with_a_refused_way_is_not_written",
    LosesTheMarkOfAnUnansweredComment: "a_comment_without_an_answer_is_recognised",
    AppendsTextsAgain: "an_edit_of_a_comment_can_be_written_twice",
}


async def checked(kind: type[MemoryTracker], name: str, folder: Path) -> None:
    """Runs one check."""
    tracker = kind(people=PEOPLE, fields=FIELDS)
    tracker.now = simulated_now()
    given = {
        "tracker": tracker,
        "sample": sample_for(tracker.behaviour),
        "person": MemoryPerson(tracker),
        "tmp_path": folder,
    }
    check = getattr(TrackerConformance(), f"test_{name}")
    await check(**{parameter: given[parameter] for parameter in inspect.signature(check).parameters})


@pytest.mark.parametrize("kind", FAULTS)
async def test_a_fault_is_found(kind: type[MemoryTracker], tmp_path: Path) -> None:
    await checked(MemoryTracker, FAULTS[kind], tmp_path)
    with pytest.raises((AssertionError, AccordError, pytest.fail.Exception)):
        await checked(kind, FAULTS[kind], tmp_path)
