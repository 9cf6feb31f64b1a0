"""What a git repository around the folder is doing just now, told by its files."""

from __future__ import annotations

import re
from pathlib import Path

MERGING = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
LEFT_BY_MERGE = re.compile(r"^(?:<{7} .*|>{7} .*)$", re.MULTILINE)


class Repository:
    """The repository that holds a folder, if there is one."""

    def __init__(self, folder: Path) -> None:
        self._git = next((git for at in (folder, *folder.parents) if (git := _git_folder(at / ".git"))), None)

    def busy(self) -> bool:
        """Files may be missing that will be there in a moment."""
        return self._git is not None and (self._git / "index.lock").exists()

    def merging(self) -> bool:
        """Files may hold both sides of a conflict."""
        return self._git is not None and any((self._git / name).exists() for name in MERGING)


def conflict_line(text: str) -> int | None:
    """The line of a conflict that git left in a text, from 1."""
    found = LEFT_BY_MERGE.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else None


def _git_folder(path: Path) -> Path | None:
    """In a worktree `.git` is a file that names the folder."""
    if path.is_dir():
        return path
    try:
        named = path.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return path.parent / named if named else None
