"""The connector itself: `ports.Tracker` for Redmine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from accord.errors import ConfigurationInvalid, ItemGone, WriteRefused
from accord.model import Attachment, Comment, Item, Link, Patch, WorkLog
from accord.ports import Capabilities, Changes, Description, Once, Written
from accord.trackers.lacking import PushesNothing
from accord.trackers.redmine.describing import describe
from accord.trackers.redmine.discussion import Discussion
from accord.trackers.redmine.files import Files
from accord.trackers.redmine.issues import IssueWriter
from accord.trackers.redmine.layout import Layout
from accord.trackers.redmine.marks import MARK, unmarked
from accord.trackers.redmine.names import CustomField, NameBook
from accord.trackers.redmine.polling import SURE_AFTER, Poller
from accord.trackers.redmine.query import parse_query
from accord.trackers.redmine.reading import IssueReader
from accord.trackers.redmine.relations import Relations
from accord.trackers.redmine.rest import PAGE, RedmineRest, Row, filters, plain_text
from accord.trackers.redmine.settings import RedmineSettings
from accord.trackers.redmine.sweeping import Sweeper
from accord.trackers.redmine.texts import Texts
from accord.trackers.redmine.timesheet import Timesheet
from accord.trackers.redmine.values import Values
from accord.trackers.redmine.workflow import Workflow
from accord.trackers.redmine.writing import FieldWriter


@dataclass(frozen=True)
class Parts:
    """What can be built once the tracker's custom fields are known."""

    fields: dict[int, CustomField]
    layout: Layout
    reader: IssueReader
    issues: IssueWriter
    discussion: Discussion
    files: Files
    timesheet: Timesheet
    relations: Relations
    poller: Poller


