"""Letting go what stands still: retry, skip, pause, resume."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from accord.cli.acting import acting
from accord.cli.frame import ConfigOption, ConnectionOption, JsonOption, with_node
from accord.cli.items import KeyArgument
from accord.cli.saying import moment, say, say_aside, tell

if TYPE_CHECKING:
    from accord.model import Connection
    from accord.node.assembly import Assembled
    from accord.operations.pause import Resumed
    from accord.operations.rejoin import Rejoined
    from accord.operations.retry import Retried
    from accord.operations.skip import Skipped

ConnectionArgument = Annotated[str, typer.Argument(help="The connection's name.")]


def retry(
    target: Annotated[
        str | None, typer.Argument(metavar="[KEY|CONNECTION]", help="An item or a connection; without it, everything.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lets what is blocked or retrying go on at once.

    Example: accord retry PAY-12
    """
    from accord.operations.retry import retry as again

    async def work(node: Assembled) -> Retried:
        async with acting(node, "retry", target=target) as ports:
            return await again(ports, target)

    done = with_node(config, work)

    def say_done() -> None:
        say(f"{done.lanes} tried again: {', '.join(done.keys[:20])}" if done.lanes else "Nothing waits for a retry.")
        for hold in done.lifted:
            say(f"{hold} waits no longer")
        for stopped in done.stopped:
            say_aside(f"{stopped} is stopped until: accord resume {stopped}", "yellow")

    tell(done, as_json, say_done)


def skip(
    key: KeyArgument,
    connection: ConnectionOption = None,
    direction: Annotated[
        Literal["out", "in"] | None, typer.Option(help="Ours that waits to be sent, or theirs, where both wait.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Gives up the change at which an item is blocked.

    It stays in the item's history. What the other side may have already can't be taken back.

    Example: accord skip PAY-12
    """
    from accord.operations.skip import skip as give_up
    from accord.ports import Direction

    lane = Direction(direction) if direction else None

    async def work(node: Assembled) -> Skipped:
        async with acting(node, "skip", item=key, connection=connection, once=False, direction=direction) as ports:
            return await give_up(ports, key, connection, lane)

    skipped = with_node(config, work)
    whose = f"what {skipped.remote_key} sent" if skipped.direction is Direction.IN else f"an event of {skipped.key}"
    tell(skipped, as_json, lambda: say(f"Skipped {whose}. The next change goes on as ever."))


def pause(
    connection: ConnectionArgument,
    because: Annotated[str, typer.Option(help="Why, for those who look at the status.")] = "by hand",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Stops a connection's work.

    Changes of both sides are still noticed, and wait.

    Example: accord pause partner --because "tracker migration"
    """
    from accord.operations.pause import pause as stop

    async def work(node: Assembled) -> Connection:
        async with acting(node, "pause", connection=connection, because=because) as ports:
            return await stop(ports, connection, because)

    made = with_node(config, work)
    data = {"connection": made.name, "state": made.state, "paused_because": made.paused_because}
    tell(data, as_json, lambda: say(f"{made.name} is paused until: accord resume {made.name}"))


def resume(
    connection: ConnectionArgument,
    accept: Annotated[bool, typer.Option("--accept", help="What the guard stopped is right: let it happen.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Lets a connection go on that is paused or stopped.

    Example: accord resume partner --accept
    """
    from accord.operations.pause import resume as go_on

    async def work(node: Assembled) -> Resumed:
        async with acting(node, "resume", connection=connection, accept=accept) as ports:
            return await go_on(ports, connection, accept=accept)

    made = with_node(config, work)
    until = f"; the guard lets everything pass until {moment(made.allowed_until)}" if made.allowed_until else ""
    tell(made, as_json, lambda: say(f"{made.connection} goes on{until}"))


def rejoin(
    connection: ConnectionArgument,
    restored: Annotated[bool, typer.Option("--restored", help="It is this side's database that came back.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pairs everything anew, after a database was brought back from an older copy.

    First with --restored on the side whose database it is, then without on the other one, whose memory is whole. Items
    are merged as when they are connected by hand: nothing is lost, nothing is made twice.

    Example: accord rejoin partner
    """
    from accord.operations.rejoin import give_way
    from accord.operations.rejoin import rejoin as pair_anew

    async def work(node: Assembled) -> Rejoined:
        async with acting(node, "rejoin", connection=connection, once=False, restored=restored) as ports:
            return await (give_way if restored else pair_anew)(ports, connection)

    made = with_node(config, work)
    if restored:
        tell(made, as_json, lambda: say(f"{made.connection} goes on. Now, on the other side: accord rejoin."))
        return
    tell(made, as_json, lambda: say(f"{made.pairs} pairs of {made.connection} are brought to agreement anew."))


COMMANDS = (retry, skip, pause, resume, rejoin)
