"""File names: Redmine replaces some characters in them, so that the name as it was goes into the description."""

from __future__ import annotations

import re

REPLACED = re.compile(r"[/?%*:|\"'<>\n\r]+")


def kept_name(name: str) -> str:
    """What Redmine makes of a file name."""
    return REPLACED.sub("_", re.split(r"[\\/]", name)[-1])


def original_name(filename: str, description: str) -> str:
    """The name that a file came with: the description, where Redmine would have made this very name of it."""
    return description if description and kept_name(description) == filename else filename