class RedmineTracker(PushesNothing):
    """One Redmine. Keys are the numbers of issues as text, which stay the same wherever an issue moves."""

    Settings = RedmineSettings

    def __init__(self, name: str, settings: RedmineSettings) -> None:
        self.name, self.settings = name, settings
        self.capabilities = Capabilities(
            labels=settings.labels_field is not None,
            worklogs=True,
            worklog_edit=True,
            worklog_delete=True,
            links=True,
            mirrored_links=True,
            children=True,
            item_once=Once.MARKER,
            comment_once=Once.SEARCH,
            attachment_once=Once.SEARCH,
            # Not by Redmine: see accord.trackers.redmine.issues.
            versioned_writes=True,
            answers_within=10.0,
            stamp_resolution=SURE_AFTER.total_seconds(),
            speaks_for_people=settings.speak_for_people,
        )
        self._rest = RedmineRest(name, settings)
        self._book = NameBook(self._rest)
        self._parts: Parts | None = None
        self._loading = asyncio.Lock()

    @property
    def calls(self) -> int:
        """How many requests were sent so far."""
        return self._rest.http.calls

    async def describe(self) -> Description:
        parts = await self._ready(fresh=True)
        return await describe(parts.layout, self._book, frozenset(self.settings.projects))

    async def changes(self, cursor: str | None) -> Changes:
        return await (await self._ready()).poller.changes(cursor)

    async def matching(self, query: str, keys: Sequence[str]) -> set[str]:
        """Redmine's own filters: see accord.trackers.redmine.query."""
        await self._ready()
        conditions = await parse_query(query, self._book)
        wanted = [key for key in dict.fromkeys(keys) if is_key(key)]
        found: set[str] = set()
        for start in range(0, len(wanted), PAGE):
            among = ",".join(wanted[start : start + PAGE])
            # Redmine takes one condition a field: where the query has numbers of its own, they are compared here.
            asked = {name: (operator, value) for name, operator, value in conditions if name != "issue_id"}
            asked["issue_id"] = ("=", among)
            rows = await self._rest.listing("issues.json", "issues", filters(asked))
            found |= {str(row["id"]) for row in rows}
        only = [value.replace("|", ",").split(",") for name, _, value in conditions if name == "issue_id"]
        return {key for key in found if all(key in some for some in only)}

    async def read(self, key: str) -> Item:
        return await (await self._of(key)).reader.read(key)

    async def find(self, marker: str) -> str | None:
        layout = (await self._ready()).layout
        name, operator = (f"cf_{layout.marker.id}", "=") if layout.marker else ("description", "~")
        conditions = {"status_id": ("*", ""), name: (operator, MARK + marker)}
        rows = await self._rest.listing("issues.json", "issues", [*filters(conditions), ("sort", "id")])
        return next((str(row["id"]) for row in rows if _mark_of(row, layout) == marker), None)

    async def create(self, draft: Item, marker: str) -> Written:
        return await (await self._ready()).issues.create(draft, marker)

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        return await (await self._of(key)).issues.update(key, patch, expected_version)

    async def add_comment(self, key: str, comment: Comment, marker: str) -> Written:  # noqa: ARG002
        return await (await self._of(key)).discussion.add(key, comment)

    async def edit_comment(self, key: str, comment: Comment) -> Written:
        return await (await self._of(key)).discussion.edit(key, comment)

    async def delete_comment(self, key: str, comment_id: str) -> Written:
        return await (await self._of(key)).discussion.delete(key, comment_id)

    async def add_attachment(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:  # noqa: ARG002
        return await (await self._of(key)).files.add(key, attachment, content)

    async def delete_attachment(self, key: str, attachment_id: str) -> Written:
        return await (await self._of(key)).files.delete(key, attachment_id)

    async def download(self, key: str, attachment_id: str) -> AsyncIterator[bytes]:
        async for chunk in (await self._of(key)).files.download(key, attachment_id):
            yield chunk

    async def add_worklog(self, key: str, worklog: WorkLog, marker: str) -> Written:  # noqa: ARG002
        return await (await self._of(key)).timesheet.add(key, worklog)

    async def edit_worklog(self, key: str, worklog: WorkLog) -> Written:
        return await (await self._of(key)).timesheet.edit(key, worklog)

    async def delete_worklog(self, key: str, worklog_id: str) -> Written:
        return await (await self._of(key)).timesheet.delete(key, worklog_id)

    async def add_link(self, key: str, link: Link) -> Written:
        if link.key and not is_key(link.key):
            raise ItemGone(f"{self.name} has no issue {link.key[:50]!r}.", item=link.key)
        return await (await self._of(key)).relations.add(key, link)

    async def delete_link(self, key: str, link_id: str) -> Written:
        return await (await self._of(key)).relations.delete(key, link_id)

    async def children(self, key: str) -> Sequence[str]:
        return await (await self._of(key)).relations.children(key)

    async def close(self) -> None:
        await self._rest.http.close()

    async def _of(self, key: str) -> Parts:
        if not is_key(key):
            raise ItemGone(f"{self.name} has no issue {key[:50]!r}.", item=key)
        return await self._ready()

    async def _ready(self, *, fresh: bool = False) -> Parts:
        """Asks for the custom fields when they are first needed."""
        async with self._loading:
            if self._parts is None or fresh:
                fields = await self._book.fields(fresh=fresh)
                if self._parts is None or fields != self._parts.fields:
                    self._parts = await self._build(fields)
            return self._parts

    async def _build(self, fields: dict[int, CustomField]) -> Parts:
        rest, book, settings = self._rest, self._book, self.settings
        layout, values = Layout.of(fields, settings), Values(book)
        texts = Texts(settings.text_formatting, book.people)
        scope = {"status_id": ("*", "")}
        if settings.projects:
            projects = [await self._project_id(identifier) for identifier in settings.projects]
            scope["project_id"] = ("=", "|".join(projects))
        reader = IssueReader(rest, layout, book, values, texts, frozenset(settings.projects))
        default = settings.default_project or next(iter(settings.projects), None)
        fields_writer, workflow = FieldWriter(layout, book, values, texts), Workflow(rest, book)
        issues = IssueWriter(rest, book, reader, fields_writer, workflow, default)
        sweeper = Sweeper(rest, reader, scope, every=settings.sweep, looks=settings.looks)
        return Parts(
            fields=fields,
            layout=layout,
            reader=reader,
            issues=issues,
            discussion=Discussion(rest, book, reader, issues, texts, speak_for_people=settings.speak_for_people),
            files=Files(rest, issues),
            timesheet=Timesheet(rest, book, settings.activity, speak_for_people=settings.speak_for_people),
            relations=Relations(rest, reader, scope),
            poller=Poller(rest, scope, sweeper, overlap=settings.overlap),
        )

    async def _project_id(self, identifier: str) -> str:
        try:
            return str((await self._book.project(identifier, "projects")).id)
        except WriteRefused as error:
            raise ConfigurationInvalid(error.message, field="projects", value=identifier, remedy=error.remedy) from None


def is_key(key: str) -> bool:
    """Whether an issue could have it: a number that Redmine's database can hold."""
    return key.isascii() and key.isdigit() and int(key[:20]) < 2**31


def _mark_of(row: Row, layout: Layout) -> str | None:
    if layout.marker is None:
        return unmarked(plain_text(row.get("description")))[1]
    values = {one["id"]: one.get("value") for one in row.get("custom_fields") or ()}
    told = str(values.get(layout.marker.id) or "")
    return told.removeprefix(MARK) if told.startswith(MARK) else None
