"""What all commands share: the configuration they work on, and how errors end a command."""

from __future__ import annotations

import asyncio
import functools
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer

from accord.cli.saying import say_error, tell_json
from accord.errors import AccordError

if TYPE_CHECKING:
    from accord.config import Config
    from accord.node.assembly import Assembled

T = TypeVar("T")
DEFAULT = Path("accord.toml")
_chosen: dict[str, Path | None] = {}

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="The node's configuration; here or before the command.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines: JSON on standard output.")]
ConnectionOption = Annotated[
    str | None, typer.Option("--connection", "-n", help="Which connection, where several could be meant.")
]


def choose_config(
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", "-c", help="The node's configuration (default: ./accord.toml).", envvar="ACCORD_CONFIG"
        ),
    ] = None,
) -> None:
    """Keeps the work items that two teams share in agreement, in both directions."""
    _chosen["config"] = config


def config_path(config: Path | None) -> Path:
    """The file that the command works on: its own option, the one before the command, or ./accord.toml."""
    return config or _chosen.get("config") or DEFAULT


def loaded(config: Path | None) -> Config:
    """The configuration, checked whole. Rules that are not valid are a reason to refuse only where none were published:
    then it is the node that does. Raises ConfigurationInvalid."""
    from accord.config import load

    return load(config_path(config), drafts=True)


def with_node(config: Path | None, work: Callable[[Assembled], Awaitable[T]], *, looking: bool = False) -> T:
    """Runs `work` with the node's parts; the node itself may be running beside it. `looking`: see `assembled`."""

    async def run() -> T:
        from accord.node.assembly import assembled

        async with assembled(loaded(config), looking=looking) as node:
            return await work(node)

    return asyncio.run(run())


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """The command, its errors told as people (or with --json machines) read them, and never a traceback."""

    @functools.wraps(command)
    def run(**arguments: Any) -> None:
        from accord.cli.logs import only_errors

        only_errors()
        try:
            command(**arguments)
        except AccordError as error:
            _end(error, as_json=bool(arguments.get("as_json")))
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(1) from None
        except (typer.Exit, typer.BadParameter):
            raise
        except Exception as bug:
            if os.environ.get("ACCORD_TRACEBACK"):
                raise
            _end(_own_bug(bug), as_json=bool(arguments.get("as_json")))

    return run


def _end(error: AccordError, *, as_json: bool) -> None:
    problems = list(getattr(error, "problems", None) or [error])
    if as_json:
        tell_json({"problems": [problem.to_json() for problem in problems]})
    else:
        for problem in problems:
            say_error(problem)
    raise typer.Exit(1)


def _own_bug(bug: Exception) -> AccordError:
    # Not its text: it may hold anything, secrets too.
    return AccordError(
        f"Accord met a bug of its own: {type(bug).__name__}.",
        remedy="Please report it with what this shows: run the command again with ACCORD_TRACEBACK=1.",
    )
