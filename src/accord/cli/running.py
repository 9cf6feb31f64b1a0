"""A node at work: up, demo."""

from __future__ import annotations

import asyncio
import logging
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from accord.cli.frame import ConfigOption, loaded

if TYPE_CHECKING:
    from accord.config import Config
    from accord.node.assembly import Assembled


def up(
    config: ConfigOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Log lines as JSON.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")] = False,
) -> None:
    """Runs the node until it is told to stop.

    It says one line when it is ready, and logs to standard error. Ctrl-C or SIGTERM stop it.

    Example: accord up -c accord.toml
    """
    from accord.cli.logs import configure

    checked = loaded(config)
    configure(as_json=as_json, level=logging.DEBUG if verbose else logging.INFO)
    asyncio.run(_run(checked))


async def _run(config: Config) -> None:
    from accord.node.running import run_node

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await run_node(config, stop, _ready)


def _ready(node: Assembled) -> None:
    name, url = node.config.node.name, node.config.node.url
    print(f"{name} is up at {url} (key {node.identity.key.fingerprint}). Ctrl-C stops it.", flush=True)


def demo(
    keep: Annotated[bool, typer.Option("--keep", help="Leave both nodes running, to play with the files.")] = False,
    folder: Annotated[Path | None, typer.Option(help="Where to put it; a temporary folder otherwise.")] = None,
) -> None:
    """Shows two nodes at work, in under a minute.

    Two folders that look different, people who edit both, a conflict and a crash.

    Example: accord demo --keep --folder demo
    """
    from rich.console import Console

    from accord.demo import run_demo

    raise typer.Exit(asyncio.run(run_demo(folder, keep=keep, console=Console(highlight=False))))


COMMANDS = (up, demo)
