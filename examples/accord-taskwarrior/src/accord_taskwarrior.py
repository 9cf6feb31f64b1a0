"""Taskwarrior 2.6 for Accord, through its command line: tasks come out of it, and go into it, as JSON."""

import asyncio
import hashlib
import json
import os
import re
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import BaseModel, ConfigDict, JsonValue

from accord.errors import AccordError, ItemGone, Unreachable, VersionMismatch, WriteRefused
from accord.model import Comment, Item, Patch, flatten, is_empty
from accord.ports import Capabilities, Changes, Description, FieldInfo, Hint, Written
from accord.trackers.lacking import HasNoChildren, KeepsNoFiles, KeepsNoLinks, PushesNothing
from accord.trackers.timeless import KeepsNoTime

OPTIONS = ("rc.confirmation=no", "rc.hooks=off", "rc.gc=off", "rc.recurrence=no", "rc.verbose=nothing")
PATIENCE = 10.0  # seconds
KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WORD = re.compile(r"[+-][^\W\d][\w.-]*|(project|priority|status|due)(\.\w+)?:[\w.,:+-]*|and|or|xor|[()]")
MARK = "accord"  # an attribute of our own; with an annotation's stamp behind it, the mark of that
NAMES = {"summary": "description", "description": "notes", "labels": "tags", "fields.project": "project"}
FIELDS = {
    "summary": FieldInfo("summary", required=True),
    "description": FieldInfo("description", "rich_text"),
    "status": FieldInfo("status", "option", ("pending", "completed"), required=True),
    "priority": FieldInfo("priority", "option", ("H", "M", "L")),
    "due": FieldInfo("due", "date"),
    "labels": FieldInfo("labels", "labels"),
    "fields.project": FieldInfo("fields.project"),
}
Task = dict[str, Any]


