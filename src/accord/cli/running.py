"""Setting a node up and running it: init, check, up, demo."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from accord.cli.frame import ConfigOption, JsonOption, loaded, out, tell, with_node
from accord.errors import NeedsOperator

if TYPE_CHECKING:
    from accord.node.assembly import Assembled

EXAMPLE = """---
key: ITEM-1
summary: Try Accord
status: open
labels: [shared]
---

Edit this file: the other side sees it. Comments go to `ITEM-1/comments/`, files to `ITEM-1/files/`.
"""


def init(
    folder: Annotated[Path, typer.Argument(help="Where the node lives.")] = Path(),
    kind: Annotated[str, typer.Option(help="The tracker's kind: markdown or roundup.")] = "markdown",
) -> None:
    """Writes a commented, working accord.toml.

    Example: accord init my-node --kind markdown
    """
    from accord.config import InstalledKinds, template

    if kind not in InstalledKinds():
        raise NeedsOperator(
            f"There is no tracker kind {kind!r}.",
            remedy=f"Choose one of: {', '.join(sorted(InstalledKinds()))}.",
            field="kind",
            value=kind,
        )
    path = folder / "accord.toml"
    if path.exists():
        raise NeedsOperator(f"{path} is there already.", remedy="Edit it, or choose another folder.", file=str(path))
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(template(kind), encoding="utf-8")
    out.print(f"wrote {path}")
    if kind == "markdown" and not (folder / "items").exists():
        (folder / "items").mkdir()
        (folder / "items" / "ITEM-1.md").write_text(EXAMPLE, encoding="utf-8")
        out.print(f"wrote {folder / 'items' / 'ITEM-1.md'}")
    out.print(f"next: look into it, then: accord check -c {path}")


def check(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """Checks the configuration whole, and what it says against the trackers' real fields.

    Example: accord check -c accord.toml
    """
    from accord.operations.checking import check_node

    found = with_node(config, lambda node: check_node(node.config, node.ports))

    def say() -> None:
        for problem in found["problems"]:
            out.print(f"[bold red]problem:[/bold red] {problem}", soft_wrap=True)
        if not found["problems"]:
            trackers, connections = len(found["trackers"]), len(found["connections"])
            out.print(f"all good: {trackers} tracker(s) answer, {connections} connection(s) fit them")

    tell(found, as_json, say)
    if found["problems"]:
        sys.exit(1)


def up(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Log lines as JSON.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every step.")] = False,
) -> None:
    """Runs the node until it is told to stop (Ctrl-C, SIGTERM).

    Example: accord up -c accord.toml
    """
    from accord.node.running import run_node

    _log(as_json, verbose)
    checked = loaded(config)

    def ready(node: Assembled) -> None:
        node_config = node.config.node
        print(f"{node_config.name} is up at {node_config.url} (key {node.identity.key.fingerprint})", flush=True)

    async def run() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await run_node(checked, stop, ready)

    asyncio.run(run())


def _log(as_json: bool, verbose: bool) -> None:
    import logging

    import structlog

    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave both nodes running, to play with the files.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where to put it; a temporary folder otherwise.")] = None,
) -> None:
    """Two nodes, two different-looking trackers, a conflict, a crash: under a minute.

    Example: accord demo --keep --folder demo
    """
    from accord.demo import run_demo

    sys.exit(asyncio.run(run_demo(folder, keep=keep, console=out)))


COMMANDS = (init, check, up, demo)
