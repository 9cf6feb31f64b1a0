"""From an issue, its journals, files and hours to an Item, and the version of what was read."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from pydantic import JsonValue

from accord.errors import ItemGone
from accord.model import Attachment, Comment, Item, Link, Person, WorkLog, flatten
from accord.trackers.redmine.changers import changers
from accord.trackers.redmine.filenames import original_name
from accord.trackers.redmine.layout import Layout
from accord.trackers.redmine.marks import MARK, unmarked
from accord.trackers.redmine.names import NameBook
from accord.trackers.redmine.rest import RedmineRest, Row, plain_text, stamp
from accord.trackers.redmine.texts import Texts
from accord.trackers.redmine.values import Values, shown_number

REMEMBERED = 5000
TALKS_REMEMBERED = 50_000
# What a relation is called from its other end.
REVERSED = {"blocks": "blocked", "precedes": "follows", "duplicates": "duplicated", "copied_to": "copied_from"}


@dataclass(frozen=True)
class Version:
    """What an item's version is made of: a digest of its fields, and one of all else."""

    fields: str
    rest: str

    def __str__(self) -> str:
        return f"{self.fields}.{self.rest}"

    @classmethod
    def parse(cls, text: str) -> Version:
        fields, _, rest = text.partition(".")
        return cls(fields, rest)


