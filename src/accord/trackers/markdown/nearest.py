"""What somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

AT_MOST = 3
ALL_UP_TO = 6


def nearest(wrong: str, right: Iterable[str]) -> str:
    """A remedy: the right names that are most like `wrong`, or what there is."""
    names = list(dict.fromkeys(right))
    by_fold = {name.casefold(): name for name in names}
    close = [by_fold[fold] for fold in difflib.get_close_matches(wrong.casefold(), by_fold, AT_MOST, 0.6)]
    if close:
        return f"Did you mean {_either(close)}?"
    if not names:
        return "There are none."
    more = ", ..." if len(names) > ALL_UP_TO else ""
    return f"There are {', '.join(names[:ALL_UP_TO])}{more}."


def _either(names: list[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
