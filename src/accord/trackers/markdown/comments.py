"""Writing comments: one file each."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from pydantic import JsonValue

from accord.errors import VersionMismatch
from accord.model import Comment
from accord.ports import Written
from accord.trackers.markdown import swap
from accord.trackers.markdown.document import Document, parse
from accord.trackers.markdown.editing import Edit, apply
from accord.trackers.markdown.fields import MARKER
from accord.trackers.markdown.files import COMMENTS, Place, Role
from accord.trackers.markdown.index import Part, part_of
from accord.trackers.markdown.keys import Numbers, heading
from accord.trackers.markdown.parts import NUMBER, Parts
from accord.trackers.markdown.people import write_person
from accord.trackers.markdown.reading import Reader
from accord.trackers.markdown.writing import Versions, slug_of


class CommentWriter:
    """Adds, edits and deletes comments; never over what somebody wrote meanwhile."""

    def __init__(self, root: Path, reader: Reader, versions: Versions, numbers: Numbers) -> None:
        self._root, self._reader, self._versions, self._numbers = root, reader, versions, numbers

    def add(self, key: str, comment: Comment, marker: str) -> Written:
        """Unless a comment with this mark is there already."""
        parts = self._parts(key)
        state = self._versions.of(key)
        found = next((place for place in parts.comments if self._carries(place, marker)), None)
        if found:
            return Written(found.path.rpartition("/")[2].removesuffix(".md"), state.version)
        data = apply(Document.new("a new comment"), Edit(first=_front(comment, marker), body=comment.body))
        path = self._created(key, parts, comment, data)
        return self._written(key, path, data)

    def edit(self, key: str, comment: Comment) -> Written:
        """Raises VersionMismatch if the comment is gone, or not as it was last read."""
        place, data = self._unchanged(key, comment.id)
        if place is None:
            raise VersionMismatch(f"The comment {comment.id} is gone.", item=key)
        document = parse(data, place.path)
        header = comment.header or None
        values: dict[str, JsonValue] = {"header": header} if header != (document.raw("header") or None) else {}
        changed = apply(document, Edit(values=values, body=comment.body))
        if changed != data:
            swap.replace(self._root / place.path, data, changed)
        return self._written(key, place.path, changed)

    def delete(self, key: str, comment_id: str) -> Written:
        """Raises VersionMismatch if the comment is not as it was last read."""
        place, data = self._unchanged(key, comment_id)
        if place is not None:
            swap.remove(self._root / place.path, data)
            self._versions.wrote_part(key, part_of(Role.COMMENT, place.path), None)
        return Written(comment_id, self._versions.of(key).version)

    def _parts(self, key: str) -> Parts:
        return self._reader.parts.list(key, self._reader.source(key).path)

    def _unchanged(self, key: str, comment_id: str) -> tuple[Place | None, bytes]:
        self._versions.of(key)
        place = self._parts(key).comment(comment_id)
        if place is None:
            return None, b""
        data = swap.read_file(self._root / place.path)
        seen = self._versions.seen(key, part_of(Role.COMMENT, place.path))
        if seen != hashlib.sha256(data).hexdigest():
            raise VersionMismatch(f"{place.path} was changed since it was read.", item=key)
        return place, data

    def _carries(self, place: Place, marker: str) -> bool:
        return heading(swap.read_file(self._root / place.path), place.path).marker == marker

    def _created(self, key: str, parts: Parts, comment: Comment, data: bytes) -> str:
        author = slug_of(comment.author.label()) if comment.author else ""
        taken = [int(found[0]) for place in parts.comments if (found := NUMBER.match(place.path.rpartition("/")[2]))]
        with self._numbers.next(f"{key}/{COMMENTS}", taken) as number:
            path = f"{parts.folder}/{COMMENTS}/{number:04}-{author or 'sync'}.md"
            self._reader.wrote(path, data)
            swap.create(self._root / path, data)
        return path

    def _written(self, key: str, path: str, data: bytes) -> Written:
        part: Part = part_of(Role.COMMENT, path)
        self._reader.wrote(path, data)
        self._versions.wrote_part(key, part, hashlib.sha256(data).hexdigest())
        return Written(part[1].removesuffix(".md"), self._versions.of(key).version)


def _front(comment: Comment, marker: str) -> dict[str, JsonValue]:
    at = comment.created_at or datetime.now(UTC)
    author = write_person(comment.author.model_dump(mode="json"), "author", ()) if comment.author else None
    values: dict[str, JsonValue] = {
        "author": author,
        "date": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        "internal": True if comment.internal else None,
        "header": comment.header or None,
        MARKER: marker,
    }
    return {name: value for name, value in values.items() if value is not None}
