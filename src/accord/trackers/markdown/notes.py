"""Writing comments and work logs: one file each."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time
from pathlib import Path

from pydantic import JsonValue

from accord.errors import VersionMismatch
from accord.model import Comment, WorkLog
from accord.ports import Written
from accord.trackers.markdown import swap
from accord.trackers.markdown.document import Document, parse
from accord.trackers.markdown.editing import Edit, apply
from accord.trackers.markdown.fields import MARKER
from accord.trackers.markdown.files import FOLDERS, Place, Role
from accord.trackers.markdown.index import Part, part_of
from accord.trackers.markdown.keys import Numbers, heading
from accord.trackers.markdown.parts import NUMBER, Parts, read_worklog
from accord.trackers.markdown.people import write_person
from accord.trackers.markdown.reading import Reader
from accord.trackers.markdown.spent import shown_spent
from accord.trackers.markdown.writing import Versions, slug_of

Note = Comment | WorkLog
CALLED = {Role.COMMENT: "comment", Role.TIME: "work log"}


class NoteWriter:
    """Adds, edits and deletes notes of one role; never over what somebody wrote meanwhile."""

    def __init__(self, role: Role, root: Path, reader: Reader, versions: Versions, numbers: Numbers) -> None:
        self._role, self._folder = role, next(name for name, its in FOLDERS.items() if its is role)
        self._root, self._reader, self._versions, self._numbers = root, reader, versions, numbers

    def add(self, key: str, note: Note, marker: str) -> Written:
        """Unless one with this mark is there already."""
        parts = self._parts(key)
        state = self._versions.of(key)
        found = next((place for place in parts.notes(self._role) if self._carries(place, marker)), None)
        if found:
            return Written(found.path.rpartition("/")[2].removesuffix(".md"), state.version)
        front = _front(note, marker)
        body = self._written_body(note, parts, f"{parts.folder}/{self._folder}/new.md")
        data = apply(Document.new(f"a new {CALLED[self._role]}"), Edit(first=front, body=body))
        path = self._created(key, parts, note, data)
        return self._written(key, path, data)

    def edit(self, key: str, note: Note) -> Written:
        """Raises VersionMismatch if it is gone, or not as it was last read."""
        place, data = self._unchanged(key, note.id)
        if place is None:
            raise VersionMismatch(f"The {CALLED[self._role]} {note.id} is gone.", item=key)
        document = parse(data, place.path)
        header = note.header or None
        values: dict[str, JsonValue] = {"header": header} if header != (document.raw("header") or None) else {}
        if isinstance(note, WorkLog):
            values |= _changed_time(read_worklog(document, place), note)
        body = self._written_body(note, self._parts(key), place.path, document.description or "")
        changed = apply(document, Edit(values=values, body=body))
        if changed != data:
            swap.replace(self._root / place.path, data, changed)
        return self._written(key, place.path, changed)

    def delete(self, key: str, note_id: str) -> Written:
        """Raises VersionMismatch if it is not as it was last read."""
        place, data = self._unchanged(key, note_id)
        if place is not None:
            swap.remove(self._root / place.path, data)
            self._versions.wrote_part(key, part_of(self._role, place.path), None)
        return Written(note_id, self._versions.of(key).version)

    def _written_body(self, note: Note, parts: Parts, path: str, now: str = "") -> str:
        return self._reader.shown(parts, path).write(note.body, now) if isinstance(note, Comment) else note.body

    def _parts(self, key: str) -> Parts:
        return self._reader.parts.list(key, self._reader.source(key).path)

    def _unchanged(self, key: str, note_id: str) -> tuple[Place | None, bytes]:
        self._versions.of(key)
        place = self._parts(key).note(self._role, note_id)
        if place is None:
            return None, b""
        data = swap.read_file(self._root / place.path)
        seen = self._versions.seen(key, part_of(self._role, place.path))
        if seen != hashlib.sha256(data).hexdigest():
            raise VersionMismatch(f"{place.path} was changed since it was read.", item=key)
        return place, data

    def _carries(self, place: Place, marker: str) -> bool:
        return heading(swap.read_file(self._root / place.path), place.path).marker == marker

    def _created(self, key: str, parts: Parts, note: Note, data: bytes) -> str:
        author = slug_of(note.author.label()) if note.author else ""
        names = [place.path.rpartition("/")[2] for place in parts.notes(self._role)]
        taken = [int(found[0]) for name in names if (found := NUMBER.match(name))]
        with self._numbers.next(f"{key}/{self._folder}", taken) as number:
            path = f"{parts.folder}/{self._folder}/{number:04}-{author or 'sync'}.md"
            self._reader.wrote(path, data)
            swap.create(self._root / path, data)
        return path

    def _written(self, key: str, path: str, data: bytes) -> Written:
        part: Part = part_of(self._role, path)
        self._reader.wrote(path, data)
        self._versions.wrote_part(key, part, hashlib.sha256(data).hexdigest())
        return Written(part[1].removesuffix(".md"), self._versions.of(key).version)


def _front(note: Note, marker: str) -> dict[str, JsonValue]:
    author = write_person(note.author.model_dump(mode="json"), "author", ()) if note.author else None
    values: dict[str, JsonValue] = {"author": author}
    if isinstance(note, WorkLog):
        values |= {"spent": shown_spent(note.seconds), "started": _started(note)}
    else:
        at = note.created_at or datetime.now(UTC)
        values |= {"date": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "internal": True if note.internal else None}
    values |= {"header": note.header or None, MARKER: marker}
    return {name: value for name, value in values.items() if value is not None}


def _started(log: WorkLog) -> str | None:
    """A day where no more is known."""
    if log.started_at is None:
        return None
    at = log.started_at.astimezone(UTC)
    return f"{at:%Y-%m-%d}" if at.time() == time.min else f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _changed_time(was: WorkLog, log: WorkLog) -> dict[str, JsonValue]:
    """What is as it was keeps the spelling that people gave it; a day says nothing against a moment of it."""
    values: dict[str, JsonValue] = {}
    if was.seconds != log.seconds:
        values["spent"] = shown_spent(log.seconds)
    started = _started(log)
    if started is not None and not (_started(was) or "").startswith(started):
        values["started"] = started
    return values
