"""Writing issues.

Redmine's REST interface takes a write whatever became of the issue since it was read. So it is read and compared right
before each write; and since Redmine keeps in its journal what every write replaced, a person who came between the two
is noticed right after it: then our write is taken back, and VersionMismatch says so.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from weakref import WeakValueDictionary

from pydantic import JsonValue

from accord.errors import AccordError, VersionMismatch, WriteRefused
from accord.model import Item, Patch, flatten, is_empty, same
from accord.ports import Written
from accord.trackers.redmine.marks import unmarked
from accord.trackers.redmine.names import NameBook, Project
from accord.trackers.redmine.reading import IssueReader, Version
from accord.trackers.redmine.rest import RedmineRest, Row, plain_text
from accord.trackers.redmine.taking_back import contested, journals_after, last_journal, restoring
from accord.trackers.redmine.workflow import Workflow
from accord.trackers.redmine.writing import FieldWriter, Target


class IssueWriter:
    """Writes to one issue come one after the other: of two that expect the same version one is refused."""

    def __init__(
        self,
        rest: RedmineRest,
        book: NameBook,
        reader: IssueReader,
        fields: FieldWriter,
        workflow: Workflow,
        default_project: str | None,
    ) -> None:
        self._rest, self._book, self._reader = rest, book, reader
        self._fields, self._workflow, self._default_project = fields, workflow, default_project
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def lock(self, key: str) -> asyncio.Lock:
        return self._locks.setdefault(key, asyncio.Lock())

    async def create(self, draft: Item, marker: str) -> Written:
        """All in one request, except for a status that the workflow reaches only step by step."""
        start = Patch.of({path: value for path, value in flatten(draft).items() if not is_empty(value)})
        values = dict(start.values)
        project = await self._project_for(values.pop("fields.project", None))
        mark = marker if self._fields.marks_descriptions else None
        values["description"] = values.get("description", "")
        row = await self._fields.row(values, start.labels_added or None, Target(project, mark))
        row["project_id"] = project.id
        row["custom_fields"] = [*row.get("custom_fields", ()), *self._fields.mark(marker)]
        try:
            made = await self._rest.create(row)
        except WriteRefused as error:
            raise self._fields.named(error, values) from None
        key = str(made["id"])
        if made["status"]["id"] != row.get("status_id", made["status"]["id"]):
            # It is made: what can't be reached is told by the status that is read, not by an error.
            with suppress(WriteRefused):
                await self._go(await self._rest.issue(key), row["status_id"])
        return Written(key)

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        """Without an expected version it is written to whatever is there."""
        try:
            async with self.lock(key):
                return await self._update(key, patch, expected_version)
        except WriteRefused as error:
            error.item = error.item or key
            raise self._fields.named(error, patch.values) from None
        except AccordError as error:
            error.item = error.item or key
            raise

    async def _update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        before = await self._reader.row(key)
        item = await self._reader.item(before)
        row = await self._differing(before, item, patch)
        told = Version.parse(item.version or "")
        if expected_version is not None and Version.parse(expected_version).fields != told.fields:
            raise VersionMismatch(item=key)
        if not row:
            return Written(key, item.version)
        steps = await self._workflow.steps(before, row["status_id"]) if "status_id" in row else []
        if steps:
            row["status_id"] = steps[0]
        await self._rest.put(key, row)
        after = await self._rest.issue(key)
        if expected_version is not None:
            await self._yield_to_people(key, row, before, after)
        if steps[1:]:
            after = await self._go(after, steps[-1])
        read = await self._reader.item(after)
        return Written(key, await self._version_of_ours(before, after, read))

    async def _differing(self, before: Row, item: Item, patch: Patch) -> Row:
        """What has to be put: nothing for a field that is as it shall be already."""
        now = flatten(item)
        values = {path: value for path, value in patch.values.items() if not same(now.get(path), value)}
        wanted = patch.labels(item.labels)
        labels = wanted if set(wanted) != set(item.labels) else None
        moved = values.get("fields.project")
        project = await self._project_for(moved) if moved else await self._book.project_of(before)
        mark = item.marker if self._fields.marks_descriptions else None
        text, files = unmarked(plain_text(before.get("description")))[0], tuple(before.get("attachments") or ())
        return await self._fields.row(values, labels, Target(project, mark, text, files))

    async def _go(self, row: Row, status: int) -> Row:
        """Takes an issue to a status step by step; gives it as it is then."""
        key = str(row["id"])
        for step in await self._workflow.steps(row, status):
            await self._rest.put(key, {"status_id": step})
            row = await self._rest.issue(key)
        return row

    async def _yield_to_people(self, key: str, row: Row, before: Row, after: Row) -> None:
        """Takes back what was put, where somebody else had changed just that since `before`."""
        me = (await self._book.account())["id"]
        ours = contested(journals_after(after, last_journal(before)), me, row)
        if ours is None:
            return
        with suppress(WriteRefused, VersionMismatch):
            await self._rest.put(key, restoring(ours, after))
        raise VersionMismatch(
            "Somebody changed the same at the same instant; what sync wrote was taken back.", item=key
        )

    async def _version_of_ours(self, before: Row, after: Row, read: Item) -> str | None:
        """The version that was read after our write; another one where others wrote besides, so that they show."""
        me = (await self._book.account())["id"]
        others = [one for one in journals_after(after, last_journal(before)) if (one.get("user") or {}).get("id") != me]
        return f"{read.version}+" if others else read.version

    async def _project_for(self, named: JsonValue) -> Project:
        wanted = named or self._default_project
        if wanted is None:
            there = list((await self._book.projects()).values())
            if len(there) == 1:
                return there[0]
            raise WriteRefused(
                "Nothing says into which project the item shall go.",
                field="fields.project",
                remedy="Set default_project in the tracker's settings, or fields.project in the incoming rules.",
            )
        return await self._book.project(str(wanted), "fields.project")
