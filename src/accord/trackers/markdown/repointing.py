"""Texts that show a file which came after them, or in the place of another."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from accord.errors import VersionMismatch
from accord.trackers.markdown import swap
from accord.trackers.markdown.document import parse
from accord.trackers.markdown.editing import Edit, apply
from accord.trackers.markdown.files import Role
from accord.trackers.markdown.index import part_of
from accord.trackers.markdown.keys import heading
from accord.trackers.markdown.reading import Reader, State
from accord.trackers.markdown.shown import Shown
from accord.trackers.markdown.writing import Versions

Change = Callable[[Shown, str], str]


class Repointer:
    """Points texts at files anew; what they say stays the same. A text that somebody edited since it was read is left
    alone."""

    def __init__(self, root: Path, reader: Reader, versions: Versions) -> None:
        self._root, self._reader, self._versions = root, reader, versions

    def came(self, key: str) -> None:
        """An attachment came: the texts that sync wrote before could not know the name of its file."""
        self._each(key, lambda shown, text: shown.pointed(text), only_ours=True)

    def goes(self, key: str, file: str) -> None:
        """The file of an attachment is about to go: another one of the same name takes its place."""
        self._each(key, lambda shown, text: shown.without(file, text), only_ours=False)

    def _each(self, key: str, change: Change, *, only_ours: bool) -> None:
        path = self._reader.source(key).path
        parts = self._reader.parts.list(key, path)
        for place in (path, *(comment.path for comment in parts.comments)):
            data = swap.read_file(self._root / place)
            if self._seen(key, path, place) != hashlib.sha256(data).hexdigest():
                continue
            if only_ours and not (self._reader.is_own(place, data) or heading(data, place).marker):
                continue
            document = parse(data, place)
            text = document.description or ""
            changed = change(self._reader.shown(parts, place), text)
            if changed != text:
                with suppress(VersionMismatch):
                    self._replace(key, path, place, data, apply(document, Edit(body=changed)))

    def _seen(self, key: str, path: str, place: str) -> str | None:
        state = self._versions.of(key)
        return state.digest if place == path else state.parts.get(part_of(Role.COMMENT, place))

    def _replace(self, key: str, path: str, place: str, before: bytes, after: bytes) -> None:
        self._reader.wrote(place, after)
        swap.replace(self._root / place, before, after)
        digest = hashlib.sha256(after).hexdigest()
        if place == path:
            self._reader.remember(key, State(digest, self._versions.of(key).parts))
        else:
            self._versions.wrote_part(key, part_of(Role.COMMENT, place), digest)
