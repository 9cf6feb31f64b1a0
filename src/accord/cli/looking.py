"""What there is to see: status, queue, errors, history."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.table import Table

from accord.cli.frame import ConfigOption, JsonOption, out, tell, with_node


def status(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """How the node and its connections are doing.

    Example: accord status --json
    """
    from accord.operations.looking import status as look

    seen = with_node(config, lambda node: look(node.ports))

    def say() -> None:
        table = _table("connection", "state", "tracker", "with", "under sync", "out", "in", "blocked")
        for c in seen["connections"]:
            numbers = (str(c[name]) for name in ("under_sync", "waiting_out", "waiting_in", "blocked"))
            table.add_row(c["name"], c["state"], c["tracker"], c["peer"] or "-", *numbers)
        out.print(table)
        for tracker in seen["trackers"]:
            if tracker["trouble"]:
                out.print(f"tracker {tracker['name']}: {tracker['trouble']['message']}", markup=False)
        for hold in seen["holds"]:
            until = f"until {hold['until']}" if hold["until"] else "until it is resumed"
            out.print(f"{hold['scope']} {hold['name']} waits {until}: {hold['cause']['message']}", markup=False)

    tell(seen, as_json, say)


def queue(
    connection: Annotated[str | None, typer.Argument(help="Only this connection.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """What waits, where it has come to, and why it waits.

    Example: accord queue acme
    """
    from accord.operations.looking import queue as look

    lanes = with_node(config, lambda node: look(node.ports, connection))

    def say() -> None:
        table = _table("item", "there", "connection", "lane", "state", "next try", "why")
        for lane in lanes:
            cause = lane["cause"]["message"] if lane["cause"] else ""
            next_try = (lane["next_try"] or "")[11:19]
            row = (lane["item"], lane["remote"], lane["connection"], lane["direction"], lane["state"], next_try, cause)
            table.add_row(*(cell or "-" for cell in row))
        out.print(table if lanes else "nothing waits")

    tell(lanes, as_json, say)


def errors(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """What stands still because of an error, by cause, with who must act and what to do.

    Example: accord errors
    """
    from accord.operations.looking import errors as look

    groups = with_node(config, lambda node: look(node.ports))

    def say() -> None:
        for group in groups:
            out.print(
                f"{group['connection']}: {group['error']} ({group['count']}, {group['who']} must act)", markup=False
            )
            out.print(f"  {group['message']} {group['remedy'] or ''}", markup=False, soft_wrap=True)
            out.print(f"  items: {', '.join(str(item) for item in group['items'][:20])}", markup=False)
        if not groups:
            out.print("no errors")

    tell(groups, as_json, say)


def history(
    key: Annotated[str | None, typer.Argument(help="Only this item.")] = None,
    limit: Annotated[int, typer.Option(help="How many lines, newest first.")] = 100,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who changed what and when, with the losing value of every conflict. Newest first.

    Example: accord history PAY-12
    """
    from accord.operations.looking import history as look

    lines = with_node(config, lambda node: look(node.ports, key, limit))

    def say() -> None:
        for line in lines:
            out.print(f"{line['at'][:19]}  {line['step']:<9} {line['summary']}", markup=False)
            if line["step"] == "conflict":
                details: dict[str, Any] = line["details"]
                out.print(f"{'':31}kept {details.get('kept')!r}, lost {details.get('lost')!r}", markup=False)

    tell(lines, as_json, say)


def _table(*columns: str) -> Table:
    table = Table(*columns, box=None, padding=(0, 2, 0, 0))
    table.header_style = "bold"
    return table


COMMANDS = (status, queue, errors, history)
