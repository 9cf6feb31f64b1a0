"""What there is to see: status, queue, errors, history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from accord.cli.conflicts import told_of
from accord.cli.drafts import say_draft
from accord.cli.following import node_runs
from accord.cli.frame import ConfigOption, ConnectionOption, JsonOption, with_node
from accord.cli.saying import moment, say, say_aside, say_problem, say_table, tell

if TYPE_CHECKING:
    from accord.node.assembly import Assembled
    from accord.operations.errors import ErrorGroup
    from accord.operations.history import HistoryLine
    from accord.operations.queue import QueueLine
    from accord.operations.rules import Draft
    from accord.operations.status import ConnectionStatus, NodeStatus

OnlyConnection = Annotated[str | None, typer.Argument(metavar="[CONNECTION]", help="Only of this connection.")]
SHOWN = 10


def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """How the node, its trackers and its connections are doing.

    Example: accord status
    """
    from accord.operations.rules import drafts
    from accord.operations.status import status as look
    from accord.operations.status import status_told

    async def work(node: Assembled) -> tuple[str, bool, NodeStatus, list[Draft]]:
        seen = await look(node.ports, frozenset(node.config.connections))
        return node.config.node.name, node_runs(node.config), seen, await drafts(node.config, node.ports)

    name, running, seen, unpublished = with_node(config, work)
    tell(status_told(name, running, seen, unpublished), as_json, lambda: _say_status(name, running, seen, unpublished))


def _say_status(name: str, running: bool, seen: NodeStatus, unpublished: list[Draft]) -> None:
    say(f"node {name}: {'running' if running else 'not running'}", "bold")
    columns = (
        "connection",
        "state",
        "tracker",
        "rules",
        "with",
        "under sync",
        "out",
        "in",
        "retrying",
        "blocked",
        "to choose",
        "waiting since",
    )
    rows = [_connection_row(connection) for connection in seen.connections]
    if rows:
        say_table((*columns, "last success"), rows)
    else:
        say("No connections yet: accord invite here, accord accept on the other node.")
    for connection in seen.connections:
        _say_connection(connection)
    for draft in unpublished:
        say_draft(draft)
    for job in seen.jobs:
        waits = f", waits: {job.waits_for}" if job.waits_for else ""
        say(f"job {job.id} of {job.connection} is {job.state}: {job.done} of {job.total} items done{waits}")
    for tracker in seen.trackers:
        cause = tracker.trouble or (tracker.stop.cause if tracker.stop else None)
        if cause:
            say_problem(cause, f"tracker {tracker.name}")


def _say_connection(connection: ConnectionStatus) -> None:
    """What a person should know of a connection, besides its counts."""
    if connection.stop:
        say_problem(connection.stop.cause, f"{connection.name} waits", "yellow")
    if connection.waiting_for_items:
        n = connection.waiting_for_items
        say_aside(f"{connection.name}: {n} in sync but for links to items that are not under sync yet.")
    if connection.asked:
        say_aside(f"{connection.name}: {connection.asked} fields wait for you to choose: accord errors", "yellow")
    if not connection.configured:
        say_aside(f"{connection.name} is no longer in the configuration: nothing of it runs.", "yellow")


def _connection_row(c: ConnectionStatus) -> tuple[object, ...]:
    counts = (c.under_sync, c.waiting_out, c.waiting_in, c.retrying, c.blocked, c.asked)
    return (
        c.name,
        c.state,
        c.tracker,
        c.rules_version or None,
        c.peer,
        *counts,
        moment(c.oldest_waiting),
        moment(c.last_success),
    )


def queue(
    connection: OnlyConnection = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many lines.")] = 100,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What waits in the sync queue, and why.

    How far it has come, and until when it waits. What is blocked comes first, then what has waited longest.

    Example: accord queue partner
    """
    from accord.operations.queue import queue as look

    lines = with_node(config, lambda node: look(node.ports, connection, limit=limit))
    tell(lines, as_json, lambda: _say_queue(lines))


def _say_queue(lines: list[QueueLine]) -> None:
    if not lines:
        say("Nothing waits.")
        return
    columns = ("item", "there", "connection", "", "status", "since", "next try", "why")
    say_table(columns, [_queue_row(line) for line in lines])


def _queue_row(line: QueueLine) -> tuple[str | None, ...]:
    cause = line.cause or {}
    why = " ".join(str(cause[part]) for part in ("message", "remedy") if cause.get(part))
    since, next_try = moment(line.waiting_since), moment(line.next_try)
    ours = (line.key or line.twin_id, line.remote_key, line.connection)
    return (*ours, line.direction, line.status, since, next_try, why or line.reason)


def errors(connection: OnlyConnection = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """What does not go on, by cause, and what to do about it; and what you are asked.

    Example: accord errors
    """
    from accord.operations.errors import errors as look

    groups = with_node(config, lambda node: look(node.ports, connection))
    tell(groups, as_json, lambda: _say_errors(groups))


def _say_errors(groups: list[ErrorGroup]) -> None:
    if not groups:
        say("No errors.")
    for group in groups:
        counted = ((group.blocked, "blocked"), (group.retrying, "retrying"), (group.asked, "to choose"))
        counts = [f"{n} {word}" for n, word in counted if n]
        who = "goes on by itself" if group.who == "nobody" else f"the {group.who} must act"
        say(f"{group.connection or 'tracker'}: {group.error} ({', '.join([*counts, who])})", "bold")
        place = ":".join(str(group.where[name]) for name in ("file", "line") if name in group.where)
        say(f"  {place + ': ' if place else ''}{group.message}")
        if group.remedy:
            say(f"  {group.remedy}")
        if group.keys:
            more = f" and {len(group.keys) - SHOWN} more" if len(group.keys) > SHOWN else ""
            say(f"  items: {', '.join(group.keys[:SHOWN])}{more}")


def history(
    key: Annotated[str | None, typer.Argument(metavar="[KEY]", help="Only of this item.")] = None,
    connection: ConnectionOption = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many lines.")] = 100,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was synced, and of each conflict both values, when they were written, and who won.

    The newest first; of an item also what was before it was taken out of sync. What lost can be brought back: accord
    restore.

    Example: accord history PAY-12
    """
    from accord.operations.history import history as look

    lines = with_node(config, lambda node: look(node.ports, key, connection, limit=limit))
    tell(lines, as_json, lambda: _say_history(lines))


def _say_history(lines: list[HistoryLine]) -> None:
    if not lines:
        say("Nothing happened yet.")
    for line in lines:
        say(f"{moment(line.at)}  {line.connection}  {line.step:<10}  {line.summary}")
        for told in told_of(line):
            say(f"{'':>12}{told}", "yellow")


COMMANDS = (status, queue, errors, history)
