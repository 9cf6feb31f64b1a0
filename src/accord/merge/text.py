"""Three-way merge of long text."""

from __future__ import annotations

from merge3 import Merge3


def merge_text(base: str, ours: str, theirs: str) -> str | None:
    """Both edits in one text, line by line (diff3); None where they overlap. Symmetric in `ours` and `theirs`."""
    merge = Merge3(_lines(base), _lines(ours), _lines(theirs))
    if any(group[0] == "conflict" for group in merge.merge_groups()):
        return None
    return "".join(merge.merge_lines()).rstrip("\n")


def _lines(text: str) -> list[str]:
    return [line + "\n" for line in text.replace("\r\n", "\n").rstrip("\n").split("\n")]