class TaskwarriorSettings(BaseModel):
    """`data`: Taskwarrior's folder (its `data.location`). `command`: its program."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    data: Path
    command: str = "task"


class TaskwarriorTracker(HasNoChildren, KeepsNoFiles, KeepsNoLinks, KeepsNoTime, PushesNothing):
    """One Taskwarrior. Keys are UUIDs of tasks, ids of comments the stamps of annotations."""

    Settings = TaskwarriorSettings
    capabilities = Capabilities(attachments=False, attachment_delete=False, answers_within=PATIENCE)

    def __init__(self, name: str, settings: TaskwarriorSettings) -> None:
        self.name, self._settings = name, settings
        self._writing = asyncio.Lock()
        self._newest: dict[str, datetime] = {}  # the newest stamp that we gave, by key: none is given twice

    async def _export(self, *words: str) -> list[Task]:
        """The tasks that a filter finds; without one all."""
        said = await asyncio.to_thread(self._run, *words, "export", refusal=WriteRefused if words else Unreachable)
        try:
            return [task for task in json.loads(said, strict=False) if task["status"] != "deleted"]
        except (ValueError, TypeError, KeyError):
            raise self._failed(Unreachable, "its answer is not a list of tasks") from None

    async def _put(self, task: Task) -> None:
        """Writes the whole task: attributes that it does not name are emptied."""
        given = json.dumps([task], ensure_ascii=False)  # Taskwarrior reads no escapes of more than 16 bits
        await asyncio.to_thread(self._run, "import", "-", given=given, refusal=WriteRefused)

    def _run(self, *arguments: str, given: str = "", refusal: type[AccordError]) -> str:
        if (
            not self._settings.data.is_dir()
        ):  # Taskwarrior would make an empty one, and every task would pass for deleted
            raise self._failed(Unreachable, f"there is no folder {self._settings.data}")
        command = (self._settings.command, *OPTIONS, *arguments)
        there = {**os.environ, "TASKRC": "/dev/null", "TASKDATA": str(self._settings.data)}
        try:
            done = subprocess.run(command, input=given.encode(), capture_output=True, timeout=PATIENCE, env=there)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._failed(Unreachable, str(error)) from error
        if done.returncode:
            raise self._failed(refusal, done.stderr.decode(errors="replace")[:300] or f"status {done.returncode}")
        return done.stdout.decode(errors="replace")

    def _failed(self, kind: type[AccordError], why: str) -> AccordError:
        remedy = None if kind is WriteRefused else "Check the settings of this tracker, and try `task export` by hand."
        return kind(f"Taskwarrior of {self.name} failed: {why}.", remedy=remedy)

    async def describe(self) -> Description:
        await self._export("limit:1")  # fails here where nothing else would work
        return Description(dict(FIELDS))

    async def read(self, key: str) -> Item:
        return item_of(await self._task(key))

    async def _task(self, key: str) -> Task:
        if KEY.fullmatch(key) and (found := await self._export(f"uuid:{key}")):
            return found[0]
        raise ItemGone(f"{self.name} has no task {key}.", item=key)

    async def changes(self, cursor: str | None) -> Changes:
        tasks = sorted(await self._export(), key=lambda task: str(task["modified"]))
        now, known = {task["uuid"]: version_of(task) for task in tasks}, versions_at(cursor)
        hints = [Hint(key, version) for key, version in now.items() if known.get(key) != version]
        hints += [Hint(key, gone=True) for key in known if key not in now]
        return Changes(tuple(hints), json.dumps(now))

    async def matching(self, query: str, keys: Sequence[str]) -> set[str]:
        words = query.split()
        for word in words:
            if not WORD.fullmatch(word):  # a slip, a command such as `delete`, rc.data.location=/elsewhere
                raise refused("trigger", word, "A filter is made of +tag, -tag, project:, status: and the like.")
        found = await self._export("(", *words, ")") if words else await self._export()
        return {task["uuid"] for task in found} & set(keys)

    async def find(self, marker: str) -> str | None:
        return next((task["uuid"] for task in await self._export() if task.get(MARK) == marker), None)

    async def create(self, draft: Item, marker: str) -> Written:
        key = str(uuid5(NAMESPACE_URL, f"accord:{marker}"))  # written twice, it is still one task
        values = {path: value for path, value in flatten(draft).items() if path == "summary" or not is_empty(value)}
        task = patched({"uuid": key, "status": "pending", MARK: marker}, Patch.of(values))
        async with self._writing:
            if await self.find(marker) is None:
                await self._put(task)
        return Written(key)

    async def update(self, key: str, patch: Patch, expected_version: str | None) -> Written:
        async with self._writing:
            task = await self._task(key)
            if expected_version not in (None, version_of(task)):
                raise VersionMismatch(item=key)
            await self._put(patched(task, patch))
        return Written(key)

    async def add_comment(self, key: str, comment: Comment, marker: str) -> Written:
        async with self._writing:
            task = await self._task(key)
            given = [at(note["entry"]) for note in notes_of(task)] + [self._newest.get(key, at("19700101T000000Z"))]
            now = datetime.now(UTC).replace(microsecond=0)
            self._newest[key] = max(now, max(given) + timedelta(seconds=1))
            entry = stamp(self._newest[key])
            notes = [*notes_of(task), {"entry": entry, "description": text_of(comment)}]
            await self._put({**task, "annotations": notes, MARK + entry: marker})
        return Written(entry)

    async def edit_comment(self, key: str, comment: Comment) -> Written:
        async with self._writing:
            task = await self._task(key)
            edited = [note for note in notes_of(task) if note["entry"] == comment.id]
            if not edited:
                raise VersionMismatch(item=key)  # a person deleted it meanwhile
            edited[0]["description"] = text_of(comment)
            await self._put(task)
        return Written(comment.id)

    async def delete_comment(self, key: str, comment_id: str) -> Written:
        async with self._writing:
            task = await self._task(key)
            notes = [note for note in notes_of(task) if note["entry"] != comment_id]
            await self._put({**task, "annotations": notes, MARK + comment_id: ""})
        return Written(comment_id)

    async def close(self) -> None:
        """Nothing stays open."""


def item_of(task: Task) -> Item:
    values = {path: task[name] for path in FIELDS if (name := NAMES.get(path, path)) in task}
    if "due" in values:
        values["due"] = at(values["due"]).astimezone().date()  # the day that it is here at that moment
    return Item(
        key=task["uuid"],
        marker=task.get(MARK),
        version=version_of(task),
        comments=tuple(comment_of(task, note) for note in notes_of(task)),
        created_at=at(task["entry"]),
        updated_at=at(task["modified"]),
        fields={"project": values.pop("fields.project", None)},
        **values,
    )


def comment_of(task: Task, note: Task) -> Comment:
    entry = note["entry"]
    return Comment(id=entry, body=note["description"], created_at=at(entry), marker=task.get(MARK + entry))


def notes_of(task: Task) -> list[Task]:
    return sorted(task.get("annotations", ()), key=lambda note: str(note["entry"]))


def text_of(comment: Comment) -> str:
    text = f"{comment.header}\n\n{comment.body}" if comment.header else comment.body
    if not text.strip():
        raise refused("comments", text, "An annotation needs a text.")
    return text


def version_of(task: Task) -> str:
    """Of all but what changes by itself."""
    content = {name: value for name, value in task.items() if name not in ("id", "urgency")}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def versions_at(cursor: str | None) -> dict[str, str]:
    """By key; none where the cursor makes no sense."""
    with suppress(ValueError, TypeError):
        return dict(json.loads(cursor or "{}"))
    return {}


def patched(task: Task, patch: Patch) -> Task:
    """Raises WriteRefused before Taskwarrior sees a value on which it would stumble."""
    written = {NAMES.get(path, path): raw(path, value) for path, value in patch.values.items()}
    for label in patch.labels_added:
        if not re.fullmatch(r"[^\W\d][\w.-]*", label):
            raise refused("labels", label, "A tag is one word of letters, digits, '_', '-' and '.'.")
    tags = list(patch.labels(tuple(task.get("tags", ()))))
    return {name: value for name, value in (task | written | {"tags": tags}).items() if not is_empty(value)}


def raw(path: str, value: JsonValue) -> JsonValue:
    field = FIELDS.get(path)
    if field is None or (field.required and is_empty(value)):
        raise refused(path, value, f"A task has a summary, a status, and of other fields {', '.join(FIELDS)}.")
    if field.options and not is_empty(value) and value not in field.options:
        raise refused(path, value, f"It takes one of {', '.join(field.options)}.")
    if path != "due" or is_empty(value):
        return value
    try:
        return stamp(datetime.combine(date.fromisoformat(str(value)), time.min).astimezone())  # midnight here
    except ValueError:
        raise refused(path, value, "It takes a day such as 2026-12-24.") from None


def refused(field: str, value: JsonValue, remedy: str) -> WriteRefused:
    return WriteRefused(f"{field} does not take {str(value)[:100]!r}.", field=field, value=value, remedy=remedy)


def at(told: str) -> datetime:
    return datetime.strptime(told, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
