"""More than a page: nothing is lost at its edge, nor while it is being read."""

from __future__ import annotations

import asyncio

from accord.model import Comment
from accord.ports import Changes, Tracker
from accord.testing.conformance.base import Checks, Sample, Somebody, needs, settled

AT_ONCE = 4


class PagingChecks(Checks):
    """`Sample.page` says how many a page of the tracker holds."""

    def _edge(self, sample: Sample) -> tuple[int, int, int]:
        """Numbers of things: a page but one, a page, and one more."""
        return sample.page - 1, sample.page, sample.page + 1

    async def _several(self, tracker: Tracker, sample: Sample, count: int) -> list[str]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one() -> str:
            async with gate:
                return (await tracker.create(self.draft(sample), self.marker())).id

        return list(await asyncio.gather(*(one() for _ in range(count))))

    async def test_changes_that_fill_a_page_are_all_told(self, tracker: Tracker, sample: Sample) -> None:
        cursor = await self.quiet(tracker)
        keys: set[str] = set()
        for count in self._edge(sample):
            keys.update(await self._several(tracker, sample, count - len(keys)))
            await settled(tracker)
            changes = await tracker.changes(cursor)
            missing = keys - {hint.key for hint in changes.hints}
            assert not missing, f"{len(missing)} of {count} are missing"
            assert await self.silence(tracker, changes.cursor)
        everything = {hint.key for hint in (await tracker.changes(None)).hints if not hint.gone}
        assert keys <= everything

    async def test_a_query_is_asked_of_more_than_a_page(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.labels and bool(sample.query), "query by label")
        keys = await self._several(tracker, sample, sample.page + 1)
        labelled = self.draft(sample).model_copy(update={"labels": sample.labels[:1]})
        last = (await tracker.create(labelled, self.marker())).id
        await settled(tracker)
        assert await tracker.matching(sample.query, [*keys, last]) == {last}
        assert await tracker.matching(sample.query, [last, *keys]) == {last}

    async def test_comments_that_fill_a_page_are_all_read(self, tracker: Tracker, sample: Sample) -> None:
        needs(tracker.capabilities.comments, "comments")
        item = await self.created(tracker, sample)
        bodies: list[str] = []
        for count in self._edge(sample):
            while len(bodies) < count:
                bodies.append(f"Number {len(bodies)}")
                await tracker.add_comment(item.key, Comment(body=bodies[-1]), self.marker())
            assert [comment.body for comment in (await tracker.read(item.key)).comments] == bodies

    async def test_what_happens_during_a_look_is_told(self, tracker: Tracker, person: Somebody) -> None:
        edited = [await person.create(f"Item {n}") for n in range(AT_ONCE)]
        cursor, touched = await self.quiet(tracker), set[str]()
        for n, key in enumerate(edited):
            looking = asyncio.create_task(tracker.changes(cursor))
            await asyncio.sleep(0)
            await person.edit(key, "summary", f"Edited {n}")
            made = await person.create(f"Made during look {n}")
            touched |= {key, made}
            changes = await looking
            touched -= await self._leading_to_reads(tracker, changes)
            cursor = changes.cursor
        await settled(tracker)
        touched -= await self._leading_to_reads(tracker, await tracker.changes(cursor))
        assert touched == set(), "what happened during a look was told neither then nor at the next one"

    async def _leading_to_reads(self, tracker: Tracker, changes: Changes) -> set[str]:
        """The keys whose hints lead to a read: a version that is known already leads to none."""
        versions = {hint.key: (await tracker.read(hint.key)).version for hint in changes.hints}
        return {hint.key for hint in changes.hints if hint.version in (None, versions[hint.key])}

    async def test_what_is_deleted_during_a_look_spoils_nothing(
        self, tracker: Tracker, sample: Sample, person: Somebody
    ) -> None:
        cursor = await self.quiet(tracker)
        keys = await self._several(tracker, sample, sample.page + 1)
        looking = asyncio.create_task(tracker.changes(cursor))
        await asyncio.sleep(0)
        await person.delete(keys[0])
        changes = await looking
        await settled(tracker)
        told = {hint.key for hint in (*changes.hints, *(await tracker.changes(changes.cursor)).hints)}
        assert set(keys[1:]) <= told, "the page was shifted by what was deleted, and something fell between two"
