"""A node's configuration: init, check, stubs."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from accord.cli.drafts import say_draft
from accord.cli.frame import ConfigOption, JsonOption, config_path, with_node
from accord.cli.saying import say, say_aside, say_error, tell
from accord.errors import NeedsOperator

if TYPE_CHECKING:
    from accord.node.assembly import Assembled
    from accord.operations.check import Checked
    from accord.operations.rules import Draft

EXAMPLE = """\
---
key: ITEM-1
summary: Try Accord
status: open
labels: [shared]
---

Edit this file, and the other side sees it. Comments go to `ITEM-1/comments/`, files to `ITEM-1/files/`.
"""


def init(
    folder: Annotated[Path | None, typer.Argument(help="Where the node lives; made if it is not there.")] = None,
    kind: Annotated[
        str, typer.Option("--kind", "-k", help="The tracker's kind: markdown, redmine, roundup, rt.")
    ] = "markdown",
    config: ConfigOption = None,
) -> None:
    """Writes an accord.toml that works, with comments.

    For a Markdown folder it comes with an example item. Nothing is ever overwritten.

    Example: accord init my-node --kind markdown
    """
    from accord.config import template

    text = template(kind)
    path = folder / "accord.toml" if folder else config_path(config)
    _write_new(path, text)
    say(f"Wrote {path}: it says what is synced, and how.")
    items = path.parent / "items"
    if kind == "markdown" and not items.exists():
        _write_new(items / "ITEM-1.md", EXAMPLE)
        say(f"Wrote {items / 'ITEM-1.md'}: an example item.")
    say(f"Next: look into it, then check it: accord check{'' if path == Path('accord.toml') else f' -c {path}'}")


def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Checks the configuration against the real trackers.

    Every key is checked, every tracker asked, and fields, values, people, triggers and scripts are held against what
    it tells. All that is wrong is told at once; exit code 1 if anything is.

    Example: accord check -c accord.toml
    """
    from accord.operations.check import check as check_all
    from accord.operations.rules import drafts

    async def work(node: Assembled) -> tuple[Checked, list[Draft]]:
        return await check_all(node.config, node.ports), await drafts(node.config, node.ports)

    found, unpublished = with_node(config, work, looking=True)
    data = asdict(found.told()) | {"drafts": [draft.told() for draft in unpublished]}

    def say_all() -> None:
        _say_checked(found)
        for draft in unpublished:
            say_draft(draft)

    tell(data, as_json, say_all)
    if found.problems:
        raise typer.Exit(1)


def _say_checked(found: Checked) -> None:
    for problem in found.problems:
        say_error(problem)
    for warning in found.warnings:
        say_error(warning, "warning", "yellow")
    for name, facts in found.trackers.items():
        say(f"tracker {name}: answers, {facts['fields']} fields, {facts['people']} people")
    for name in found.connections:
        say(f"connection {name}")
    if found.problems:
        say(f"{len(found.problems)} to put right.", "bold")
    else:
        say("All good.", "bold green")


def stubs(
    connection: Annotated[str | None, typer.Argument(help="One connection; all unless given.")] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", "-f", help="Where to write (default: beside the connection's script).")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Writes type stubs of what rule scripts see, for your editor.

    They are made from the tracker's own fields and values, so that the editor completes them and underlines what is
    misspelt. Run it again when the tracker's fields have changed.

    Example: accord stubs partner --folder typings
    """
    from accord.operations.stubs import write_stubs

    written = with_node(config, lambda node: write_stubs(node.config, node.ports, connection, folder))
    data = [
        {"connection": one.connection, "module": one.module, "files": one.files, "script": one.script}
        for one in written
    ]

    def say_written() -> None:
        for one in written:
            say(f"Wrote {one.files[0]}: what the rules of {one.connection} see.")
        if written:
            say_aside(
                f"VS Code and Pyright take {written[0].files[1].name} from the folder that is open, or its typings/."
            )
            say_aside("For all other editors, put into the script")
            say_aside("  from typing import TYPE_CHECKING")
            say_aside("  if TYPE_CHECKING:")
            say_aside(f"      from {written[0].module} import Context, Item, Received, Replica")
            say_aside("and say what the arguments are: def outgoing(item: Item, replica: Replica) -> None:")

    tell(data, as_json, say_written)


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise NeedsOperator(
            "This is there already, and is not overwritten.", remedy="Edit it, or name another folder.", file=str(path)
        ) from None
    except OSError as error:
        raise NeedsOperator(f"This can't be written: {error.strerror}.", file=str(path)) from None


COMMANDS = (init, check, stubs)
