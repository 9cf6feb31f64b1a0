"""Which key a file has, told from its first bytes without reading all of its YAML."""

from __future__ import annotations

import fcntl
import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from accord.trackers.markdown.files import KEY, KEY_OF_NAME
from accord.trackers.markdown.swap import read_file, write_over

FRONT = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)(^---[ \t]*\r?$|\Z)", re.DOTALL | re.MULTILINE)
KEY_LINE = re.compile(rb"""^key[ \t]*:[ \t]+(['"]?)([^'"#\r\n]*?)\1[ \t]*(?:#.*)?\r?$""", re.MULTILINE)
MARKER_LINE = re.compile(rb"""^accord[ \t]*:[ \t]+(['"]?)([^'"#\r\n]*?)\1[ \t]*(?:#.*)?\r?$""", re.MULTILINE)
OWN_FOLDER = ".accord"


@dataclass(frozen=True)
class Heading:
    """What a file says of itself: its key and marker, and whether it is an item that still wants a key."""

    key: str | None
    marker: str | None = None
    wants_key: bool = False


def heading(data: bytes, path: str) -> Heading:
    """Front matter goes before the file's name; a file with neither is a note, not an item."""
    named = KEY_OF_NAME.match(PurePosixPath(path).name)
    front = FRONT.match(data)
    if not front:
        return Heading(named[1] if named else None)
    marker = MARKER_LINE.search(front[1])
    mark = marker[2].decode("utf-8", "replace") if marker else None
    written = KEY_LINE.search(front[1])
    if written:
        key = written[2].decode("utf-8", "replace").strip()
        if KEY.fullmatch(key):
            return Heading(key, mark)
    if named:
        return Heading(named[1], mark)
    return Heading(None, mark, wants_key=bool(front[2]) and not written)


class Numbers:
    """Hands out numbers, each once, though the item that had it may be deleted. Several processes may do so."""

    def __init__(self, folder: Path, prefix: str) -> None:
        self._own, self._prefix = folder / OWN_FOLDER, prefix

    @contextmanager
    def next(self, taken: Iterable[str]) -> Iterator[str]:
        """The next key, while nobody else is given one. `taken` are the keys that are seen in the folder."""
        self._own.mkdir(exist_ok=True)
        ignore = self._own / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n")
        with (self._own / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            highest = max([self._counted(), *(_number(key, self._prefix) for key in taken)])
            write_over(self._own / "numbers.json", json.dumps({self._prefix: highest + 1}).encode())
            yield f"{self._prefix}-{highest + 1}"

    def _counted(self) -> int:
        try:
            return int(json.loads(read_file(self._own / "numbers.json"))[self._prefix])
        except (OSError, ValueError, KeyError, TypeError):
            return 0


def _number(key: str, prefix: str) -> int:
    return int(key.removeprefix(f"{prefix}-")) if key.startswith(f"{prefix}-") else 0
