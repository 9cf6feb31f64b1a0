"""How a person's editor writes a file that others write too: never over what it has not seen.

A new file is linked into place, which fails where there is one already. An existing one is exchanged with the edited
copy in one step, and what came out is looked at: had somebody written in between, the edit is made again on that.
Writing in place goes through one file descriptor, so it can't hit a newer file that was renamed over the old one; it is
done again when that has happened. What is left is that a reader may see the edit of the older text for an instant.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from tests.soak.place import Gone, Refused

AT_FDCWD, RENAME_EXCHANGE = -100, 2
ATTEMPTS = 20
SETTLE_SECONDS = 0.005

Edit = Callable[[str], str]
_libc = ctypes.CDLL(None, use_errno=True)


class Editor:
    """Writes files of one folder. `desk` is a folder beside it, on the same disk, for copies under way."""

    def __init__(self, desk: Path) -> None:
        self._desk = desk
        desk.mkdir(parents=True, exist_ok=True)

    def create(self, path: Path, content: bytes) -> bool:
        """Whether it was made: False where there is a file of that name."""
        copy = self._copy(content)
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(copy, path)
        except FileExistsError:
            return False
        finally:
            copy.unlink()
        return True

    def edit(self, path: Path, edit: Edit) -> str:
        """Changes a file and gives the text that the edit was made of last. Raises Gone, and what `edit` raises."""
        seen = _read(path)
        copy = self._copy(edit(seen).encode())
        for _ in range(ATTEMPTS):
            _exchange(copy, path)
            found = copy.read_text(encoding="utf-8")
            if found == seen:
                copy.unlink()
                return seen
            seen = found
            copy.write_bytes(edit(seen).encode())
        raise Refused(f"{path.name} keeps changing")

    def edit_in_place(self, path: Path, edit: Edit) -> str:
        """The same as editors do that truncate and write."""
        for _ in range(ATTEMPTS):
            with _open(path) as file:
                seen = file.read().decode()
                new = edit(seen).encode()
                file.seek(0)
                file.truncate()
                file.write(new)
                file.flush()
                inode = os.fstat(file.fileno()).st_ino
            # Whoever had just exchanged the file looks at it, and puts it back.
            time.sleep(SETTLE_SECONDS)
            if _inode(path) == inode or _read(path) == new.decode():
                return seen
        raise Refused(f"{path.name} keeps changing")

    def delete(self, path: Path) -> str:
        """Takes a file away and gives its text. Raises Gone."""
        trash = self._desk / f"{uuid4().hex}.trash"
        try:
            path.rename(trash)
        except FileNotFoundError:
            raise Gone(str(path)) from None
        return trash.read_text(encoding="utf-8")

    def remove(self, path: Path) -> None:
        """Takes a file of any content away. Raises Gone."""
        try:
            path.unlink()
        except FileNotFoundError:
            raise Gone(str(path)) from None

    def _copy(self, content: bytes) -> Path:
        copy = self._desk / f"{uuid4().hex}.copy"
        copy.write_bytes(content)
        return copy


def _exchange(one: Path, other: Path) -> None:
    done = _libc.renameat2(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE)
    if done != 0:
        raise Gone(f"{other}: {os.strerror(ctypes.get_errno())}")


def _open(path: Path):  # type: ignore[no-untyped-def]
    try:
        return path.open("r+b")
    except FileNotFoundError:
        raise Gone(str(path)) from None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Gone(str(path)) from None


def _inode(path: Path) -> int:
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return 0
