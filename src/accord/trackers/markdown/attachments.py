"""Writing attachments: files under safe names, and beside them `files.yaml`, which tells what they are called.

The mark of an attachment is written before its bytes: a try that broke off between the two is found again.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Callable
from pathlib import Path

from pydantic import JsonValue

from accord.errors import ItemGone, VersionMismatch
from accord.model import Attachment
from accord.ports import Written
from accord.trackers.markdown import swap
from accord.trackers.markdown.editing import Edit, apply
from accord.trackers.markdown.fields import MARKER
from accord.trackers.markdown.files import FILES, SIDECAR, Role
from accord.trackers.markdown.index import part_of
from accord.trackers.markdown.parts import SHA256, SHORT, Parts, Sidecar, file_id
from accord.trackers.markdown.reading import Reader
from accord.trackers.markdown.repointing import Repointer
from accord.trackers.markdown.writing import TRIES, Versions

UNSAFE = re.compile(r'[\x00-\x1f\x7f-\x9f/\\<>:"|?*\u2028\u2029\ud800-\udfff]')
RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?")
LONGEST_NAME = 180  # bytes
UNKNOWN_TYPE = "application/octet-stream"


class AttachmentWriter:
    """Adds and deletes attachments."""

    def __init__(self, root: Path, reader: Reader, versions: Versions) -> None:
        self._root, self._reader, self._versions = root, reader, versions
        self._texts = Repointer(root, reader, versions)

    def add(self, key: str, attachment: Attachment, content: Path, marker: str) -> Written:
        """Unless an attachment with this mark was made already."""
        for _ in range(TRIES):
            parts = self._parts(key)
            self._versions.of(key)
            sidecar, _ = Sidecar.read(self._root, parts.folder)
            name = sidecar.marked(marker)
            if name and parts.file_named(name):
                self._texts.came(key)
                return Written(sidecar.marked_id(name), self._versions.of(key).version)
            digest = swap.digest_file(content)
            name = self._reserved(key, parts, attachment, {MARKER: marker, SHA256: digest[:SHORT]})
            if self._copied(parts, name, content, digest):
                self._versions.wrote_part(key, part_of(Role.FILE, name), digest)
                self._texts.came(key)
                return Written(file_id(name, digest), self._versions.of(key).version)
            self._change(key, parts, lambda _, name=name: Edit(removed=frozenset({name})))  # type: ignore[misc]
        raise VersionMismatch("Files keep coming.", item=key)

    def delete(self, key: str, attachment_id: str) -> Written:
        """A file that has other content by now is another attachment, and stays."""
        self._versions.of(key)
        parts = self._parts(key)
        place = parts.file(attachment_id)
        if place is not None:
            name = place.path.rpartition("/")[2]
            self._texts.goes(key, name)
            (self._root / place.path).unlink(missing_ok=True)
            self._versions.wrote_part(key, part_of(Role.FILE, name), None)
            self._change(key, parts, lambda _: Edit(removed=frozenset({name})))
        return Written(attachment_id, self._versions.of(key).version)

    def path(self, key: str, attachment_id: str) -> Path:
        """Where the bytes are. Raises ItemGone."""
        place = self._parts(key).file(attachment_id)
        if place is None:
            raise ItemGone(f"{key} has no attachment {attachment_id[:100]!r}.", item=key)
        return self._root / place.path

    def _parts(self, key: str) -> Parts:
        return self._reader.parts.list(key, self._reader.source(key).path)

    def _copied(self, parts: Parts, name: str, content: Path, digest: str) -> bool:
        """False if somebody took the name meanwhile, or the bytes are no longer those that were announced."""
        path = self._root / parts.folder / FILES / name
        try:
            if swap.create_copy(path, content) == digest:
                return True
        except FileExistsError:
            return False
        path.unlink()
        return False

    def _reserved(self, key: str, parts: Parts, attachment: Attachment, mark: dict[str, JsonValue]) -> str:
        """A name that is free, or the one that an earlier try took, with its mark written down."""
        safe, marker = safe_name(attachment.name), str(mark[MARKER])

        def edit(sidecar: Sidecar) -> Edit:
            taken = {place.path.rpartition("/")[2].casefold() for place in parts.files}
            taken |= {name.casefold() for name in sidecar.document.entries}
            name = sidecar.marked(marker) or numbered(safe, taken)
            return Edit(values={name: {**mark, **_about(name, attachment)}})

        self._change(key, parts, edit)
        sidecar, _ = Sidecar.read(self._root, parts.folder)
        return sidecar.marked(marker) or safe

    def _change(self, key: str, parts: Parts, edit: Callable[[Sidecar], Edit]) -> None:
        """Changes `files.yaml`, again and again where others do so too."""
        path = self._root / parts.folder / SIDECAR
        for _ in range(TRIES):
            sidecar, before = Sidecar.read(self._root, parts.folder)
            after = apply(sidecar.document, edit(sidecar))
            if after == (before or b""):
                return
            try:
                if before is None:
                    swap.create(path, after)
                else:
                    swap.replace(path, before, after)
            except (FileExistsError, VersionMismatch):
                continue
            self._versions.wrote_part(key, (str(Role.SIDECAR), SIDECAR), hashlib.sha256(after).hexdigest())
            return
        raise VersionMismatch(f"{path.name} keeps changing.", item=key)


def safe_name(name: str) -> str:
    """A name for a file on any system, within its folder: what can't be in one becomes an underscore."""
    safe = UNSAFE.sub("_", name).strip().rstrip(". ")
    if not safe or safe[0] in ".-" or RESERVED.fullmatch(safe):
        safe = f"_{safe}"
    stem, dot, suffix = safe.rpartition(".")
    if not dot or len(suffix.encode()) > LONGEST_NAME // 4:
        stem, dot, suffix = safe, "", ""
    room = LONGEST_NAME - len(f"{dot}{suffix}".encode())
    return stem.encode()[:room].decode("utf-8", "ignore") + dot + suffix


def numbered(name: str, taken: set[str]) -> str:
    """`log.txt`, or `log-2.txt` if that is taken, however it is capitalised."""
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    number, free = 1, name
    while free.casefold() in taken:
        number += 1
        free = f"{stem}-{number}{dot}{suffix}"
    return free


def _about(name: str, attachment: Attachment) -> dict[str, JsonValue]:
    about: dict[str, JsonValue] = {}
    if attachment.name and attachment.name != name:
        about["name"] = attachment.name
    if attachment.media_type not in {UNKNOWN_TYPE, mimetypes.guess_type(name)[0]}:
        about["type"] = attachment.media_type
    return about
