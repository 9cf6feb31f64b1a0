"""How results are put: JSON for machines, lines and tables for people. Text from outside is never taken as markup."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from accord.errors import AccordError

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 200


@cache
def console(*, error: bool = False) -> Console:
    """Standard output, or standard error; where it is no terminal, wide enough for tables to stay whole."""
    from rich.console import Console

    stream = Console(stderr=error, highlight=False, markup=False, emoji=False)
    return stream if stream.is_terminal else Console(
        stderr=error, highlight=False, markup=False, emoji=False, width=WIDE
    )  # fmt: skip


def tell(data: Any, as_json: bool, say: Callable[[], None]) -> None:
    """JSON for machines, or what `say` prints for people."""
    if as_json:
        tell_json(data)
    else:
        say()


def tell_json(data: Any) -> None:
    """One JSON text on standard output: dataclasses are objects, times ISO 8601."""
    from accord.operations.telling import as_json

    sys.stdout.write(as_json(data).decode() + "\n")


def say(text: str, style: str | None = None) -> None:
    """A line on standard output, never broken into several."""
    console().print(clean(text), style=style, soft_wrap=True)


def say_aside(text: str, style: str | None = None) -> None:
    """A line on standard error."""
    console(error=True).print(clean(text), style=style, soft_wrap=True)


def say_error(error: AccordError, word: str = "error", style: str = "bold red") -> None:
    """What happened, where, and what to do next; on standard error."""
    say_problem(error.to_json(), word, style)


def say_problem(problem: dict[str, Any], word: str = "error", style: str = "bold red") -> None:
    """The same for an error's `to_json()`. Its message may have several lines (an excerpt of a script)."""
    from rich.text import Text

    place = ":".join(str(problem[name]) for name in ("file", "line", "column") if problem.get(name) is not None)
    where = f"{place}: " if problem.get("file") else f"{problem['side']}: " if problem.get("side") else ""
    lines = Text.assemble((f"{word}: ", style), clean(where + str(problem.get("message", "")), keep="\n"))
    console(error=True).print(lines, soft_wrap=True)
    if problem.get("remedy"):
        console(error=True).print(f"{'':{len(word) + 2}}{clean(str(problem['remedy']))}", soft_wrap=True)


def say_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A table without lines; None is shown as a dash."""
    from rich.table import Table

    table = Table(*columns, box=None, padding=(0, 2, 0, 0), header_style="bold")
    for row in rows:
        table.add_row(*("-" if cell is None or cell == "" else clean(str(cell)) for cell in row))
    console().print(table)


def clean(text: str, keep: str = "") -> str:
    """Without what would move a terminal's cursor or change its colours."""
    return "".join(letter if letter.isprintable() or letter in keep else " " for letter in text)


def short(value: Any, length: int = 60) -> str:
    """A value of a field, as short as a line of a list can take."""
    if isinstance(value, dict):
        value = value.get("name") or value.get("username") or value.get("email") or value
    text = "(empty)" if value in (None, "", [], {}) else clean(str(value)).strip()
    return text if len(text) <= length else f"{text[: length - 3]}..."


def moment(at: datetime | None) -> str | None:
    """A time of day in local time, with its date where that is not today."""
    if at is None:
        return None
    local = at.astimezone()
    today = datetime.now(UTC).astimezone().date() == local.date()
    return f"{local:%H:%M:%S}" if today else f"{local:%Y-%m-%d %H:%M:%S}"
