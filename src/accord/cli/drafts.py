"""Rules in the files that are not in force: what people are told of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from accord.cli.saying import say_aside

if TYPE_CHECKING:
    from accord.operations.rules import Draft


def say_draft(draft: Draft) -> None:
    """That the files say something else than what is in force, and what to do."""
    connection, against, lines = draft.connection, draft.against, draft.lines
    if draft.problems:
        what = "thing is" if len(draft.problems) == 1 else "things are"
        say_aside(
            f"{len(draft.problems)} {what} wrong with the rules of {connection} in the files. Version {against} stays "
            "in force. See: accord check",
            "red",
        )
        return
    say_aside(
        f"The files of {connection} hold a draft, {lines} lines off version {against}, which is in force. "
        f'See: accord rules diff -n {connection}. To put it in force: accord publish {connection} --why "..."',
        "yellow",
    )
