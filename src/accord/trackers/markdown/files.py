"""Where things lie in the folder.

    PAY-12.md, PAY-12-login-fails.md, any/folder/name.md    items
    PAY-12/comments/0001-alice.md                           a comment of PAY-12
    PAY-12/time/0001-alice.md                               time that was spent on it
    PAY-12/files/photo.png                                  an attachment of PAY-12
    PAY-12/files.yaml                                       what is to be known of its attachments

Hidden files and folders and symbolic links are not looked at, README.md is never an item.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from accord.errors import Unreachable

KEY = re.compile(r"[A-Z][A-Z0-9_]*-\d{1,15}")
KEY_OF_NAME = re.compile(rf"({KEY.pattern})(?![A-Za-z0-9_])")
COMMENTS, TIME, FILES, SIDECAR = "comments", "time", "files", "files.yaml"
README = "readme.md"
Stamp = tuple[int, int, int, int]


class Role(StrEnum):
    """What a file is."""

    ITEM = "item"
    COMMENT = "comment"
    TIME = "time"
    FILE = "file"
    SIDECAR = "sidecar"


NOTES = (Role.COMMENT, Role.TIME)
FOLDERS = {COMMENTS: Role.COMMENT, TIME: Role.TIME, FILES: Role.FILE}


class Place(NamedTuple):
    """A file below the folder: its path there, what it is, the key that its folder names, and when it last changed."""

    path: str
    role: Role
    owner: str | None
    stamp: Stamp


def walk(root: str) -> Iterator[Place]:
    """All files that matter. Raises Unreachable if the folder, or one below it, can't be listed."""
    pending: list[tuple[str, str, Role, str | None]] = [("", "", Role.ITEM, None)]
    while pending:
        prefix, name, role, owner = pending.pop()
        for entry in _listed(os.path.join(root, prefix), must_be=not prefix):
            if entry.name.startswith("."):
                continue
            path = prefix + entry.name
            if entry.is_dir(follow_symlinks=False):
                if role is Role.ITEM:
                    pending.append((f"{path}/", entry.name, *_role_of_folder(entry.name, name)))
            elif entry.is_file(follow_symlinks=False):
                place = _place(path, entry, role, owner, name)
                if place:
                    yield place


def listed(root: str, folder: str, role: Role, owner: str) -> list[Place]:
    """The files of one role in one folder, none if it is not there."""
    found = []
    for entry in _listed(os.path.join(root, folder)):
        if not entry.name.startswith(".") and entry.is_file(follow_symlinks=False):
            place = _place(f"{folder}/{entry.name}", entry, role, owner, "")
            if place:
                found.append(place)
    return sorted(found)


def stamp_of(status: os.stat_result) -> Stamp:
    return status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino


def _role_of_folder(name: str, parent: str) -> tuple[Role, str | None]:
    if name in FOLDERS and KEY.fullmatch(parent):
        return FOLDERS[name], parent
    return Role.ITEM, None


def _place(path: str, entry: os.DirEntry[str], role: Role, owner: str | None, parent: str) -> Place | None:
    markdown = entry.name.endswith(".md")
    if role is Role.ITEM and entry.name == SIDECAR and KEY.fullmatch(parent):
        role, owner = Role.SIDECAR, parent
    elif (role is Role.ITEM and (not markdown or entry.name.lower() == README)) or (role in NOTES and not markdown):
        return None
    try:
        return Place(path, role, owner, stamp_of(entry.stat(follow_symlinks=False)))
    except FileNotFoundError:
        return None


def _listed(folder: str, *, must_be: bool = False) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError) as missing:
        if not must_be:
            return []
        raise Unreachable(
            "The folder of the tracker is not there.", remedy="Is a drive not mounted?", file=folder
        ) from missing
    except OSError as refused:
        raise Unreachable(
            f"This folder can't be listed: {refused.strerror}.", remedy="Check its permissions.", file=folder
        ) from refused
