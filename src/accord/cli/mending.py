"""Letting go what stands still: retry, skip, pause, resume."""

from __future__ import annotations

from typing import Annotated

import typer

from accord.cli.frame import ConfigOption, ConnectionOption, JsonOption, out, tell, with_node


def retry(
    what: Annotated[str | None, typer.Argument(help="An item's key or a connection; everything otherwise.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lets what is blocked or waits for its next try go on at once.

    Example: accord retry PAY-12
    """
    from accord.operations.mending import retry as again

    count = with_node(config, lambda node: again(node.ports, what))
    tell({"retried": count}, as_json, lambda: out.print(f"{count} lane(s) try again"))


def skip(
    key: Annotated[str, typer.Argument(help="The item's key.")],
    config: ConfigOption = None,
    connection: ConnectionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Gives up the change at which an item is blocked. It stays in the item's history.

    Example: accord skip PAY-12
    """
    from accord.operations.mending import skip as give_up

    what = with_node(config, lambda node: give_up(node.ports, key, connection))
    tell({"skipped": what}, as_json, lambda: out.print(f"skipped {what}"))


def pause(
    connection: Annotated[str, typer.Argument(help="The connection.")],
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stops a connection's work; changes wait in the queue.

    Example: accord pause acme
    """
    from accord.operations.mending import pause as stop

    made = with_node(config, lambda node: stop(node.ports, connection))
    tell({"connection": made.name, "state": made.state.value}, as_json, lambda: out.print(f"{made.name} is paused"))


def resume(
    connection: Annotated[str, typer.Argument(help="The connection.")],
    accept: Annotated[bool, typer.Option("--accept", help="What the guard stopped is right: let it happen.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lets a paused connection, or one that the guard stopped, go on.

    Example: accord resume acme --accept
    """
    from accord.operations.mending import resume as go_on

    made = with_node(config, lambda node: go_on(node.ports, connection, accept=accept))
    tell({"connection": made.name, "state": made.state.value}, as_json, lambda: out.print(f"{made.name} goes on"))


COMMANDS = (retry, skip, pause, resume)
