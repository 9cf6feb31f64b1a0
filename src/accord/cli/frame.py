"""What all commands share: the configuration they work on, how results and errors are shown."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.markup import escape

from accord.errors import AccordError

if TYPE_CHECKING:
    from accord.config import Config
    from accord.node.assembly import Assembled

T = TypeVar("T")

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

_chosen: dict[str, Path] = {}

ConfigOption = Annotated[
    Path | None, typer.Option("--config", "-c", help="The node's configuration.", envvar="ACCORD_CONFIG")
]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines: JSON on standard output.")]
ConnectionOption = Annotated[
    str | None, typer.Option("--connection", "-n", help="Which connection, where there are several.")
]


def choose_config(config: ConfigOption = None) -> None:
    """Keeps the work items that two teams share in agreement, in both directions."""
    if config is not None:
        _chosen["config"] = config


def config_path(config: Path | None) -> Path:
    """The file that the command works on: its own option, the one before the command, or ./accord.toml."""
    return config or _chosen.get("config") or Path("accord.toml")


def loaded(config: Path | None) -> Config:
    """The configuration, checked whole. Raises ConfigurationInvalid."""
    from accord.config import load

    return load(config_path(config))


@asynccontextmanager
async def _node(config: Path | None) -> AsyncIterator[Assembled]:
    from accord.node.assembly import assembled

    async with assembled(loaded(config)) as node:
        yield node


def with_node(config: Path | None, work: Callable[[Assembled], Awaitable[T]]) -> T:
    """Runs `work` with the node's parts; the node itself may be running beside it."""

    async def run() -> T:
        async with _node(config) as node:
            return await work(node)

    return asyncio.run(run())


def tell(data: Any, as_json: bool, say: Callable[[], None]) -> None:
    """JSON for machines, or what `say` prints for people."""
    if as_json:
        sys.stdout.write(json.dumps(data, ensure_ascii=False, default=str, indent=None) + "\n")
    else:
        say()


def quiet_logs() -> None:
    """Commands say what they have to say themselves."""
    import logging

    import structlog

    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


@contextmanager
def shown() -> Iterator[None]:
    """Errors as people read them: what, where, what to do next. Never a traceback."""
    quiet_logs()
    try:
        yield
    except AccordError as error:
        for problem in getattr(error, "problems", None) or [error]:
            show_error(problem)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        sys.exit(1)


def show_error(error: Any) -> None:
    """One error, in a line or two."""
    where = f"{error.file}:{error.line}: " if getattr(error, "file", None) and error.line else ""
    where = where or (f"{error.file}: " if getattr(error, "file", None) else "")
    message = getattr(error, "message", None) or str(error)
    err.print(f"[bold red]error:[/bold red] {escape(where)}{escape(message)}", soft_wrap=True)
    if getattr(error, "remedy", None):
        err.print(f"       {escape(error.remedy)}", soft_wrap=True)
