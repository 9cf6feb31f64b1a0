"""What lies beside an item: its comments, work logs and attachments, and what is to be known of these."""

from __future__ import annotations

import mimetypes
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import JsonValue

from accord.errors import ItemBroken
from accord.model import Attachment, Comment, WorkLog
from accord.trackers.markdown.document import Document, parse, parse_yaml
from accord.trackers.markdown.fields import MARKER, moment
from accord.trackers.markdown.files import COMMENTS, FILES, FOLDERS, SIDECAR, TIME, Place, Role, listed
from accord.trackers.markdown.index import Index, Part
from accord.trackers.markdown.people import read_person
from accord.trackers.markdown.spent import read_spent
from accord.trackers.markdown.swap import read_file

SHA256, SHORT = "sha256", 16
NUMBER = re.compile(r"\d+")


@dataclass
class Parts:
    """The files beside one item, as they were found; `digests` tells their contents."""

    folder: str
    comments: list[Place] = field(default_factory=list)
    worklogs: list[Place] = field(default_factory=list)
    files: list[Place] = field(default_factory=list)
    digests: dict[Part, str] = field(default_factory=dict)

    def notes(self, role: Role) -> list[Place]:
        """The comments, or the work logs."""
        return self.worklogs if role is Role.TIME else self.comments

    def note(self, role: Role, note_id: str) -> Place | None:
        return next((place for place in self.notes(role) if _stem(place) == note_id), None)

    def file(self, attachment_id: str) -> Place | None:
        return next((place for place in self.files if self.file_id(place) == attachment_id), None)

    def file_named(self, name: str) -> Place | None:
        return next((place for place in self.files if _name(place) == name), None)

    def file_id(self, place: Place) -> str:
        """A file that is saved with other content is another attachment, as in trackers whose files never change."""
        return file_id(_name(place), self.digests[str(Role.FILE), _name(place)])


class PartsReader:
    """Finds and reads what lies beside items."""

    def __init__(self, root: Path, index: Index) -> None:
        self._root, self._index = root, index

    def folder(self, key: str, path: str) -> str:
        """The folder named by the key: where it is, or where it would be. Raises ItemBroken if there are two."""
        beside = f"{path.rpartition('/')[0]}/{key}".lstrip("/")
        there = [folder for folder in {beside, key} | self._index.folders_of(key) if self._holds_parts(folder)]
        if len(there) > 1:
            raise ItemBroken(
                f"Comments and files of {key} lie in two folders: {' and '.join(sorted(there))}.",
                remedy="Move them together.",
                item=key,
                file=sorted(there)[0],
            )
        return there[0] if there else beside

    def list(self, key: str, path: str) -> Parts:
        """All that lies beside an item, with digests of attachments only. Raises ItemBroken, Unreachable."""
        parts = Parts(folder := self.folder(key, path))
        root = str(self._root)
        parts.comments = sorted(listed(root, f"{folder}/{COMMENTS}", Role.COMMENT, key), key=_order)
        parts.worklogs = sorted(listed(root, f"{folder}/{TIME}", Role.TIME, key), key=_order)
        parts.files = listed(root, f"{folder}/{FILES}", Role.FILE, key)
        parts.digests = {(str(Role.FILE), _name(place)): self._index.digest_of(place) for place in parts.files}
        return parts

    def _holds_parts(self, folder: str) -> bool:
        at = self._root / folder
        return any((at / name).exists() for name in (*FOLDERS, SIDECAR))


def read_comment(document: Document, place: Place) -> Comment:
    """Raises ItemBroken. A file without front matter is a comment too."""
    return Comment(
        id=_stem(place),
        body=document.description or "",
        header=document.raw("header") or "",
        author=read_person(document, "author", ()) or None,
        internal=document.value("internal") is True,
        created_at=moment(document, "date"),
        marker=document.raw(MARKER),
    )


def read_worklog(document: Document, place: Place) -> WorkLog:
    """Raises ItemBroken. `started` is a day or a moment."""
    return WorkLog(
        id=_stem(place),
        seconds=read_spent(document),
        body=document.description or "",
        header=document.raw("header") or "",
        author=read_person(document, "author", ()) or None,
        started_at=moment(document, "started"),
        marker=document.raw(MARKER),
    )


@dataclass(frozen=True)
class Sidecar:
    """`files.yaml`: by file name, what a file is called on the other side, and which mark it carries for as long as its
    content is the one with this SHA-256 (the beginning of it)."""

    document: Document

    @classmethod
    def read(cls, root: Path, folder: str) -> tuple[Sidecar, bytes | None]:
        """With the bytes it was read from, None if there is none. Raises ItemBroken."""
        path = f"{folder}/{SIDECAR}"
        try:
            data = read_file(root / path)
        except (FileNotFoundError, NotADirectoryError):
            return cls(Document(path, "", "", "", "", markdown=False)), None
        return cls(parse_yaml(data, path)), data

    def about(self, name: str) -> dict[str, Any]:
        """What is known of a file; nothing, for most."""
        known: JsonValue = self.document.value(name)
        return known if isinstance(known, dict) else {}

    def name_of(self, file: str) -> str:
        """What the attachment in a file is called."""
        return str(self.about(file).get("name") or file)

    def marked(self, marker: str) -> str | None:
        """The name of the file that carries a mark."""
        return next((name for name in self.document.entries if self.about(name).get(MARKER) == marker), None)

    def attachment(self, place: Place, digest: str) -> Attachment:
        name = _name(place)
        known = self.about(name)
        media_type = known.get("type") or mimetypes.guess_type(name)[0] or "application/octet-stream"
        marker = known.get(MARKER) if file_id(name, digest) == self.marked_id(name) else None
        return Attachment(
            id=file_id(name, digest),
            name=self.name_of(name),
            size=place.stamp[2],
            sha256=digest,
            media_type=str(media_type),
            marker=None if marker is None else str(marker),
        )

    def marked_id(self, name: str) -> str:
        """The id of the attachment that was marked under this name."""
        return file_id(name, str(self.about(name).get(SHA256)))


def file_id(name: str, digest: str) -> str:
    """The id of a file with this content."""
    return f"{name}@{digest[:SHORT]}"


def parse_note(data: bytes, place: Place) -> Document:
    """Raises ItemBroken."""
    return parse(data, place.path)


def _name(place: Place) -> str:
    return place.path.rpartition("/")[2]


def _stem(place: Place) -> str:
    return _name(place).removesuffix(".md")


def _order(place: Place) -> tuple[int, int, str]:
    """By the number that the name begins with; those without come last, by when they were written."""
    number = NUMBER.match(_name(place))
    return (int(number[0]), 0, _stem(place)) if number else (10**18, place.stamp[0], _stem(place))