def digest(told: Any) -> str:
    """Of anything that JSON holds, in 16 hex digits."""
    text = json.dumps(told, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


class IssueReader:
    """Reads whole items, and remembers the text that each comment was last seen with."""

    def __init__(
        self, rest: RedmineRest, layout: Layout, book: NameBook, values: Values, texts: Texts, projects: frozenset[str]
    ) -> None:
        self._rest, self._layout, self._book, self._values, self._projects = rest, layout, book, values, projects
        self._markup = texts
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._talks: OrderedDict[int, str] = OrderedDict()

    async def read(self, key: str) -> Item:
        """Raises ItemGone if the issue is deleted, out of the account's reach, or in none of our projects."""
        return await self.item(await self.row(key))

    async def row(self, key: str) -> Row:
        """The issue as Redmine tells it."""
        row = await self._rest.issue(key)
        project = await self._book.project_of(row)
        if self._projects and project.identifier not in self._projects:
            raise ItemGone(f"Issue {key} is in the project {project.name}, which is not synced.", item=key)
        return row

    async def item(self, row: Row) -> Item:
        """The item that a row tells of."""
        item = await self._fields(row)
        comments = [await self._comment(journal, row) for journal in said(row)]
        for journal in said(row):
            self.wrote(str(journal["id"]), plain_text(journal["notes"]))
        self._talks.setdefault(row["id"], talk_digest(row))
        while len(self._talks) > TALKS_REMEMBERED:
            self._talks.popitem(last=False)
        files = [await self._attachment(file) for file in row.get("attachments") or ()]
        parts = {
            "links": tuple(_links(row, str(self._rest.http.base_url))),
            "comments": tuple(comments),
            "attachments": tuple(files),
            "worklogs": tuple(await self._worklogs(row)),
        }
        item = item.model_copy(update=parts)
        rest = digest(item.model_dump(mode="json", include={*parts}))
        return item.model_copy(update={"version": str(Version(digest(flatten(item)), rest))})

    async def _fields(self, row: Row) -> Item:
        text, mark = unmarked(plain_text(row.get("description")))
        custom = {one["id"]: one.get("value") for one in row.get("custom_fields") or ()}
        if self._layout.marker:
            told = str(custom.get(self._layout.marker.id) or "")
            mark = told.removeprefix(MARK) if told.startswith(MARK) else None
        labels: JsonValue = []
        if self._layout.labels:
            field = self._layout.labels
            labels = await self._values.shown(field, custom.get(field.id), row["project"]["id"])
        return Item(
            key=str(row["id"]),
            url=f"{self._rest.http.base_url}issues/{row['id']}",
            type=name_in(row, "tracker"),
            summary=row.get("subject"),
            description=await self._markup.read(text, row.get("attachments") or ()) or None,
            status=name_in(row, "status"),
            priority=name_in(row, "priority"),
            labels=tuple(str(label) for label in labels) if isinstance(labels, list) else (),
            assignee=await self._book.person(row.get("assigned_to")),
            reporter=await self._book.person(row.get("author")),
            due=date.fromisoformat(row["due_date"]) if row.get("due_date") else None,
            parent=str(row["parent"]["id"]) if row.get("parent") else None,
            fields=await self._core(row) | await self._custom(row, custom),
            created_at=stamp(row.get("created_on")),
            updated_at=stamp(row.get("updated_on")),
            changed_by=await self._changers(row),
            marker=mark,
        )

    async def _changers(self, row: Row) -> dict[str, Person]:
        if not row.get("journals"):
            return {}
        users = changers(row, self._layout, int((await self._book.account())["id"]))
        people = {path: await self._book.person(user) for path, user in users.items()}
        return {path: person for path, person in people.items() if person}

    async def _core(self, row: Row) -> dict[str, JsonValue]:
        project = await self._book.project_of(row)
        hours = row.get("estimated_hours")
        return {
            "project": project.identifier,
            "category": name_in(row, "category"),
            "version": name_in(row, "fixed_version"),
            "start_date": row.get("start_date"),
            "estimated_hours": None if hours is None else shown_number(hours),
            "done_ratio": row.get("done_ratio"),
            "private": bool(row.get("is_private")),
        }

    async def _custom(self, row: Row, custom: dict[int, object]) -> dict[str, JsonValue]:
        project = row["project"]["id"]
        there = {name: field for name, field in self._layout.free.items() if field.id in custom}
        return {name: await self._values.shown(field, custom[field.id], project) for name, field in there.items()}

    async def _comment(self, journal: Row, row: Row) -> Comment:
        return Comment(
            id=str(journal["id"]),
            body=await self._markup.read(journal["notes"], row.get("attachments") or ()),
            author=await self._book.person(journal.get("user")),
            internal=bool(journal.get("private_notes")),
            created_at=stamp(journal.get("created_on")),
        )

    async def _attachment(self, file: Row) -> Attachment:
        return Attachment(
            id=str(file["id"]),
            name=original_name(str(file.get("filename") or ""), str(file.get("description") or "")),
            size=file.get("filesize"),
            media_type=str(file.get("content_type") or "application/octet-stream"),
            author=await self._book.person(file.get("author")),
            created_at=stamp(file.get("created_on")),
        )

    async def _worklogs(self, row: Row) -> list[WorkLog]:
        """Only where the issue tells that there are hours: those of its subtasks come along, and are left out."""
        if not row.get("spent_hours"):
            return []
        query = [("issue_id", str(row["id"])), ("sort", "id")]
        entries = await self._rest.listing("time_entries.json", "time_entries", query)
        own = [entry for entry in entries if (entry.get("issue") or {}).get("id") == row["id"]]
        return [
            WorkLog(
                id=str(entry["id"]),
                # Hours are told with two digits, which tell each minute apart.
                seconds=round(float(entry["hours"]) * 60) * 60,
                body=plain_text(entry.get("comments")),
                author=await self._book.person(entry.get("user")),
                started_at=datetime.combine(date.fromisoformat(entry["spent_on"]), time.min, UTC),
            )
            for entry in sorted(own, key=lambda entry: int(entry["id"]))
        ]

    def last_seen(self, comment_id: str) -> str | None:
        """The text that was last read of a comment, or written to it."""
        return self._texts.get(comment_id)

    def wrote(self, comment_id: str, text: str) -> None:
        """Takes a text for seen."""
        self._texts[comment_id] = text
        self._texts.move_to_end(comment_id)
        while len(self._texts) > REMEMBERED:
            self._texts.popitem(last=False)

    @property
    def talks(self) -> Mapping[int, str]:
        """Digests of the discussions that were read, each by its first reading since it was forgotten."""
        return self._talks

    def forget_talk(self, issue: int) -> None:
        self._talks.pop(issue, None)


def said(row: Row) -> list[Row]:
    """The journals of an issue that are comments, oldest first."""
    return sorted((one for one in row.get("journals") or () if (one.get("notes") or "").strip()), key=lambda j: j["id"])


def talk_digest(row: Row) -> str:
    """Of an issue's comments; empty where there are none."""
    told = [[one["id"], plain_text(one["notes"]), bool(one.get("private_notes"))] for one in said(row)]
    return digest(told) if told else ""


def name_in(row: Row, part: str) -> str | None:
    link = row.get(part)
    return str(link["name"]) if isinstance(link, dict) else None


def relations(row: Row, base_url: str = "") -> list[Link]:
    """The relations of an issue, as it shows them."""
    links = []
    for one in row.get("relations") or ():
        kind, other = str(one["relation_type"]), one["issue_to_id"]
        mirrored = other == row["id"]
        if mirrored:
            kind, other = REVERSED.get(kind, kind), one["issue_id"]
        url = f"{base_url}issues/{other}" if base_url else None
        links.append(Link(id=str(one["id"]), kind=kind, key=str(other), url=url, mirrored=mirrored))
    return sorted(links, key=lambda link: int(link.id))


def _links(row: Row, base_url: str) -> list[Link]:
    children = [Link(id=f"child-{one['id']}", kind="child", key=str(one["id"])) for one in row.get("children") or ()]
    return relations(row, base_url) + sorted(children, key=lambda link: int(link.key))
