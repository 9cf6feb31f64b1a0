"""Items: sync, connect, unsync."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from accord.cli.acting import acting
from accord.cli.bringing import sync_all
from accord.cli.following import node_runs, watch_all
from accord.cli.frame import ConfigOption, ConnectionOption, JsonOption, with_node
from accord.cli.saying import say, say_aside, say_problem, tell

if TYPE_CHECKING:
    from accord.node.assembly import Assembled
    from accord.operations.connect import Connected
    from accord.operations.following import Followed
    from accord.operations.unsync import Unsynced

KeyArgument = Annotated[str, typer.Argument(help="The item's key here; where it has none here, its key there.")]


def sync(
    keys: Annotated[list[str] | None, typer.Argument(help="Keys of items in this side's tracker.")] = None,
    connection: ConnectionOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All items under sync, in the background: a job. Shown first.")
    ] = False,
    pace: Annotated[float | None, typer.Option(min=0.01, help="With --all: items a second.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --all: do not ask.")] = False,
    wait: Annotated[bool, typer.Option(help="Wait until each is settled or blocked.")] = True,
    timeout: Annotated[float, typer.Option(min=0, help="Wait at most this long, in seconds.")] = 60.0,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Brings items under sync, or looks at them at once.

    Where the node is running it waits until each is settled or blocked. Exit code 1 if one could not be registered,
    is blocked, or is not settled in time.

    With --all they are brought in line with the rules in force, as many a second as job_pace in accord.toml says; those
    for which nothing is new cause no message.

    Example: accord sync PAY-12 PAY-13

    Example: accord sync --all -n partner
    """
    if everything == bool(keys):
        raise typer.BadParameter("Give keys of items, or --all.")
    if everything:
        sync_all(connection, pace, config, sure=yes, as_json=as_json)
        return
    patience = timeout if wait else None
    results = with_node(config, lambda node: _sync(node, keys or [], connection, patience))
    tell([result.told() for result in results], as_json, lambda: _say_synced(results))
    if any(result.failed for result in results):
        raise typer.Exit(1)


async def _sync(node: Assembled, keys: list[str], connection: str | None, patience: float | None) -> list[Followed]:
    from accord.operations.following import register

    results = await register(keys, connection, lambda key: acting(node, "sync", item=key, connection=connection))
    if patience is not None and node_runs(node.config):
        await watch_all(node.ports, results, patience)
    elif patience is not None:
        say_aside("No node is running here, so it waits in the queue: accord up starts one.", "yellow")
    return results


def _say_synced(results: list[Followed]) -> None:
    for result in results:
        remote = f" -> {result.remote_key}" if result.remote_key else ""
        through = f" ({result.registered.connection})" if result.registered else ""
        say(f"{result.key}{remote}{through}: {result.status}")
        if result.error:
            say_problem(result.error)


def connect(
    key: Annotated[str, typer.Argument(help="The key of our item.")],
    remote_key: Annotated[str, typer.Argument(help="The key of the other side's item.")],
    connection: ConnectionOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pairs two items that exist.

    The other side agrees by the same command, or by accept_connect = true in its configuration.

    Example: accord connect PAY-12 OPS-7
    """
    from accord.operations.connect import connect as pair

    async def work(node: Assembled) -> Connected:
        async with acting(node, "connect", item=key, connection=connection, remote_key=remote_key) as ports:
            return await pair(ports, key, remote_key, connection)

    made = with_node(config, work)
    if made.approved:
        text = f"{key} and {remote_key} are being paired: the other side had asked for it"
    else:
        text = f"asked the other side of {made.connection} to pair {remote_key} with {key}; its operator agrees by: "
        text += f"accord connect {remote_key} {key}"
    tell(made, as_json, lambda: say(text))


def unsync(
    key: KeyArgument, connection: ConnectionOption = None, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Ends the pair of an item; both items stay as they are.

    It ends at once, whatever waits for it, and the other side is told.

    Example: accord unsync PAY-12
    """
    from accord.operations.unsync import unsync as end

    async def work(node: Assembled) -> Unsynced:
        async with acting(node, "unsync", item=key, connection=connection) as ports:
            return await end(ports, key, connection)

    ended = with_node(config, work)
    parts = [f"{ended.key or 'Nothing here'} and {ended.remote_key or 'nothing there'} are no longer under sync."]
    parts += ["The other side is told."] if ended.telling else []
    tell(ended, as_json, lambda: say(" ".join(parts)))


COMMANDS: tuple[Any, ...] = (sync, connect, unsync)
